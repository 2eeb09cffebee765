import { type EventEmitter, once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { io } from 'socket.io-client'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import type { Clients } from '../../src/gateway/clients.ts'
import { SocketIoDoor } from '../../src/gateway/socket-io-door.ts'
import type { Hello } from '../../src/protocol/server-events.ts'

const INTERVAL_MS = 25_000
const TIMEOUT_MS = 30_000
const WAIT = { timeout: 10_000 }

let http: Server
let door: SocketIoDoor
let url: string
let look: () => void
let nowMs: number
let opened: number
let ended: number

beforeEach(async () => {
  nowMs = performance.now()
  vi.spyOn(performance, 'now').mockImplementation(() => nowMs)
  http = createServer().listen(0, '127.0.0.1')
  await once(http, 'listening')
  url = `127.0.0.1:${(http.address() as { port: number }).port}`
  opened = 0
  ended = 0
  const clients = {
    refusal: () => undefined,
    open: () => {
      opened += 1
      return { isSlow: false, request: async () => undefined, end: () => (ended += 1) }
    }
  } as unknown as Clients
  door = new SocketIoDoor(http, {
    ...{ clients, corsOrigin: '*', maxMessageBytes: 1_000, maxBacklogBytes: 1_000, slowCloseMs: 1_000 },
    hello: () => ({}) as Hello,
    reconnectAfterMs: 0,
    every: (_ms, run) => {
      look = run
      return () => undefined
    }
  })
})
afterEach(async () => {
  vi.restoreAllMocks()
  http.closeAllConnections()
  await door.stop()
  http.close()
})

function lookAfter(ms: number): void {
  nowMs += ms
  look()
}

it.each(['websocket', 'polling'])('stock clients are pinged once an interval, and answer: %s', async (transport) => {
  const socket = io(`http://${url}/ws/rt_market`, { transports: [transport], forceNew: true, reconnection: false })
  const pinged = vi.fn()
  socket.io.on('ping', pinged)
  await vi.waitFor(() => expect(opened).toBe(1), WAIT)
  const answered = vi.fn()
  const [conn] = [...door.namespace('/ws/rt_market').sockets.values()].map(({ conn }) => conn)
  conn?.on('heartbeat', answered)
  for (const times of [1, 2, 3]) {
    lookAfter(INTERVAL_MS)
    await vi.waitFor(() => expect(answered).toHaveBeenCalledTimes(times), WAIT)
    expect(pinged).toHaveBeenCalledTimes(times)
  }
  expect(socket.connected).toBe(true)
  socket.disconnect()
  await vi.waitFor(() => expect(ended).toBe(1), WAIT)
})

it('a client that answers no ping is closed after the time for the answer', async () => {
  const socket = new WebSocket(`ws://${url}/socket.io/?EIO=4&transport=websocket`)
  const received: string[] = []
  socket.on('message', (data) => {
    received.push(String(data))
    if (received.length === 1) socket.send('40/ws/rt_market,')
  })
  await vi.waitFor(() => expect(opened).toBe(1), WAIT)
  lookAfter(INTERVAL_MS)
  await vi.waitFor(() => expect(received).toContain('2'), WAIT)
  lookAfter(TIMEOUT_MS)
  expect(received.filter((text) => text === '2')).toHaveLength(1)
  lookAfter(1_000)
  await vi.waitFor(() => expect(ended).toBe(1), WAIT)
  await vi.waitFor(() => expect(socket.readyState).toBe(WebSocket.CLOSED), WAIT)
})

it('a client that leaves the namespace and comes back on the same connection is pinged on, once, and heard no more than before', async () => {
  const socket = new WebSocket(`ws://${url}/socket.io/?EIO=4&transport=websocket`)
  const received: string[] = []
  socket.on('message', (data) => {
    received.push(String(data))
    if (received.length === 1) socket.send('40/ws/rt_market,')
    if (String(data) === '2') socket.send('3')
  })
  const pings = () => received.filter((text) => text === '2').length
  const listeners = new Set<number>()
  for (let times = 1; times <= 3; times++) {
    await vi.waitFor(() => expect(opened).toBe(times), WAIT)
    for (const { conn } of door.namespace('/ws/rt_market').sockets.values()) {
      const { socket: below } = conn.transport as unknown as { readonly socket: EventEmitter }
      listeners.add(listenersOf(conn as unknown as EventEmitter) + listenersOf(below))
    }
    lookAfter(INTERVAL_MS)
    await vi.waitFor(() => expect(pings()).toBe(2 * times - 1), WAIT)
    socket.send('41/ws/rt_market,')
    await vi.waitFor(() => expect(ended).toBe(times), WAIT)
    lookAfter(INTERVAL_MS)
    await vi.waitFor(() => expect(pings()).toBe(2 * times), WAIT)
    socket.send('40/ws/rt_market,')
  }
  expect(listeners.size).toBe(1)
  socket.close()
})

function listenersOf(emitter: EventEmitter): number {
  return emitter.eventNames().reduce((sum, name) => sum + emitter.listenerCount(name), 0)
}
