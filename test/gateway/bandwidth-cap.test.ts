import { describe, expect, it } from 'vitest'
import type { Notice } from '../../src/protocol/server-events.ts'
import { TestGateway } from './support/test-gateway.ts'

const QUOTE = 'quote:SIM:AAPL'

describe('A client whose channels need more than its bandwidth', () => {
  /** A client with 8 kbit/s, which is 1,000 bytes a second, and 1,000 bytes to begin with. */
  async function capped() {
    const gateway = new TestGateway({ maxClientKbps: 8, maxBacklogBytes: 100_000, slowCloseMs: 1_000 })
    const { publish } = gateway.produce('sim', 'e1', QUOTE)
    publish(0)
    const { connection } = await gateway.subscribed(QUOTE)
    return { gateway, publish, connection }
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
    const { gateway, publish, connection } = await capped()
    for (let n = 0; n < 100; n++) {
      publish(0)
      await gateway.flush(0)
    }
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

  it('is closed like any other when it stops reading', async () => {
    const { gateway, publish, connection } = await capped()
    for (let n = 0; n < 100; n++) {
      publish(0)
      await gateway.flush(0)
    }
    connection.backlogBytes = 100_001
    gateway.pass(2_000)
    expect(connection.closings).toEqual(['slowConsumerClosed'])
  })
})
