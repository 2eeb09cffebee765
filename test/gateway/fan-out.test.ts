import { describe, expect, it } from 'vitest'
import type { Frame } from '../../src/gateway/frame.ts'
import type { Status } from '../../src/protocol/server-events.ts'
import type { FakeConnection } from './support/fake-connection.ts'
import { TestGateway } from './support/test-gateway.ts'

const QUOTE = 'quote:SIM:AAPL'
const TRADE = 'trade:SIM:AAPL'
const OTHER = 'quote:SIM:MSFT'

/** What each update of a channel stands for, in order of arrival. */
function rangesOf({ updates }: FakeConnection, name: string): string[] {
  const own = updates.filter(({ channel }) => channel === name)
  return own.map(({ seq, prev = seq - 1, type }) => (type === 'snapshot' ? `${seq}` : `(${prev}, ${seq}]`))
}

describe('A client with channels at two rates', () => {
  it('misses nothing when it falls behind between its two frames of one flush', async () => {
    const gateway = new TestGateway({ maxBacklogBytes: 1_000 })
    const { publish } = gateway.produce('sim', 'e1', TRADE, QUOTE)
    publish(0, 1)
    const { connection } = await gateway.subscribed(TRADE, { channel: QUOTE, maxRateHz: 10 })
    await gateway.flush(1_000)

    // The frame with the trade fills the connection; the one with the quote is still to come.
    connection.onFrame = () => {
      connection.backlogBytes = 2_000
    }
    publish(0, 1)
    await gateway.flush()
    connection.onFrame = () => undefined
    connection.backlogBytes = 0
    gateway.pass(50)
    await gateway.flush()
    publish(0, 1)
    await gateway.flush(1_000)
    await gateway.flush()

    for (const name of [TRADE, QUOTE])
      expect([name, rangesOf(connection, name)]).toEqual([name, ['1', '(1, 2]', '(2, 3]']])
  })
})

describe('A client that changes its channels', () => {
  it('is told what it would have been told with its old ones', async () => {
    const gateway = new TestGateway()
    const { states, publish } = gateway.produce('sim', 'e1', QUOTE, OTHER)
    publish(0, 1)
    const { connection, request } = await gateway.subscribed(QUOTE)
    connection.take()

    gateway.plant.catalog.setQuality(states, 'stale', 'producer_dead')
    const answer = request('subscribe', { channels: [OTHER] })
    await gateway.flush()

    expect(await answer).toMatchObject({ channels: [{ channel: OTHER, quality: 'stale' }] })
    const statuses = connection.payloadsOf<Status>('status').map(({ channel, quality }) => [channel, quality])
    expect(statuses).toContainEqual([QUOTE, 'stale'])
  })
})

it('makes the status of a channel once, for all who hold it among whatever others', async () => {
  const gateway = new TestGateway()
  const names = ['quote:SIM:A', 'quote:SIM:B', 'quote:SIM:C'] as const
  const { publish, states } = gateway.produce('sim', 'e1', ...names)
  publish(0, 1, 2)
  const clients = [await gateway.subscribed(names[0], names[1]), await gateway.subscribed(names[1], names[2])]
  const told = clients.map(({ connection }) => {
    connection.take()
    const frames: Frame[] = []
    connection.onFrame = (frame) => frames.push(frame)
    return frames
  })
  gateway.plant.catalog.setQuality(states, 'stale', 'venue_silent')
  await gateway.flush(0)
  expect(
    clients.map(({ connection }) => connection.payloadsOf<Status>('status').map(({ channel }) => channel))
  ).toEqual([
    [names[0], names[1]],
    [names[1], names[2]]
  ])
  expect(told[0]?.[1]).toBe(told[1]?.[0])
})

describe('A quiet market', () => {
  it('does not keep the last value from a fast client because a slow one waits long for its own', async () => {
    const gateway = new TestGateway()
    const { publish } = gateway.produce('sim', 'e1', QUOTE)
    await gateway.subscribed({ channel: QUOTE, maxRateHz: 0.1 })
    for (let n = 0; n < 5; n++) {
      publish(0)
      await gateway.flush()
    }
    const fast = await gateway.subscribed({ channel: QUOTE, maxRateHz: 50 })
    for (let n = 0; n < 4; n++) {
      publish(0)
      await gateway.flush(n < 3 ? 10 : 0)
    }
    expect(fast.connection.updates.at(-1)?.seq).toBe(8)
    const before = gateway.wakes
    // Nothing more is published: whatever is still due comes by a wake of the gateway's own.
    for (let ms = 0; ms < 200; ms++) {
      gateway.pass(1)
      if (gateway.wakes > before) break
    }
    await gateway.flush()
    expect(gateway.wakes).toBeGreaterThan(before)
    expect(fast.connection.updates.at(-1)?.seq).toBe(9)
  })
})

describe('News of channels', () => {
  it('of one flush leave together, in order, for each client', async () => {
    const gateway = new TestGateway()
    const { states, publish } = gateway.produce('sim', 'e1', QUOTE, OTHER, TRADE)
    publish(0, 1, 2)
    const [{ connection }, { connection: second }] = [
      await gateway.subscribed(QUOTE, OTHER, TRADE),
      await gateway.subscribed(QUOTE)
    ]
    for (const one of [connection, second]) one.groups.length = 0
    gateway.plant.catalog.setQuality(states, 'recovering', 'gap')
    gateway.plant.catalog.setQuality(states, 'live', 'none')
    await gateway.flush()

    const told = connection.payloadsOf<Status>('status').map(({ channel, quality }) => `${channel} ${quality}`)
    expect(told).toEqual(
      ['recovering', 'live'].flatMap((quality) => [QUOTE, OTHER, TRADE].map((name) => `${name} ${quality}`))
    )
    expect([connection.groups, second.groups]).toEqual([[6], [2]])
  })
})

describe('A flush', () => {
  it('is written to clients in the order in which they connected, whatever channels they hold, and each rate by itself', async () => {
    const gateway = new TestGateway()
    const { publish } = gateway.produce('sim', 'e1', QUOTE, OTHER, TRADE)
    publish(0, 1, 2)
    const written: string[] = []
    const holdings = [[OTHER, TRADE], [TRADE, { channel: QUOTE, maxRateHz: 10 }], [QUOTE], [OTHER]] as const
    const clients = holdings.map(() => gateway.connect())
    // Their channels come the other way round.
    for (const [n, { request }] of [...clients.entries()].reverse()) {
      const answer = request('subscribe', { channels: holdings[n] })
      await gateway.flush(1_000)
      await answer
    }
    for (const [n, { connection }] of clients.entries())
      connection.onFrame = ({ updates }) => updates > 0 && written.push(`client ${n}`)
    publish(0, 1, 2)
    await gateway.flush()
    expect(written).toEqual(['client 0', 'client 1', 'client 2', 'client 3', 'client 1'])
  })
})
