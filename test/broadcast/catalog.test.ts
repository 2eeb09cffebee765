import { describe, expect, it } from 'vitest'
import { Catalog } from '../../src/broadcast/catalog.ts'
import type { ChannelState } from '../../src/broadcast/channel-state.ts'
import type { DeclaredChannel } from '../../src/protocol/port-messages.ts'
import { declared } from '../support/segments.ts'

const plain = (name: string): DeclaredChannel => ({ name, form: 'plain', contract: 'event' })

function openCatalog(capacity = 100) {
  const catalog = new Catalog(capacity)
  const heard: { declared: string[]; quality: string[] } = { declared: [], quality: [] }
  catalog.listen({
    onDeclared: (channels) => heard.declared.push(...channels.map(({ name }) => name)),
    onQuality: (channels) => heard.quality.push(...channels.map(({ name, quality }) => `${name} ${quality}`))
  })
  const declare = (channel: string, source = 'p', epoch = 'e1') => catalog.declare(declared({ channel }), source, epoch)
  return { catalog, heard, declare }
}

function declaredOf(channel: ChannelState | undefined): ChannelState {
  if (channel === undefined) throw new Error('refused')
  return channel
}

describe('The catalog', () => {
  it('takes a channel name apart, and numbers channels without a hole', () => {
    const { catalog, declare } = openCatalog()
    declare('trade:SIM:A')
    catalog.declare(plain('news'), 'p', 'e1')

    expect(declare('book:SIM:BRK.B:20')).toMatchObject({
      ...{ id: 2, name: 'book:SIM:BRK.B:20', kind: 'book', venue: 'SIM', symbol: 'BRK.B' },
      ...{
        contract: 'state',
        hasDeltas: true,
        source: 'p',
        epoch: 'e1',
        seq: 0,
        quality: 'recovering',
        cause: 'starting'
      }
    })
  })

  it('holds as many channels as it may, and refuses the next', () => {
    const { catalog, declare } = openCatalog(3)
    catalog.declare(plain('news'), 'p', 'e1')

    expect([declare('quote:SIM:A'), declare('quote:SIM:B'), declare('quote:SIM:C')].map(Boolean)).toEqual([
      ...[true, true, false]
    ])
    expect([catalog.size, catalog.countOf('p')]).toEqual([2, 2])
    expect(catalog.find('quote:SIM:C')).toBeUndefined()
    expect(declare('quote:SIM:A', 'p', 'e2')).toMatchObject({ epoch: 'e2' })
  })

  it('lets nobody take a channel over from another source', () => {
    const { catalog, declare } = openCatalog()
    const mine = declare('quote:SIM:A')

    expect(declare('quote:SIM:A', 'q', 'e9')).toBeUndefined()
    expect(catalog.find('quote:SIM:A')).toBe(mine)
    expect(mine).toMatchObject({ source: 'p', epoch: 'e1' })
    expect([catalog.countOf('p'), catalog.countOf('q')]).toEqual([1, 0])
  })

  it('lets who publishes a channel take it from who would on demand, and never the other way', () => {
    const { catalog, declare } = openCatalog()
    const onDemand = { ...declared({ channel: 'book:SIM:A:5' }), isOnDemand: true }
    const channel = declaredOf(catalog.declare(onDemand, 'p', 'e1'))
    expect([channel.isOnDemand, channel.isDormant]).toEqual([true, true])

    expect(declare('book:SIM:A:5', 'q', 'e9')).toBe(channel)
    expect(channel).toMatchObject({ source: 'q', epoch: 'e9', isOnDemand: false, isDormant: false })
    expect([catalog.countOf('p'), catalog.countOf('q')]).toEqual([0, 1])
    expect(catalog.declare(onDemand, 'p', 'e2')).toBeUndefined()
  })

  it('gives no more than half of its room to channels on demand', () => {
    const { catalog, declare } = openCatalog(4)
    const offer = (symbol: string) =>
      catalog.declare({ ...declared({ channel: `book:SIM:${symbol}:5` }), isOnDemand: true }, 'p', 'e1')

    expect([offer('A'), offer('B'), offer('C')].map(Boolean)).toEqual([true, true, false])
    expect([declare('quote:SIM:A'), declare('quote:SIM:B'), declare('quote:SIM:C')].map(Boolean)).toEqual([
      ...[true, true, false]
    ])
  })

  it('lets the same source begin a new life with the same channel, from nothing', () => {
    const { catalog, declare } = openCatalog()
    const channel = declaredOf(declare('quote:SIM:A'))
    Object.assign(channel, { seq: 40, flushedSeq: 39, quality: 'stale', cause: 'producer_dead' })

    expect(declare('quote:SIM:A', 'p', 'e2')).toBe(channel)
    expect(channel).toMatchObject({ epoch: 'e2', seq: 0, flushedSeq: 0, isEpochNew: true, quality: 'stale' })
    expect(channel.present()).toEqual([])
    expect(catalog.countOf('p')).toBe(1)
  })

  it('changes nothing when a life declares its channel twice', () => {
    const { declare } = openCatalog()
    const channel = declaredOf(declare('quote:SIM:A'))
    channel.seq = 40

    expect(declare('quote:SIM:A')).toMatchObject({ seq: 40, isEpochNew: false })
  })

  it('does not wait for a snapshot where the life before published nothing', () => {
    const { declare } = openCatalog()
    declare('quote:SIM:A')

    expect(declare('quote:SIM:A', 'p', 'e2')).toMatchObject({ epoch: 'e2', isEpochNew: false })
  })

  it('still waits for a snapshot when a life in between published nothing', () => {
    const { declare } = openCatalog()
    declaredOf(declare('quote:SIM:A')).seq = 40
    declare('quote:SIM:A', 'p', 'e2')

    expect(declare('quote:SIM:A', 'p', 'e3')).toMatchObject({ epoch: 'e3', isEpochNew: true })
  })

  it('lets every source publish every plain event, which no client subscribes to', () => {
    const { catalog, heard } = openCatalog()
    const news = catalog.declare(plain('quote:SIM:A'), 'p', 'e1')

    expect(catalog.declare(plain('quote:SIM:A'), 'q', 'e2')).toBe(news)
    catalog.announce([declaredOf(news)])
    expect([catalog.size, catalog.find('quote:SIM:A'), heard.declared]).toEqual([0, undefined, []])
  })

  it.each([
    ['quote:SIM:*', ['quote:SIM:A', 'quote:SIM:BRK.B']],
    ['*:SIM:A', ['quote:SIM:A', 'book:SIM:A']],
    ['book:SIM:A*', ['book:SIM:A']],
    ['book:SIM:A:*', ['book:SIM:A:20']],
    ['quote:SIM:BRK.*', ['quote:SIM:BRK.B']],
    ['quote:SIM:BRKx*', []]
  ])('finds by %s the channels %j', (pattern, names) => {
    const { catalog, declare } = openCatalog()
    for (const name of ['quote:SIM:A', 'quote:SIM:BRK.B', 'book:SIM:A', 'book:SIM:A:20']) declare(name)

    expect(catalog.matching(pattern).map(({ name }) => name)).toEqual(names)
  })
})

