import { describe, expect, it } from 'vitest'
import type { SubscribeAnswer } from '../../src/protocol/requests.ts'
import { TestGateway } from './support/test-gateway.ts'

const QUOTES = ['quote:SIM:A', 'quote:SIM:B', 'quote:SIM:C'] as const

/** A gateway with three quotes of which `A` was published three times, the others once. */
function market() {
  const gateway = new TestGateway({ maxRequestBurst: 300 })
  const { publish } = gateway.produce('sim', 'e1', ...QUOTES)
  publish(0, 1, 2, 0, 0)
  return { gateway, publish }
}

describe('A pattern', () => {
  it('cannot be resumed from one position: each of its channels is sent from its snapshot on', async () => {
    const { gateway } = market()
    const { answers, connection } = await gateway.subscribed({
      channel: 'quote:SIM:*',
      resume: { epoch: 'e1', seq: 1 }
    })
    expect(
      answers.channels.map(({ ok, ...answer }) => ok && (answer as SubscribeAnswer & { ok: true }).recovered)
    ).toEqual([false, false, false])
    expect(connection.updates.map(({ type }) => type)).toEqual(['snapshot', 'snapshot', 'snapshot'])
  })

  it('is ended by who asks for that directly after, whatever the first request had to wait for', async () => {
    const { gateway, publish } = market()
    const { connection, request } = gateway.connect()
    const asked = ['subscribe', 'unsubscribe', 'subscriptions'].map((name) => request(name, ['quote:SIM:*']))
    await gateway.flush()
    const [subscribed, ended, held] = await Promise.all(asked)
    expect(subscribed).toMatchObject({ channels: [{ ok: true }, { ok: true }, { ok: true }] })
    expect(ended).toMatchObject({ channels: [{ ok: true }, { ok: true }, { ok: true }] })
    expect(held).toEqual({ channels: [], patterns: [] })
    connection.take()
    publish(0, 1, 2)
    await gateway.flush()
    expect(connection.updates).toEqual([])
  })

  it('gives nothing any more when it was ended before the new channel could join', async () => {
    const { gateway } = market()
    const { connection, request } = await gateway.subscribed('quote:SIM:*')
    const answer = request('unsubscribe', { channels: ['quote:SIM:*'] })
    gateway.produce('late', 'l1', 'quote:SIM:LATE').publish(0)
    await gateway.flush()
    connection.take()
    await gateway.flush()
    expect(await answer).toMatchObject({ channels: [{ ok: true }, { ok: true }, { ok: true }] })
    expect(connection.events).toEqual([])
    expect(gateway.fanOut.subscriptions).toBe(0)
  })

  it('is one of at most 100 of a client; those it holds it may ask for again', async () => {
    const { gateway } = market()
    const patterns = Array.from({ length: 99 }, (_, n) => `quote:X${n}:*`)
    const { request } = await gateway.subscribed(...patterns, 'quote:SIM:*')
    const more = request('subscribe', ['quote:SIM:*', 'quote:SIM:A*'])
    await gateway.flush()
    const { channels } = (await more) as { channels: readonly SubscribeAnswer[] }
    expect(channels).toMatchObject([
      ...QUOTES.map((channel) => ({ channel, ok: true })),
      { channel: 'quote:SIM:A*', ok: false, error: { name: 'tooManyChannels' } }
    ])
    const ended = request('unsubscribe', ['quote:X0:*'])
    const again = request('subscribe', ['quote:SIM:A*'])
    await gateway.flush()
    expect(await ended).toMatchObject({ channels: [{ ok: true }] })
    expect(await again).toMatchObject({ channels: [{ channel: 'quote:SIM:A', ok: true }] })
  })
})

describe('Unsubscribing', () => {
  it('ends channels by name and by pattern, and says what was not held', async () => {
    const { gateway, publish } = market()
    const { connection, request } = await gateway.subscribed('quote:SIM:*')
    const names = ['quote:SIM:A', 'quote:SIM:A', 'quote:SIM:NOPE', 'nonsense', 'quote:*:B', 'trade:SIM:*']
    const answer = request('unsubscribe', names)
    await gateway.flush()
    connection.take()
    publish(0, 1, 2)
    await gateway.flush()
    expect(await answer).toMatchObject({
      channels: [
        { channel: 'quote:SIM:A', ok: true },
        { channel: 'quote:SIM:A', ok: false, error: { name: 'notSubscribed' } },
        { channel: 'quote:SIM:NOPE', ok: false, error: { name: 'notSubscribed' } },
        { channel: 'nonsense', ok: false, error: { name: 'notSubscribed' } },
        { channel: 'quote:SIM:B', ok: true },
        { channel: 'trade:SIM:*', ok: false, error: { name: 'notSubscribed' } }
      ]
    })
    expect(connection.updates.map(({ channel }) => channel)).toEqual(['quote:SIM:C'])
  })

  it('of as many names as a request may have does not hold up the flush', async () => {
    const gateway = new TestGateway({ maxChannels: 20_000 })
    const all = Array.from({ length: 900 }, (_, n) => `quote:SIM:N${n}`)
    gateway.produce('sim', 'e1', ...all).publish(...all.keys())
    const { request } = await gateway.subscribed('quote:SIM:*')
    const asked = Array.from({ length: 20_000 }, (_, n) => `quote:SIM:NOPE${n}`)
    const answer = request('unsubscribe', asked)
    const startedMs = performance.now()
    await gateway.flush()
    expect(performance.now() - startedMs).toBeLessThan(1_000)
    expect(await answer).toMatchObject({ channels: { length: 20_000 } })
  })
})

describe('A client that is gone', () => {
  it('leaves nothing behind, also when it goes before its request is served', async () => {
    const { gateway, publish } = market()
    const clients = Array.from({ length: 20 }, () => gateway.connect())
    const kinds = [['quote:SIM:A'], ['quote:SIM:*'], [{ channel: 'quote:SIM:B', maxRateHz: 2 }]]
    clients.forEach(({ request }, n) => void request('subscribe', kinds[n % 3]))
    for (const { end } of clients.slice(0, 10)) end()
    // At least one request is served in each flush, however busy the machine.
    for (const _ of clients) await gateway.flush()
    publish(0, 1, 2)
    await gateway.flush()
    expect(gateway.fanOut.subscriptions).toBe(3 + 4 * 3 + 3)
    for (const { end } of clients) end()
    for (const { end } of clients) end()
    publish(0, 1, 2)
    await gateway.flush()
    expect(gateway.fanOut.subscribers.size).toBe(0)
    expect(gateway.fanOut.subscriptions).toBe(0)
    for (const lane of gateway.lanes.all()) {
      for (const name of QUOTES) expect(lane.cohorts.of(gateway.plant.channel(name))).toEqual([])
      expect(lane.nextMs).toBe(Number.POSITIVE_INFINITY)
    }
    expect(gateway.plant.counters).toMatchObject({ connectionsOpened: 20, connectionsClosed: 20 })
  })
})
