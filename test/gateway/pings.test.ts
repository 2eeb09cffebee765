import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { type Pinged, type PingedEvents, Pings } from '../../src/gateway/pings.ts'

const TIMEOUT_MS = 30_000
/** Time between two looks. */
const LOOK_MS = 1_000

class FakeConnection implements Pinged {
  readonly wire = undefined
  isOpen = true
  isSlow = false
  events: PingedEvents | undefined
  /** What happens when it is pinged. */
  onPing: () => void = () => undefined
  readonly ping = vi.fn(() => {
    if (this.isOpen) this.onPing()
    return this.isOpen
  })
  readonly terminate = vi.fn(() => this.events?.end())
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

function add(count: number): FakeConnection[] {
  return Array.from({ length: count }, () => {
    const connection = new FakeConnection()
    connection.events = pings.add(connection, () => connection.isSlow)
    return connection
  })
}

describe('Pings', () => {
  it('come to each connection every 25 seconds, and not to all at once', () => {
    const connections = add(250)
    for (const connection of connections) connection.onPing = () => connection.events?.heard()
    const pinged = () => connections.reduce((sum, { ping }) => sum + ping.mock.calls.length, 0)
    for (let look = 1; look <= 25; look++) {
      vi.advanceTimersByTime(1_000)
      expect(pinged()).toBe(look * 10)
    }
    vi.advanceTimersByTime(25_000)
    for (const { ping, terminate } of connections) {
      expect(ping).toHaveBeenCalledTimes(2)
      expect(terminate).not.toHaveBeenCalled()
    }
  })

  it('end a connection that does not answer in time, and leave one alone that answers late', () => {
    const [mute, late] = add(2)
    vi.advanceTimersByTime(LOOK_MS)
    expect(mute?.ping).toHaveBeenCalledOnce()
    vi.advanceTimersByTime(TIMEOUT_MS)
    late?.events?.heard()
    expect(mute?.terminate).not.toHaveBeenCalled()
    vi.advanceTimersByTime(LOOK_MS)
    expect(mute?.terminate).toHaveBeenCalledOnce()
    expect(late?.terminate).not.toHaveBeenCalled()
  })

  it('leave a connection alone that others look after, as long as they do', () => {
    const [slow] = add(1)
    if (slow !== undefined) slow.isSlow = true
    vi.advanceTimersByTime(100_000)
    expect(slow?.ping).toHaveBeenCalledOnce()
    expect(slow?.terminate).not.toHaveBeenCalled()
    if (slow !== undefined) slow.isSlow = false
    vi.advanceTimersByTime(TIMEOUT_MS)
    expect(slow?.terminate).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1_000)
    expect(slow?.terminate).toHaveBeenCalledOnce()
  })

  it('keep their interval when the looks come late', () => {
    pings.stop()
    let look: () => void = () => undefined
    pings = new Pings(TIMEOUT_MS, (_ms, run) => {
      look = run
      return () => undefined
    })
    const connections = add(250)
    for (const connection of connections) connection.onPing = () => connection.events?.heard()
    const pinged = () => connections.map(({ ping }) => ping.mock.calls.length)
    for (let late = 0; late < 5; late++) {
      vi.advanceTimersByTime(5_000)
      look()
    }
    expect(pinged()).toEqual(connections.map(() => 1))
    vi.advanceTimersByTime(100_000)
    look()
    expect(pinged()).toEqual(connections.map(() => 2))
  })

  it('give way to other work when there are many, and come to nobody who has left meanwhile', async () => {
    pings.stop()
    vi.useRealTimers()
    let nowMs = 0
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => nowMs)
    onTestFinished(() => clock.mockRestore())
    let look: () => void = () => undefined
    pings = new Pings(TIMEOUT_MS, (_ms, run) => {
      look = run
      return () => undefined
    })
    const connections = add(25 * 100)
    // Those of the first look.
    const [first, ...others] = connections.filter((_, n) => n % 25 === 0)
    const leaver = others.pop()
    const stayers = [first, ...others]
    const pinged = () => connections.reduce((sum, { ping }) => sum + ping.mock.calls.length, 0)
    for (const connection of connections) connection.onPing = () => nowMs++
    nowMs = 1_000
    look()
    expect(pinged()).toBeGreaterThan(0)
    expect(pinged()).toBeLessThan(50)
    leaver?.events?.end()
    await vi.waitFor(() => expect(pinged()).toBe(99))
    for (const connection of stayers) expect(connection?.ping).toHaveBeenCalledOnce()
    expect(leaver?.ping).not.toHaveBeenCalled()
  })

  it('are not awaited from a connection that is closing, and do not come to one that is gone', () => {
    const [closing, gone] = add(2)
    if (closing !== undefined) closing.isOpen = false
    gone?.events?.end()
    vi.advanceTimersByTime(60_000)
    expect(closing?.ping).toHaveBeenCalledTimes(3)
    expect(closing?.terminate).not.toHaveBeenCalled()
    expect(gone?.ping).not.toHaveBeenCalled()
  })
})
