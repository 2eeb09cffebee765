import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { Pings } from '../../src/gateway/pings.ts'

const TIMEOUT_MS = 20_000

class FakeSocket extends EventEmitter {
  readyState: number = WebSocket.OPEN
  readonly ping = vi.fn()
  readonly terminate = vi.fn(() => this.emit('close'))
}

let pings: Pings
beforeEach(() => {
  vi.useFakeTimers()
  pings = new Pings()
})
afterEach(() => {
  pings.stop()
  vi.useRealTimers()
})

function add(count: number, isSpared = () => false): FakeSocket[] {
  return Array.from({ length: count }, () => {
    const socket = new FakeSocket()
    pings.add(socket as unknown as WebSocket, isSpared)
    return socket
  })
}

describe('Pings', () => {
  it('come to each connection every 25 seconds, and not to all at once', () => {
    const sockets = add(100)
    for (const socket of sockets) socket.ping.mockImplementation(() => socket.emit('pong'))
    const pinged = () => sockets.reduce((sum, { ping }) => sum + ping.mock.calls.length, 0)
    for (let second = 1; second <= 25; second++) {
      vi.advanceTimersByTime(1_000)
      expect(pinged()).toBe(second * 4)
    }
    vi.advanceTimersByTime(25_000)
    for (const { ping, terminate } of sockets) {
      expect(ping).toHaveBeenCalledTimes(2)
      expect(terminate).not.toHaveBeenCalled()
    }
  })

  it('end a connection that does not answer in time, and leave one alone that answers late', () => {
    const [mute, late] = add(2)
    vi.advanceTimersByTime(TIMEOUT_MS)
    late?.emit('pong')
    expect(mute?.terminate).not.toHaveBeenCalled()
    vi.advanceTimersByTime(4_000)
    expect(mute?.terminate).toHaveBeenCalledOnce()
    expect(late?.terminate).not.toHaveBeenCalled()
  })

  it('leave a connection alone that others look after, as long as they do', () => {
    let isSlow = true
    const [slow] = add(1, () => isSlow)
    vi.advanceTimersByTime(100_000)
    expect(slow?.ping).toHaveBeenCalledOnce()
    expect(slow?.terminate).not.toHaveBeenCalled()
    isSlow = false
    vi.advanceTimersByTime(1_000)
    expect(slow?.terminate).toHaveBeenCalledOnce()
  })

  it('do not come to a connection that is closing or gone', () => {
    const [closing, gone] = add(2)
    if (closing !== undefined) closing.readyState = WebSocket.CLOSING
    gone?.emit('close')
    vi.advanceTimersByTime(60_000)
    expect(closing?.ping).not.toHaveBeenCalled()
    expect(gone?.ping).not.toHaveBeenCalled()
  })
})
