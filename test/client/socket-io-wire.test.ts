import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type ConnectionChange, connect, type Market } from '../../client/index.ts'
import { ProtocolServer } from '../support/protocol-server.ts'
import { SilentProxy } from './support/silent-proxy.ts'

const WAIT_MS = 15_000
const channel = 'quote:SIM:AAPL'

describe('a market by the Socket.IO door', () => {
  let server: ProtocolServer
  let market: Market
  let changes: ConnectionChange[]

  beforeEach(async () => {
    server = await new ProtocolServer().start()
    changes = []
  })

  afterEach(async () => {
    market.close()
    vi.doUnmock('socket.io-client')
    vi.resetModules()
    await server.stop()
  })

  it('comes back when the client of Socket.IO could not be loaded', async () => {
    let loads = 0
    vi.doMock('socket.io-client', async (original) => {
      loads += 1
      if (loads === 1) throw new Error('the network is gone')
      return await original<object>()
    })
    market = connect({ url: server.url })
    market.onConnection((change) => changes.push(change))
    await vi.waitFor(() => expect(changes.at(-1)).toEqual({ state: 'connected' }), WAIT_MS)
    expect(changes[0]).toMatchObject({ state: 'down', reason: expect.stringContaining('cannot be loaded') })
  })

  it('gets through a proxy that swallows WebSockets without refusing them, and keeps to that way', async () => {
    const proxy = await new SilentProxy(server.port).start()
    server.publish(channel, { bid: '1', bidSize: '1', ask: '2', askSize: '1' })
    market = connect({ url: proxy.url })
    market.onConnection((change) => changes.push(change))
    const { value } = await market.quote('SIM:AAPL').ready()
    expect(value?.bid).toBe('1')
    expect(changes.map(({ state }) => state)).toEqual(['down', 'connected'])
    // The second is the attempt to make a WebSocket of what polls.
    await vi.waitFor(() => expect(proxy.upgrades).toBeGreaterThan(1))
    const startMs = performance.now()
    server.cut()
    await vi.waitFor(
      () => expect(changes.map(({ state }) => state)).toEqual(['down', 'connected', 'down', 'connected']),
      WAIT_MS
    )
    expect(performance.now() - startMs).toBeLessThan(4_500)
    proxy.stop()
  }, 30_000)
})
