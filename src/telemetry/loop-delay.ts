import { performance } from 'node:perf_hooks'
import { type Every, everyAlone } from './pulse.ts'

/** How late the event loop was, ms: 0 is a loop that is free at any moment. */
export interface LoopDelayReading {
  readonly p50: number
  readonly p99: number
  readonly max: number
}

/** Time between two looks at the pulse, which cost no wake-up, ms: a stall of this length or more is always met by one. */
const LOOK_MS = 100
/**
 * Mean time between two samples beside the pulse, ms; each wait is between half and one and a half of it, at random, so that
 * percentiles are those of an event that comes at any moment. With a period of any length they would fall in step with
 * periodic work: a sample that was late because of it would have the next one come at the same place of it. Each is a wake-up,
 * most of what an idle server costs: there are few of them while the thread works less than `QUIET` of its time.
 */
const SAMPLE_MS = { busy: 100, quiet: 500 } as const
const QUIET = 0.1
const SHORT_WINDOW_MS = 1_000
const LONG_WINDOW_MS = 10_000

/** How late the timers of one kind were, for the long window. */
class Lateness {
  /** The newest, in a ring: the delay, and when it was measured, ms. */
  readonly #delays: Float64Array
  readonly #times: Float64Array
  #count = 0
  #dueMs = 0

  /** @param periodMs shortest time between two of them. */
  constructor(periodMs: number) {
    const capacity = Math.ceil(LONG_WINDOW_MS / periodMs)
    this.#delays = new Float64Array(capacity)
    this.#times = new Float64Array(capacity)
  }

  /** The next one is due then. */
  expect(nowMs: number, waitMs: number): void {
    this.#dueMs = nowMs + waitMs
  }

  note(nowMs: number): void {
    const place = this.#count++ % this.#delays.length
    this.#delays[place] = Math.max(0, nowMs - this.#dueMs)
    this.#times[place] = nowMs
  }

  /** Delays in the window; how late the next one is already comes first: a stall that has just ended counts. */
  within(nowMs: number, windowMs: number): number[] {
    const delays = [Math.max(0, nowMs - this.#dueMs)]
    for (let place = 0; place < Math.min(this.#count, this.#delays.length); place++) {
      if (nowMs - (this.#times[place] ?? 0) <= windowMs) delays.push(this.#delays[place] ?? 0)
    }
    return delays
  }
}

/** Measures the delay of the event loop of this thread: how late timers fire. */
export class LoopDelay {
  readonly #every: Every
  readonly #load = utilization()
  readonly #looks = new Lateness(LOOK_MS)
  readonly #samples = new Lateness(SAMPLE_MS.busy / 2)
  #timer: NodeJS.Timeout | undefined
  #stopLooking: (() => void) | undefined

  /** @param every the pulse, asked before all others; default: a timer of its own. */
  constructor(every: Every = everyAlone) {
    this.#every = every
  }

  start(): void {
    if (this.#stopLooking !== undefined) return
    this.#looks.expect(performance.now(), LOOK_MS)
    this.#stopLooking = this.#every(LOOK_MS, () => {
      const nowMs = performance.now()
      this.#looks.note(nowMs)
      this.#looks.expect(nowMs, LOOK_MS)
    })
    this.#sampleSoon()
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#stopLooking?.()
    this.#stopLooking = undefined
  }

  lastSecond(): LoopDelayReading {
    return this.#read(SHORT_WINDOW_MS)
  }

  lastTenSeconds(): LoopDelayReading {
    return this.#read(LONG_WINDOW_MS)
  }

  #sampleSoon(): void {
    // Whole, since a timer cuts off the rest and would be early.
    const waitMs = Math.round(SAMPLE_MS[this.#load() < QUIET ? 'quiet' : 'busy'] * (0.5 + Math.random()))
    this.#samples.expect(performance.now(), waitMs)
    const sample = () => {
      this.#samples.note(performance.now())
      this.#sampleSoon()
    }
    this.#timer = setTimeout(sample, waitMs).unref()
  }

  #read(windowMs: number): LoopDelayReading {
    if (this.#stopLooking === undefined) return { p50: 0, p99: 0, max: 0 }
    const nowMs = performance.now()
    const delays = this.#samples.within(nowMs, windowMs).sort((a, b) => a - b)
    const max = Math.max(percentile(delays, 1), ...this.#looks.within(nowMs, windowMs))
    return { p50: percentile(delays, 0.5), p99: percentile(delays, 0.99), max }
  }
}

/** @param share 0 to 1. */
function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.ceil(sorted.length * share) - 1] ?? 0
}

/** A meter that gives the share of time, 0 to 1, in which the event loop worked since it was last asked. */
export function utilization(): () => number {
  let last = performance.eventLoopUtilization()
  return () => {
    const now = performance.eventLoopUtilization()
    const { utilization: share } = performance.eventLoopUtilization(now, last)
    last = now
    return share
  }
}
