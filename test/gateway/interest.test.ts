import { describe, expect, it } from 'vitest'
import type { SubscribeAnswer } from '../../src/protocol/requests.ts'
import type { Status } from '../../src/protocol/server-events.ts'
import { batchOf, type Written } from '../support/segments.ts'
import { IDLE_MS, TestGateway } from './support/test-gateway.ts'

const FULL = 'book:SIM:A'
const TOP = 'book:SIM:A:5'
const NAMES = [FULL, TOP]

/** A gateway with a full book that was published twice, and its five best levels on demand. */
function market() {
  const gateway = new TestGateway()
  const { tickerplant, catalog } = gateway.plant
  const begin = (epoch: string) => {
    const life = tickerplant.begin('sim', epoch)
    tickerplant.declare(life, [
      { name: FULL, form: 'channel', contract: 'state' },
      { name: TOP, form: 'channel', contract: 'state', isOnDemand: true }
    ])
    const publish = (channel: number, ...seqs: readonly number[]) => {
      const messages = seqs.map((seq): Written => {
        const isFirst = seq === 1
        return { channel, name: NAMES[channel] ?? '', seq, ...(isFirst && { snapshotOf: epoch }) }
      })
      tickerplant.accept(life, batchOf(messages))
    }
    const wake = (seq: number) => {
      tickerplant.accept(life, batchOf([{ channel: 1, name: TOP, seq, snapshotOf: epoch }]))
    }
    return { publish, wake, rest: () => tickerplant.rest(life, [1]) }
  }
  const first = begin('e1')
  first.publish(0, 1, 2)
  const state = () => {
    const { quality, cause, seq, isDormant } = gateway.plant.channel(TOP)
    return { quality, cause, seq, isDormant }
  }
  return { gateway, catalog, ...first, begin, state }
}

const told = (...channels: readonly string[]) => ({ source: 'sim', channels, isWanted: true })
const ended = (...channels: readonly string[]) => ({ source: 'sim', channels, isWanted: false })
const granted = (answer: SubscribeAnswer | undefined) => (answer?.ok ? answer.granted : undefined)

