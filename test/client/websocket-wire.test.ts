import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { type ConnectionChange, connect, type Market } from '../../client/index.ts'

const WAIT_MS = 10_000

describe('a market by the native door', () => {
  let server: WebSocketServer
  let market: Market
  let changes: ConnectionChange[]
  let sockets: WebSocket[]
  let paths: (string | undefined)[]

  beforeEach(async () => {
    sockets = []
    paths = []
    changes = []
    server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    server.on('connection', (socket, request) => {
      sockets.push(socket)
      paths.push(request.url)
    })
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    market = connect({ url: `http://127.0.0.1:${port}/`, transport: 'websocket', token: 'a b' })
    market.onConnection((change) => changes.push(change))
    await vi.waitFor(() => expect(changes).toEqual([{ state: 'connected' }]), WAIT_MS)
  })

  afterEach(() => {
    market.close()
    for (const socket of sockets) socket.terminate()
    server.close()
  })

  it('goes to the path of the door, with its token', () => {
    expect(paths).toEqual(['/ws/rt_market?token=a%20b'])
  })

  it.each([
    [4_000, 'shutdown'],
    [4_001, 'slowConsumerClosed'],
    [1_011, '']
  ])('comes back after close code %i', async (code, reason) => {
    sockets[0]?.close(code, reason)
    await vi.waitFor(
      () => expect(changes.map(({ state }) => state)).toEqual(['connected', 'down', 'connected']),
      WAIT_MS
    )
  })

  it.each([
    [4_500, 'protocolViolation'],
    [1_009, '']
  ])('stays away after close code %i', async (code, reason) => {
    sockets[0]?.close(code, reason)
    await vi.waitFor(() => expect(changes.at(-1)?.state).toBe('closed'), WAIT_MS)
    expect(market.state).toBe('closed')
  })

  it('stays away from a server of another version of the protocol, and says so', async () => {
    sockets[0]?.send(JSON.stringify(['hello', { protocol: 2, heartbeatMs: 1_000, serverTime: 0 }]))
    await vi.waitFor(() => expect(changes.at(-1)?.state).toBe('closed'), WAIT_MS)
    expect(changes.at(-1)).toMatchObject({ reason: expect.stringContaining('version 2') })
  })

  it('takes silence for the end of the connection, and comes back', async () => {
    await vi.waitFor(
      () => expect(changes.map(({ state }) => state)).toEqual(['connected', 'down', 'connected']),
      20_000
    )
    expect(changes[1]).toMatchObject({ reason: expect.stringContaining('nothing came') })
  }, 30_000)
})