describe('The quality of channels', () => {
  it('is told when it is news, and only of the channels for which it is', () => {
    const { catalog, heard, declare } = openCatalog()
    const [a, b] = [declaredOf(declare('quote:SIM:A')), declaredOf(declare('quote:SIM:B'))]
    catalog.setQuality([a], 'live', 'none')
    catalog.setQuality([a, b], 'live', 'none')
    catalog.setQuality([a, b], 'live', 'none')

    expect(heard.quality).toEqual(['quote:SIM:A live', 'quote:SIM:B live'])
  })

  it('is news when its cause is another', () => {
    const { catalog, heard, declare } = openCatalog()
    const channel = declaredOf(declare('quote:SIM:A'))
    catalog.setQuality([channel], 'stale', 'venue_silent')
    catalog.setQuality([channel], 'stale', 'producer_dead')

    expect(heard.quality).toHaveLength(2)
    expect(channel).toMatchObject({ quality: 'stale', cause: 'producer_dead' })
    expect(Math.abs(channel.since - Date.now())).toBeLessThan(1_000)
  })

  it('is of no interest for plain events', () => {
    const { catalog, heard } = openCatalog()
    catalog.setQuality([declaredOf(catalog.declare(plain('news'), 'p', 'e1'))], 'stale', 'venue_silent')

    expect(heard.quality).toEqual([])
  })
})