describe('A channel on demand', () => {
  it('is wanted from its first subscriber on, until its last one has been gone for a while', async () => {
    const { gateway } = market()
    const one = await gateway.subscribed(TOP)
    const two = await gateway.subscribed('book:SIM:*:*', FULL)
    const slow = await gateway.subscribed({ channel: TOP, maxRateHz: 5 })
    expect(gateway.interests).toEqual([told(TOP)])
    one.end()
    slow.end()
    await gateway.flush(IDLE_MS + 1)
    expect(gateway.interests).toHaveLength(1)
    two.end()
    gateway.pass(IDLE_MS - 1)
    expect(gateway.interests).toHaveLength(1)
    gateway.pass(2)

    expect(gateway.interests).toEqual([told(TOP), ended(TOP)])
    expect(gateway.plant.counters).toMatchObject({ channelsWoken: 1, channelsRested: 1 })
  })

  it('stays awake for somebody who comes back in time', async () => {
    const { gateway } = market()
    const one = await gateway.subscribed(TOP)
    one.end()
    gateway.pass(IDLE_MS - 100)
    const { end } = await gateway.subscribed(TOP)
    gateway.pass(IDLE_MS)
    expect(gateway.interests).toEqual([told(TOP)])
    end()
    gateway.pass(IDLE_MS)
    expect(gateway.interests).toEqual([told(TOP), ended(TOP)])
  })

  it('is not live before it has a value, and sends the snapshot with which it wakes', async () => {
    const { gateway, wake, state } = market()
    const { answers, connection } = await gateway.subscribed(TOP)
    expect(answers.channels).toMatchObject([{ ok: true, seq: 0, quality: 'recovering' }])
    expect(granted(answers.channels[0])).toMatchObject({ depth: 5 })
    expect(connection.updates).toEqual([])
    wake(1)
    await gateway.flush()

    expect(connection.updates).toMatchObject([{ channel: TOP, seq: 1, type: 'snapshot' }])
    expect(connection.payloadsOf<Status>('status')).toMatchObject([{ channel: TOP, quality: 'live', cause: 'none' }])
    expect(state()).toEqual({ quality: 'live', cause: 'none', seq: 1, isDormant: false })
  })

  it('shows no past picture while it rests, and goes on counting when it wakes', async () => {
    const { gateway, publish, wake, rest, state } = market()
    const early = await gateway.subscribed(TOP)
    wake(1)
    publish(1, 2, 3)
    await gateway.flush()
    early.end()
    rest()
    expect(state()).toEqual({ quality: 'recovering', cause: 'starting', seq: 3, isDormant: true })

    const { connection, answers, request } = await gateway.subscribed({
      channel: TOP,
      resume: { epoch: 'e1', seq: 3 }
    })
    expect(answers.channels).toMatchObject([{ seq: 3, quality: 'recovering', recovered: false }])
    expect(await request('snapshot', { channel: TOP })).toMatchObject({ error: { name: 'noData' } })
    expect(connection.updates).toEqual([])
    wake(4)
    publish(1, 5)
    await gateway.flush()
    const joiner = await gateway.subscribed(TOP)

    for (const each of [connection, joiner.connection]) {
      expect(each.updates.map(({ seq, type }) => [seq, type])).toEqual([
        [4, 'snapshot'],
        [5, undefined]
      ])
    }
    expect(state()).toMatchObject({ quality: 'live', seq: 5 })
  })

  it('is wanted of a producer that starts again, also by those who came before', async () => {
    const { gateway, wake, begin } = market()
    const { connection, end } = await gateway.subscribed(TOP)
    wake(1)
    await gateway.flush()
    const second = begin('e2')
    expect(gateway.interests).toEqual([told(TOP)])
    await gateway.flush()
    expect(gateway.interests).toEqual([told(TOP), told(TOP)])
    second.wake(1)
    await gateway.flush()
    expect(connection.updates.map(({ seq, epoch }) => [seq, epoch])).toEqual([
      [1, 'e1'],
      [1, 'e2']
    ])
    end()
    begin('e3')
    // Nobody holds it, and the new life was never told.
    await gateway.flush(2 * IDLE_MS)
    expect(gateway.interests).toHaveLength(2)
  })

  it('is as good as its full book when it wakes', async () => {
    const { gateway, catalog, wake, state } = market()
    catalog.setQuality([gateway.plant.channel(FULL)], 'stale', 'venue_silent')
    await gateway.subscribed(TOP)
    wake(1)

    expect(state()).toMatchObject({ quality: 'stale', cause: 'venue_silent' })
  })

  it('does not become live with the rest of its source', async () => {
    const { catalog, state } = market()
    catalog.setQuality(catalog.ownedBy('sim'), 'stale', 'venue_silent')
    expect(state()).toMatchObject({ quality: 'stale', cause: 'venue_silent' })
    catalog.setQuality(catalog.ownedBy('sim'), 'live', 'none')

    expect(state()).toMatchObject({ quality: 'recovering', cause: 'starting' })
  })

  it('is refused once its producer has ended, unless it was awake, and is there again in a new life', async () => {
    const { gateway, catalog, begin } = market()
    catalog.end('sim')
    const { answers } = await gateway.subscribed(TOP, 'book:SIM:*:*', FULL)
    expect(answers.channels).toMatchObject([
      { channel: TOP, ok: false, error: { name: 'unknownChannel' } },
      { channel: 'book:SIM:*:*', ok: false, error: { name: 'unknownChannel' } },
      { channel: FULL, ok: true }
    ])
    begin('e2').wake(1)
    catalog.end('sim')

    expect((await gateway.subscribed(TOP)).answers.channels).toMatchObject([{ ok: true, quality: 'live', seq: 1 }])
  })

  it('gives way to a producer that publishes it, and the other one is told to end', async () => {
    const { gateway, wake, state } = market()
    const { connection } = await gateway.subscribed(TOP)
    wake(1)
    await gateway.flush()
    const other = gateway.produce('other', 'o1', TOP)
    expect(gateway.interests).toEqual([told(TOP), ended(TOP)])
    expect([gateway.plant.catalog.countOf('sim'), gateway.plant.catalog.countOf('other')]).toEqual([1, 1])
    other.publish(0)
    wake(2)
    await gateway.flush()

    expect(connection.updates).toMatchObject([{ epoch: 'e1' }, { epoch: 'o1', seq: 1, type: 'snapshot' }])
    expect(state()).toMatchObject({ quality: 'live', seq: 1, isDormant: false })
    expect(gateway.plant.counters.messagesDropped).toBe(1)
  })
})

describe('A source with more than 100 channels', () => {
  it('is told of as a whole to those who hold nothing dormant of it', async () => {
    const gateway = new TestGateway({ maxChannels: 1_000 })
    const names = Array.from({ length: 101 }, (_, n) => `book:SIM:N${n}`)
    const life = gateway.plant.begin('sim', 'e1', ...names)
    const onDemand = names.map((name) => ({ name: `${name}:5`, form: 'channel', contract: 'state' }) as const)
    gateway.plant.tickerplant.declare(
      life,
      onDemand.map((one) => ({ ...one, isOnDemand: true }))
    )
    const all = names.map((name, channel): Written => ({ channel, name, seq: 1, snapshotOf: 'e1' }))
    gateway.plant.tickerplant.accept(life, batchOf(all))
    const full = await gateway.subscribed('book:SIM:*')
    const both = await gateway.subscribed('book:SIM:*', 'book:SIM:N7:5')
    const owned = gateway.plant.catalog.ownedBy('sim')
    gateway.plant.catalog.setQuality(owned, 'stale', 'venue_silent')
    gateway.plant.catalog.setQuality(owned, 'live', 'none')
    await gateway.flush()
    const newsOf = ({ connection }: typeof full) => connection.payloadsOf<Status>('status')

    expect(newsOf(full)).toMatchObject([
      { source: 'sim', quality: 'stale' },
      { source: 'sim', quality: 'live' }
    ])
    expect(newsOf(full).some((status) => 'channel' in status)).toBe(false)
    const last = new Map(newsOf(both).map(({ channel, quality }) => [channel, quality]))
    expect(last.size).toBe(102)
    expect(last.get('book:SIM:N7:5')).toBe('recovering')
    expect(last.get('book:SIM:N7')).toBe('live')
  })
})
