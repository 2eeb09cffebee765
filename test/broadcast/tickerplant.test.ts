import { describe, expect, it } from 'vitest'
import type { ChannelState } from '../../src/broadcast/channel-state.ts'
import type { ProducerLife } from '../../src/broadcast/tickerplant.ts'
import { FLAG } from '../../src/protocol/port-messages.ts'
import { batchOf, declared, TestPlant, updatesOf, type Written } from '../support/segments.ts'

const names = ['trade:SIM:A', 'quote:SIM:A', 'book:SIM:A'] as const
const [trades, quotes, book] = names

function openPlant(options: { queueCapacity?: number } = {}) {
  const plant = new TestPlant(options)
  const qualities: string[] = []
  const declaredNames: string[] = []
  const note = ({ name, quality, cause }: ChannelState) => qualities.push(`${name} ${quality} ${cause}`)
  plant.catalog.listen({
    onDeclared: (channels) => declaredNames.push(...channels.map(({ name }) => name)),
    onQuality: (channels) => channels.forEach(note)
  })
  return { plant, qualities, declaredNames, life: plant.begin('p', 'e1', ...names) }
}

function accept(
  plant: TestPlant,
  life: ProducerLife,
  ...messages: readonly [string, number, Partial<Written>?][]
): void {
  const written = messages.map(([name, seq, more]) => {
    const channel = name === 'foreign' ? 99 : names.indexOf(name as (typeof names)[number])
    return { channel, name, seq, ...more }
  })
  plant.tickerplant.accept(life, batchOf(written))
}

describe('The tickerplant', () => {
  it('queues what comes in order, keeps the newest of each channel, and asks for a flush', () => {
    const { plant, life } = openPlant()
    accept(plant, life, [trades, 1], [quotes, 1], [trades, 2])

    expect(plant.wakes).toBe(1)
    expect(plant.channel(trades)).toMatchObject({ seq: 2, ingestTime: 9 })
    expect(updatesOf(plant.channel(trades).present())).toMatchObject([{ seq: 2 }])
    expect(plant.flush().map(({ channel, seq }) => `${channel} ${seq}`)).toEqual([
      ...['trade:SIM:A 1', 'quote:SIM:A 1', 'trade:SIM:A 2']
    ])
    expect(plant.counters).toMatchObject({ messagesReceived: 3, batchesReceived: 1, messagesQueued: 3, ingestGaps: 0 })
  })

  it('keeps a book base for joiners, and neither sends nor counts it', () => {
    const { plant, life } = openPlant()
    accept(plant, life, [book, 1, { snapshotOf: 'e1' }], [book, 2, { flags: FLAG.delta }])
    accept(plant, life, [book, 2, { snapshotOf: 'e1', flags: FLAG.base }], [book, 3, { flags: FLAG.delta }])

    expect(plant.flush().map(({ seq }) => seq)).toEqual([1, 2, 3])
    expect(updatesOf(plant.channel(book).present()).map(({ seq, type }) => [seq, type])).toEqual([
      [2, 'snapshot'],
      [3, undefined]
    ])
    expect(plant.account()).toEqual([3, 3])
  })

  it('keeps nothing of a book from before its newest whole one', () => {
    const { plant, life } = openPlant()
    accept(
      plant,
      life,
      [book, 1, { snapshotOf: 'e1' }],
      [book, 2, { flags: FLAG.delta }],
      [book, 3, { snapshotOf: 'e1' }]
    )
    accept(plant, life, [book, 4, { flags: FLAG.delta }])

    expect(updatesOf(plant.channel(book).present()).map(({ seq }) => seq)).toEqual([3, 4])
  })

  it('counts what it cannot place as dropped, and still asks for a flush, without which there is no new credit', () => {
    const { plant, life } = openPlant()
    accept(plant, life, ['foreign', 1], ['foreign', 2])

    expect(plant.counters).toMatchObject({ messagesReceived: 2, messagesDropped: 2 })
    expect([plant.queue.size, plant.wakes]).toEqual([0, 1])
  })

  it('takes channels that are declared late, each at the place its producer numbers it by', () => {
    const { plant, life, declaredNames } = openPlant()
    accept(plant, life, [trades, 1])
    expect(plant.tickerplant.declare(life, [declared({ channel: 'quote:SIM:LATE' })])).toEqual([])
    plant.tickerplant.accept(life, batchOf([{ channel: 3, name: 'quote:SIM:LATE', seq: 1 }]))

    expect(declaredNames).toEqual([...names, 'quote:SIM:LATE'])
    expect(plant.channel('quote:SIM:LATE').seq).toBe(1)
  })

  it('refuses channels of another source, drops what comes on them, and takes the rest', () => {
    const { plant } = openPlant()
    const other = plant.tickerplant.begin('q', 'e1')
    const channels = [quotes, 'quote:SIM:B'].map((channel) => declared({ channel }))

    expect(plant.tickerplant.declare(other, channels)).toEqual([quotes])
    plant.tickerplant.accept(
      other,
      batchOf([
        { channel: 0, name: quotes, seq: 1 },
        { channel: 1, name: 'quote:SIM:B', seq: 1 }
      ])
    )
    expect([plant.channel(quotes).seq, plant.channel('quote:SIM:B').seq]).toEqual([0, 1])
    expect(plant.flush().map(({ channel }) => channel)).toEqual(['quote:SIM:B'])
    expect(plant.account()).toEqual([2, 2])
  })

  it('passes plain events on as they are', () => {
    const { plant, life } = openPlant()
    plant.tickerplant.declare(life, [{ name: 'news', form: 'plain', contract: 'event' }])
    accept(plant, life, [trades, 1])
    const { bytes, records } = batchOf([{ channel: 3, name: 'news', seq: 1 }])
    plant.tickerplant.accept(life, { type: 'batch', credit: 1, bytes, records, ingestTime: 1 })

    const { segments, indexes } = plant.queue.drain()
    expect(segments.map((segment, place) => segment.channel(indexes[place] ?? 0)?.form)).toEqual(['channel', 'plain'])
    expect(plant.account()).toEqual([2, 2])
  })
})

