import { describe, expect, it } from 'vitest'
import type { Notice } from '../../src/protocol/server-events.ts'
import { TestGateway } from './support/test-gateway.ts'

const QUOTE = 'quote:SIM:AAPL'

describe('A client whose channels need more than its bandwidth', () => {
  /** A client with 8 kbit/s, which is 1,000 bytes a second, and 1,000 bytes to begin with. */
  async function capped() {
    const gateway = new TestGateway({ maxClientKbps: 8, maxBacklogBytes: 100_000, slowCloseMs: 1_000 })
    const { publish, states } = gateway.produce('sim', 'e1', QUOTE)
    publish(0)
    const { connection } = await gateway.subscribed(QUOTE)
    return { gateway, publish, connection, states }
  }

  /** One that has used up what it may be sent. */
  async function heldBack() {
    const client = await capped()
    for (let n = 0; n < 100; n++) {
      client.publish(0)
      await client.gateway.flush(0)
    }
    return client
  }

  it('gets merged state in as many bytes as it is allowed, and is told so once', async () => {
    const { gateway, publish, connection } = await capped()
    let bytes = 0
    connection.onFrame = ({ jsonLength }) => {
      bytes += jsonLength
    }
    const seconds = 20
    for (let n = 0; n < seconds * 100; n++) {
      publish(0)
      await gateway.flush()
    }
    const ofNotices = JSON.stringify(connection.events.filter(([name]) => name !== 'updates')).length
    expect(bytes - ofNotices).toBeLessThan((seconds + 1) * 1_000 + 200)
    expect(bytes).toBeGreaterThan(seconds * 500)
    const notices = connection.payloadsOf<Notice>('notice').map(({ name }) => name)
    expect(notices).toEqual(['bandwidthCapped'])
    const ranges = connection.updates.map(({ seq, prev = seq - 1 }) => [prev, seq])
    expect(ranges.every(([prev], place) => place === 0 || prev === ranges[place - 1]?.[1])).toBe(true)
  })

  it('still hears a heartbeat each second, so that it does not take the connection for dead', async () => {
    const { gateway, connection } = await heldBack()
    // A snapshot that takes it a minute to pay for.
    gateway
      .produce('big', 'b1', ...Array.from({ length: 400 }, (_, n) => `quote:BIG:N${n}`))
      .publish(...Array(400).keys())
    const { connection: other } = await gateway.subscribed('quote:BIG:*')
    connection.take()
    other.take()
    gateway.pass(10_000)
    for (const { events } of [connection, other]) {
      expect(events.filter(([name]) => name === 'heartbeat').length).toBeGreaterThanOrEqual(9)
    }
  })

  it('is told when it does not read that either, and closed like any other', async () => {
    const { gateway, connection } = await heldBack()
    connection.backlogBytes = 100_001
    const noticesAfter = (ms: number) => {
      gateway.wait(ms)
      return connection.payloadsOf<Notice>('notice').map(({ name }) => name)
    }
    expect(noticesAfter(1_500)).toEqual(['bandwidthCapped'])
    expect(noticesAfter(1_000)).toEqual(['bandwidthCapped', 'slowConsumer'])
    expect(connection.closings).toEqual([])
    expect(gateway.plant.counters.slowClientEpisodes).toBe(1)
    gateway.wait(1_100)
    expect(connection.closings).toEqual(['slowConsumerClosed'])
  })

  it('is not slow while it reads as fast as it may, however long its way to the present is', async () => {
    // 10 bytes a millisecond, of which four seconds are needed for one state of all.
    const bytesPerMs = 10
    const gateway = new TestGateway({
      maxClientKbps: 80,
      maxBacklogBytes: 10_000,
      slowCloseMs: 1_000,
      maxChannels: 500
    })
    const names = Array.from({ length: 450 }, (_, n) => `quote:SIM:N${n}`)
    const { publish } = gateway.produce('sim', 'e1', ...names)
    const places = [...names.keys()]
    publish(...places)
    const { connection, request } = gateway.connect()
    connection.onFrame = ({ jsonLength }) => {
      connection.backlogBytes += jsonLength
    }
    // The snapshots alone take it four seconds.
    void request('subscribe', { channels: ['quote:SIM:*'] })
    for (let ms = 0; ms < 20_000; ms += 10) {
      connection.backlogBytes = Math.max(0, connection.backlogBytes - 10 * bytesPerMs)
      publish(...places.filter((place) => place % 50 === (ms / 10) % 50))
      await gateway.flush(10)
    }
    expect(connection.closings).toEqual([])
    expect(connection.payloadsOf<Notice>('notice').map(({ name }) => name)).toEqual(['bandwidthCapped'])
    expect(connection.updates.length).toBeGreaterThan(1_500)
  })

  it('is held to it on its way back, too, when it had stopped reading, and told when that is over', async () => {
    const { gateway, publish, connection } = await heldBack()
    connection.backlogBytes = 100_001
    gateway.wait(2_500)
    const names = () => connection.payloadsOf<Notice>('notice').map(({ name }) => name)
    expect(names()).toEqual(['bandwidthCapped', 'slowConsumer'])
    connection.backlogBytes = 0
    let bytes = 0
    connection.onFrame = ({ jsonLength, updates }) => {
      bytes += updates > 0 ? jsonLength : 0
    }
    for (let n = 0; n < 500; n++) {
      publish(0)
      await gateway.flush(10)
    }
    expect(names()).toEqual(['bandwidthCapped', 'slowConsumer', 'caughtUp'])
    expect(bytes).toBeLessThan(6 * 1_000 + 200)
    expect(connection.closings).toEqual([])
    expect(gateway.plant.counters).toMatchObject({ slowClientEpisodes: 1, slowClientsRecovered: 1 })
  })

  it('is not slow because the server was held up', async () => {
    const { gateway, connection } = await heldBack()
    connection.backlogBytes = 100_001
    gateway.pass(5_000)
    connection.backlogBytes = 0
    gateway.wait(100)
    expect(connection.payloadsOf<Notice>('notice').map(({ name }) => name)).toEqual(['bandwidthCapped'])
  })

  it('gets its trades, too, where quotes alone need more than it may have', async () => {
    const gateway = new TestGateway({
      ...{ maxClientKbps: 16, maxBacklogBytes: 100_000, maxChannels: 200 },
      journalBytes: 20_000_000
    })
    const quotes = Array.from({ length: 100 }, (_, n) => `quote:SIM:N${n}`)
    const { publish } = gateway.produce('sim', 'e1', ...quotes, 'trade:SIM:N0')
    const places = [...quotes.keys()]
    publish(...places, 100)
    const { connection } = await gateway.subscribed('quote:SIM:*', 'trade:SIM:N0')
    connection.take()
    for (let n = 0; n < 300; n++) {
      publish(...places, 100)
      await gateway.flush(50)
    }
    const trades = connection.updates.filter(({ channel }) => channel === 'trade:SIM:N0').map(({ seq }) => seq)
    expect(trades.length).toBeGreaterThan(20)
    expect(trades).toEqual(trades.map((_, n) => n + 2))
    expect(new Set(connection.updates.map(({ channel }) => channel)).size).toBe(101)
  })

  it('pays for its updates in full, whatever it is told beside them', async () => {
    const { gateway, publish, connection, states } = await capped()
    let bytes = 0
    connection.onFrame = ({ jsonLength, updates }) => {
      bytes += updates > 0 ? jsonLength : 0
    }
    const messages = 400
    // At once more than it may have in half a minute; then a change of quality and a heartbeat each second.
    publish(...Array(messages).fill(0))
    await gateway.flush(0)
    const first = bytes
    for (let second = 0; second < 10; second++) {
      gateway.plant.catalog.setQuality(
        states,
        second % 2 === 0 ? 'stale' : 'live',
        second % 2 === 0 ? 'venue_silent' : 'none'
      )
      publish(0)
      await gateway.flush(0)
      gateway.wait(1_000)
    }
    expect(first).toBeGreaterThan(20_000)
    expect(bytes).toBe(first)
  })

  it('is told later of a changed quality when there is no room for it', async () => {
    const gateway = new TestGateway({ maxClientKbps: 8, maxBacklogBytes: 1_000, slowCloseMs: 1_000 })
    const { publish, states } = gateway.produce('sim', 'e1', QUOTE)
    publish(0)
    const { connection } = await gateway.subscribed(QUOTE)
    for (let n = 0; n < 100; n++) {
      publish(0)
      await gateway.flush(0)
    }
    connection.backlogBytes = 1_001
    gateway.plant.catalog.setQuality(states, 'stale', 'venue_silent')
    await gateway.flush()
    expect(connection.payloadsOf('status')).toEqual([])
    connection.backlogBytes = 0
    gateway.pass(10_000)
    await gateway.flush()
    expect(connection.payloadsOf('status')).toMatchObject([{ channel: QUOTE, quality: 'stale' }])
  })
})
