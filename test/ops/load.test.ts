import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { LoadRing } from '../../src/ops/load-ring.ts'
import { LoadSampler } from '../../src/ops/load-sampler.ts'
import { LOAD_NAMES, type LoadPoint } from '../../src/protocol/ops-events.ts'
import { createCounters } from '../../src/telemetry/counters.ts'

const pointOf = (time: number) =>
  ({ time, ...Object.fromEntries(LOAD_NAMES.map((name, n) => [name, time * 10 + n])) }) as LoadPoint

describe('the ring of the load', () => {
  it.each([
    [0, []],
    [2, [1, 2]],
    [3, [1, 2, 3]],
    [4, [2, 3, 4]],
    [8, [6, 7, 8]]
  ])('holds the newest of %i points, oldest first', (pushed, times) => {
    const ring = new LoadRing(3)
    for (let time = 1; time <= pushed; time++) ring.push(pointOf(time))
    const { time, ...others } = ring.past()

    expect(time).toEqual(times)
    for (const [n, name] of LOAD_NAMES.entries()) expect(others[name]).toEqual(times.map((one) => one * 10 + n))
  })

  it('tells two decimals', () => {
    const ring = new LoadRing(1)
    ring.push({ ...pointOf(1), loopP50Ms: 1.23456, messages: 999.999 })
    expect(ring.past()).toMatchObject({ loopP50Ms: [1.23], messages: [1_000] })
  })
})

describe('the sampler of the load', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('makes rates of counters by the time that has really passed', () => {
    const counters = createCounters()
    let nowMs = 0
    let depth = 7
    const sampler = new LoadSampler({
      counters,
      queueDepth: () => depth,
      loopDelay: () => ({ p50: 1, p99: 2, max: 3 }),
      clients: () => 4,
      slowClients: () => 1,
      now: () => nowMs
    })
    const seen: number[] = []
    sampler.start(() => seen.push(sampler.latest.messages))
    counters.messagesReceived = 500
    counters.bytesWritten = 1_000
    counters.messagesFlushed = 480
    counters.flushes = 40
    counters.messagesDropped = 2
    counters.clientUpdatesDropped = 3
    // The event loop was late: two seconds have passed, not one.
    nowMs = 2_000
    vi.advanceTimersByTime(1_000)
    const first = sampler.latest
    nowMs = 3_000
    depth = 9
    vi.advanceTimersByTime(1_000)
    sampler.stop()
    vi.advanceTimersByTime(5_000)

    expect(first).toMatchObject({ messages: 250, bytes: 500, lost: 2.5, queueMessages: 12, clients: 4, slowClients: 1 })
    expect(first).toMatchObject({ loopP50Ms: 1, loopP99Ms: 2, loopMaxMs: 3 })
    // Without a flush it is what waits.
    expect(sampler.latest).toMatchObject({ messages: 0, queueMessages: 9 })
    expect(seen).toEqual([250, 0])
    expect(sampler.past().messages).toEqual([250, 0])
  })
})
