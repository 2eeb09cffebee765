import { performance } from 'node:perf_hooks'
import { type Every, everyAlone } from './pulse.ts'

/** How late the event loop was, ms: 0 is a loop that is free at any moment. */
export interface LoopDelayReading {
  readonly p50: number
  readonly p99: number
  readonly max: number
}

/** Time between two beats of the pulse, at which a look costs no wake-up, ms: a stall of this length or more is always met. */
const BEAT_MS = 100
/**
 * Time between two samples beside the pulse, ms. They are in step with nothing else that is periodic, and so meet what the
 * pulse itself keeps the thread with. Each is a wake-up, most of what an idle server costs: there are few of them while
 * the thread works less than `QUIET` of its time.
 */
const SAMPLE_MS = { busy: 97, quiet: 493 } as const
const QUIET = 0.1
const SHORT_WINDOW_MS = 1_000
const LONG_WINDOW_MS = 10_000
/** Samples of the long window. */
const CAPACITY = Math.ceil(LONG_WINDOW_MS / BEAT_MS) + Math.ceil(LONG_WINDOW_MS / SAMPLE_MS.busy)

/** Measures the delay of the event loop of this thread: how late timers fire. */
export class LoopDelay {
  readonly #every: Every
  readonly #load = utilization()
  /** The newest samples, in a ring: the delay, and when it was measured, ms. */
  readonly #delays = new Float64Array(CAPACITY)
  readonly #times = new Float64Array(CAPACITY)
  #count = 0
  #beatDueMs = 0
  #sampleDueMs = 0
  #timer: NodeJS.Timeout | undefined
  #stopBeats: (() => void) | undefined

  /** @param every the pulse, asked before all others; default: a timer of its own. */
  constructor(every: Every = everyAlone) {
    this.#every = every
  }

  start(): void {
    if (this.#stopBeats !== undefined) return
    this.#beatDueMs = performance.now() + BEAT_MS
    this.#stopBeats = this.#every(BEAT_MS, () => {
      this.#note(this.#beatDueMs)
      this.#beatDueMs = performance.now() + BEAT_MS
    })
    this.#sampleSoon()
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#stopBeats?.()
    this.#stopBeats = undefined
  }

  lastSecond(): LoopDelayReading {
    return this.#read(SHORT_WINDOW_MS)
  }

  lastTenSeconds(): LoopDelayReading {
    return this.#read(LONG_WINDOW_MS)
  }

  #sampleSoon(): void {
    const waitMs = SAMPLE_MS[this.#load() < QUIET ? 'quiet' : 'busy']
    this.#sampleDueMs = performance.now() + waitMs
    const sample = () => {
      this.#note(this.#sampleDueMs)
      this.#sampleSoon()
    }
    this.#timer = setTimeout(sample, waitMs).unref()
  }

  #note(dueMs: number): void {
    const nowMs = performance.now()
    const place = this.#count++ % CAPACITY
    this.#delays[place] = Math.max(0, nowMs - dueMs)
    this.#times[place] = nowMs
  }

  #read(windowMs: number): LoopDelayReading {
    if (this.#stopBeats === undefined) return { p50: 0, p99: 0, max: 0 }
    const nowMs = performance.now()
    // A stall that has just ended counts, though its sample is still to come.
    const delays = [Math.max(0, nowMs - Math.min(this.#beatDueMs, this.#sampleDueMs))]
    for (let place = 0; place < Math.min(this.#count, CAPACITY); place++) {
      if (nowMs - (this.#times[place] ?? 0) <= windowMs) delays.push(this.#delays[place] ?? 0)
    }
    delays.sort((a, b) => a - b)
    return { p50: percentile(delays, 0.5), p99: percentile(delays, 0.99), max: percentile(delays, 1) }
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
