import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ChannelState } from '../../src/broadcast/channel-state.ts'
import { Emitter } from '../../src/broadcast/emitter.ts'
import { FlushInterval } from '../../src/broadcast/flush-interval.ts'
import type { Gateway } from '../../src/broadcast/gateway.ts'
import { BoundedQueue } from '../../src/broadcast/queue.ts'
import { createCounters } from '../../src/telemetry/counters.ts'
import { segmentOf } from '../support/segments.ts'

const flushMs = 20
const capacity = 10

/** Writes each flush down; takes `publishMs` for it, or one turn when that is 0. */
class NotingGateway implements Gateway {
  readonly isCongested = false
  readonly flushes: { readonly atMs: number; readonly count: number }[] = []
  publishMs = 0
  underWay = 0
  mostUnderWay = 0

  publish({ segments }: { readonly segments: readonly unknown[] }, done: () => void): void {
    this.flushes.push({ atMs: performance.now(), count: segments.length })
    this.underWay += 1
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay)
    const end = () => {
      this.underWay -= 1
      done()
    }
    if (this.publishMs === 0) end()
    else setTimeout(end, this.publishMs)
  }
}

function openEmitter() {
  const counters = createCounters()
  const queue = new BoundedQueue(capacity, counters)
  const gateway = new NotingGateway()
  const interval = new FlushInterval({ minMs: flushMs, maxMs: flushMs, load: () => 0, written: counters })
  const drained: number[] = []
  const nears: number[] = []
  const now = () => performance.now()
  const onFlushNear = () => nears.push(now())
  const onDrained = () => drained.push(queue.size)
  const emitter = new Emitter({ queue, gateway, counters, interval, onFlushNear, onDrained, now })
  const channel = new ChannelState(0, 'trade:SIM:A', 'channel', 'event', 'p', 'e')
  let seq = 0
  const send = (count = 1) => {
    for (let n = 0; n < count; n++) {
      const { segment, index } = segmentOf(channel, { seq: ++seq })
      queue.offer(segment, index, channel)
    }
    emitter.wake()
  }
  return { emitter, gateway, queue, counters, nears, drained, send }
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

describe('The emitter', () => {
  it('sends at once in a quiet market, but not within the turn that woke it', async () => {
    const { gateway, send, drained } = openEmitter()
    send()
    expect(gateway.flushes).toEqual([])
    await vi.advanceTimersByTimeAsync(1)

    expect(gateway.flushes).toMatchObject([{ count: 1 }])
    expect(drained).toEqual([0])
  })

  it('never sends sooner than its interval after the start of the flush before, and then all that came', async () => {
    const { gateway, send } = openEmitter()
    for (let ms = 0; ms < 100; ms++) {
      if (ms % 5 === 0) send()
      await vi.advanceTimersByTimeAsync(1)
    }
    await vi.advanceTimersByTimeAsync(flushMs)

    const starts = gateway.flushes.map(({ atMs }) => atMs)
    expect(starts.length).toBeLessThanOrEqual(7)
    starts.slice(1).forEach((atMs, place) => {
      expect(atMs - (starts[place] ?? 0)).toBeGreaterThanOrEqual(flushMs)
    })
    expect(gateway.flushes.reduce((sum, { count }) => sum + count, 0)).toBe(20)
  })

  it('tells shortly before a flush that waited for its time, so that what is still held back can come', async () => {
    const { gateway, send, nears } = openEmitter()
    send()
    await vi.advanceTimersByTimeAsync(1)
    expect(nears).toEqual([])
    send()
    await vi.advanceTimersByTimeAsync(flushMs - 3)
    expect([nears.length, gateway.flushes.length]).toEqual([1, 1])
    send()
    await vi.advanceTimersByTimeAsync(flushMs)
    expect(gateway.flushes).toMatchObject([{ count: 1 }, { count: 2 }])
    expect((gateway.flushes[1]?.atMs ?? 0) - (nears[0] ?? 0)).toBe(3)
    expect(nears).toHaveLength(1)
  })

  it.each([2, 19])('tells of a flush that is left %i ms, and does not put off one that is urgent', async (leftMs) => {
    const { gateway, send, nears } = openEmitter()
    gateway.publishMs = flushMs - leftMs
    send()
    await vi.advanceTimersByTimeAsync(1)
    send()
    await vi.advanceTimersByTimeAsync(flushMs)
    expect([nears.length, gateway.flushes.length]).toEqual([1, 2])
    await vi.advanceTimersByTimeAsync(flushMs)
    send()
    await vi.advanceTimersByTimeAsync(flushMs - leftMs + 1)
    send()
    send(capacity / 2)
    await vi.advanceTimersByTimeAsync(2)
    expect([nears.length, gateway.flushes.length]).toEqual([1, 4])
    await vi.advanceTimersByTimeAsync(2 * flushMs)
    expect([nears.length, gateway.flushes.length, vi.getTimerCount()]).toEqual([1, 4, 0])
  })

  it.each([1, flushMs - 5, flushMs - 2])(
    'leaves no timer behind when it is stopped %i ms after a flush',
    async (afterMs) => {
      const { emitter, gateway, send } = openEmitter()
      send()
      await vi.advanceTimersByTimeAsync(1)
      send()
      await vi.advanceTimersByTimeAsync(afterMs)
      await emitter.stop()
      expect(gateway.flushes).toMatchObject([{ count: 1 }, { count: 1 }])
      expect(vi.getTimerCount()).toBe(0)
    }
  )

  it.each([
    [capacity / 2 - 1, false],
    [capacity / 2, true],
    [capacity / 2 + 1, true]
  ])('with %i of 10 places of the queue taken sends before its time: %s', async (count, isEarly) => {
    const { gateway, send } = openEmitter()
    send()
    await vi.advanceTimersByTimeAsync(1)
    send()
    send(count - 1)
    await vi.advanceTimersByTimeAsync(2)
    expect(gateway.flushes).toHaveLength(isEarly ? 2 : 1)
    await vi.advanceTimersByTimeAsync(flushMs)
    expect(gateway.flushes).toMatchObject([{ count: 1 }, { count }])
  })

  it('waits with the next flush until the one before was handed over, and then sends what came meanwhile', async () => {
    const { gateway, send } = openEmitter()
    gateway.publishMs = 3 * flushMs
    send()
    await vi.advanceTimersByTimeAsync(flushMs)
    send(capacity)
    await vi.advanceTimersByTimeAsync(flushMs)
    expect(gateway.flushes).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(2 * flushMs)

    expect(gateway.flushes).toMatchObject([{ count: 1 }, { count: capacity }])
    expect(gateway.mostUnderWay).toBe(1)
  })

  it('makes one flush of many wakes, also when there is nothing in the queue but somebody to let in', async () => {
    const { emitter, gateway, counters } = openEmitter()
    for (let n = 0; n < 10; n++) emitter.wake()
    await vi.advanceTimersByTimeAsync(3 * flushMs)

    expect(gateway.flushes).toMatchObject([{ count: 0 }])
    expect(counters.flushes).toBe(1)
  })

  it('rests while there is nothing to send', async () => {
    const { gateway, send } = openEmitter()
    send()
    await vi.advanceTimersByTimeAsync(10 * flushMs)

    expect(gateway.flushes).toHaveLength(1)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('sends what waits when it is stopped, after the flush under way, and nothing later', async () => {
    const { emitter, gateway, queue, send } = openEmitter()
    gateway.publishMs = 2 * flushMs
    send()
    await vi.advanceTimersByTimeAsync(1)
    send(3)
    let isStopped = false
    const stopped = emitter.stop().then(() => {
      isStopped = true
    })
    await vi.advanceTimersByTimeAsync(flushMs)
    expect(isStopped).toBe(false)
    await vi.advanceTimersByTimeAsync(4 * flushMs)
    await stopped
    send(capacity)
    await vi.advanceTimersByTimeAsync(4 * flushMs)

    expect(gateway.flushes).toMatchObject([{ count: 1 }, { count: 3 }])
    expect([gateway.mostUnderWay, queue.size, vi.getTimerCount()]).toEqual([1, capacity, 0])
  })
})