describe('A producer that starts again', () => {
  it.each(names)('sends its first message on %s as the snapshot of its new epoch, and no other', (name) => {
    const { plant, life } = openPlant()
    accept(plant, life, [name, 1], [name, 2], [name, 3])
    plant.flush()
    const next = plant.begin('p', 'e2', ...names)
    accept(plant, next, [name, 1], [name, 2])

    expect(plant.flush().map(({ seq, type, epoch }) => [seq, type, epoch])).toEqual([
      [1, 'snapshot', 'e2'],
      [2, undefined, undefined]
    ])
    expect(plant.counters.ingestGaps).toBe(0)
  })

  it('sends no snapshot where its life before has sent nothing: there is nothing to clear', () => {
    const { plant } = openPlant()
    const next = plant.begin('p', 'e2', ...names)
    accept(plant, next, [trades, 1])

    expect(plant.flush()[0]).not.toHaveProperty('type')
  })

  it('sends a snapshot of its new epoch although the queue had no room for its first trades', () => {
    const { plant, life } = openPlant({ queueCapacity: 2 })
    accept(plant, life, [trades, 1], [trades, 2])
    const next = plant.begin('p', 'e2', ...names)
    accept(plant, next, [trades, 1], [trades, 2])
    plant.flush()
    accept(plant, next, [trades, 3])

    expect(plant.flush()).toMatchObject([{ seq: 3, type: 'snapshot', epoch: 'e2' }])
    expect(plant.account()).toEqual([5, 5])
  })

  it.each([1, 2, 5])(
    'sends its quote as a snapshot although the queue is full of %i quotes of its life before',
    (count) => {
      const { plant, life } = openPlant({ queueCapacity: count })
      for (let seq = 1; seq <= count; seq++) accept(plant, life, [quotes, seq])
      const next = plant.begin('p', 'e2', ...names)
      accept(plant, next, [quotes, 1, { snapshotOf: 'e2' }], [quotes, 2], [quotes, 3])

      const last = plant.flush().at(-1)
      expect(last).toMatchObject({ seq: 3, prev: 0, type: 'snapshot', epoch: 'e2' })
    }
  )
})

describe('A hole in what a producer sends', () => {
  it('is counted, and told as a short time of recovery', () => {
    const { plant, life, qualities } = openPlant()
    plant.tickerplant.setQuality(life, 'live', 'none')
    qualities.length = 0
    accept(plant, life, [trades, 1], [trades, 3], [trades, 4])
    accept(plant, life, [trades, 8], [quotes, 1])

    expect(plant.counters.ingestGaps).toBe(2)
    expect(qualities).toEqual([
      ...[`${trades} recovering gap`, `${trades} live none`],
      ...[`${trades} recovering gap`, `${trades} live none`]
    ])
  })

  it('is none where a message stands for all before it', () => {
    const { plant, life, qualities } = openPlant()
    accept(plant, life, [quotes, 4, { prev: 0 }], [quotes, 9, { prev: 4 }])

    expect([plant.counters.ingestGaps, qualities]).toEqual([0, [`${quotes} live none`]])
  })

  it('does not make a channel live of which the feed itself says that it is late', () => {
    const { plant, life } = openPlant()
    plant.tickerplant.setQuality(life, 'delayed', 'venue_silent')
    accept(plant, life, [trades, 3])

    expect(plant.channel(trades)).toMatchObject({ quality: 'delayed', cause: 'venue_silent' })
  })
})

describe('What a feed says of its channels', () => {
  it('holds for all of them, or for those it names, and is told once', () => {
    const { plant, life, qualities } = openPlant()
    plant.tickerplant.setQuality(life, 'stale', 'venue_silent', [1, 77])
    plant.tickerplant.setQuality(life, 'stale', 'venue_silent', [])
    plant.tickerplant.setQuality(life, 'stale', 'venue_silent')

    expect(qualities).toEqual([quotes, trades, book].map((name) => `${name} stale venue_silent`))
  })

  it('says nothing of the channels of others', () => {
    const { plant, qualities } = openPlant()
    const other = plant.begin('q', 'e1', quotes, 'quote:SIM:B')
    plant.tickerplant.setQuality(other, 'stale', 'venue_silent')

    expect(qualities).toEqual(['quote:SIM:B stale venue_silent'])
  })
})
