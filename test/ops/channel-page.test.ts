import { describe, expect, it } from 'vitest'
import { Lanes } from '../../src/gateway/lanes.ts'
import { ChannelPage, type ChannelWish } from '../../src/ops/channel-page.ts'
import { batchOf, TestPlant } from '../support/segments.ts'

const WISH: ChannelWish = { search: '', offset: 0, onlyTroubled: false }

function pageOf(...names: readonly string[]) {
  const plant = new TestPlant()
  const life = plant.begin('lab', 'e1', ...names)
  const page = new ChannelPage(plant.catalog, new Lanes(100))
  const read = (wish: Partial<ChannelWish> = {}, nowMs = 0, time = 0) => {
    page.wish = { ...WISH, ...wish }
    Array.from(page.find())
    return page.read(nowMs, time)
  }
  const publish = (channel: number, seq: number, ingestTime = 9) =>
    plant.tickerplant.accept(life, batchOf([{ channel, name: names[channel] ?? '', seq }], ingestTime))
  const found = (wish?: Partial<ChannelWish>) => read(wish).list.map(({ channel }) => channel)
  return { plant, page, read, found, publish }
}

describe('the page of channels', () => {
  it.each([
    ['', ['book:X:B', 'quote:X:A', 'quote:X:B', 'quote:Y:A']],
    ['quote:X:*', ['quote:X:A', 'quote:X:B']],
    ['QUOTE:x', ['quote:X:A', 'quote:X:B']],
    ['quote*a', ['quote:X:A', 'quote:Y:A']],
    ['*:b', ['book:X:B', 'quote:X:B']],
    ['(', []]
  ])('holds by name what %j finds', (search, names) => {
    const { found } = pageOf('quote:X:B', 'quote:Y:A', 'quote:X:A', 'book:X:B')
    expect(found({ search })).toEqual(names)
  })

  it('takes in channels that are declared later', () => {
    const { plant, found } = pageOf('quote:X:A')
    expect(found()).toHaveLength(1)
    plant.begin('other', 'e2', 'quote:X:B')
    expect(found()).toEqual(['quote:X:A', 'quote:X:B'])
  })

  it('shows those that are not live, as they are now', () => {
    const { found, publish } = pageOf('quote:X:A', 'quote:X:B')
    expect(found({ onlyTroubled: true })).toEqual(['quote:X:A', 'quote:X:B'])
    publish(0, 1)
    expect(found({ onlyTroubled: true })).toEqual(['quote:X:B'])
  })

  it('does not take a channel for troubled that rests because nobody holds it', () => {
    const { plant, found } = pageOf()
    const life = plant.tickerplant.begin('books', 'e1')
    const onDemand = { name: 'book:X:A:5', form: 'channel', contract: 'state', isOnDemand: true } as const
    plant.tickerplant.declare(life, [onDemand])
    expect([found(), found({ onlyTroubled: true })]).toEqual([['book:X:A:5'], []])
    plant.catalog.setQuality(plant.catalog.ownedBy('books'), 'stale', 'producer_dead')
    expect(found({ onlyTroubled: true })).toEqual(['book:X:A:5'])
  })

  it.each([
    [0, 0, 50],
    [49, 49, 50],
    [50, 50, 50],
    [100, 100, 1],
    [101, 100, 1],
    [1_000_000, 100, 1]
  ])('of 101 rows from the one at %i has those from %i, %i of them', (offset, first, count) => {
    const { read } = pageOf(...Array.from({ length: 101 }, (_, n) => `quote:X:${String(n).padStart(3, '0')}`))
    const page = read({ offset })
    expect(page).toMatchObject({ count: 101, matched: 101, offset: first })
    expect(page.list).toHaveLength(count)
    expect(page.list[0]?.channel).toBe(`quote:X:${String(first).padStart(3, '0')}`)
  })

  it('tells how often a channel is published, how old it is, and nothing of what it does not know', () => {
    const { read, publish, plant } = pageOf('quote:X:A')
    expect(read({}, 0, 5_000).list).toMatchObject([{ messagesPerSecond: null, ageMs: null, seq: 0, subscribers: 0 }])
    publish(0, 10, 4_000)
    expect(read({}, 1_000, 5_000).list).toMatchObject([{ messagesPerSecond: 10, ageMs: 1_000, seq: 10 }])
    publish(0, 40, 6_000)
    // Too soon for a rate.
    expect(read({}, 1_100, 6_000).list).toMatchObject([{ messagesPerSecond: 10, ageMs: 0, seq: 40 }])
    expect(read({}, 2_000, 7_000).list).toMatchObject([{ messagesPerSecond: 30, ageMs: 1_000 }])
    plant.begin('lab', 'e2', 'quote:X:A')
    expect(read({}, 3_000, 8_000).list).toMatchObject([{ messagesPerSecond: null, seq: 0 }])
  })

  it('lets a newer wish win over a search that is under way', () => {
    const { page } = pageOf('quote:X:A', 'trade:X:A')
    page.wish = { ...WISH, search: 'quote' }
    const slow = page.find()
    slow.next()
    page.wish = { ...WISH, search: 'trade' }
    Array.from(page.find())
    Array.from(slow)
    expect(page.read(0, 0).list.map(({ channel }) => channel)).toEqual(['trade:X:A'])
  })
})
