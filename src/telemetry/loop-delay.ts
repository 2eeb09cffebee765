import { performance } from 'node:perf_hooks'
import { everyAlone } from './pulse.ts'

/** How late the event loop was, ms: 0 is a loop that is free at any moment. */
export interface LoopDelayReading {
  readonly p50: number
  readonly p99: number
  readonly max: number
}

/**
 * Time between two samples, ms. Each is a wake-up of the thread, most of what an idle server costs; a stall of this
 * length or more is always met by one. It is in step with nothing else that is periodic (see `Pulse`), so that
 * percentiles are those of an event that comes at any moment.
 */
const SAMPLE_MS = 97
const SHORT_WINDOW_MS = 1_000
const LONG_WINDOW_MS = 10_000
/** Samples of the long window. */
const CAPACITY = Math.ceil(LONG_WINDOW_MS / SAMPLE_MS)

/** Measures the delay of the event loop of this thread: how late a timer fires that is due every `SAMPLE_MS`. */
export class LoopDelay {
  /** The newest samples, in a ring: the delay, and when it was measured, ms. */
  readonly #delays = new Float64Array(CAPACITY)
  readonly #times = new Float64Array(CAPACITY)
  #count = 0
  #dueMs = 0
  #stop: (() => void) | undefined

  start(): void {
    if (this.#stop !== undefined) return
    this.#dueMs = performance.now() + SAMPLE_MS
    this.#stop = everyAlone(SAMPLE_MS, () => this.#sample())
  }

  stop(): void {
    this.#stop?.()
    this.#stop = undefined
  }

  lastSecond(): LoopDelayReading {
    return this.#read(SHORT_WINDOW_MS)
  }

  lastTenSeconds(): LoopDelayReading {
    return this.#read(LONG_WINDOW_MS)
  }

  #sample(): void {
    const nowMs = performance.now()
    const place = this.#count++ % CAPACITY
    this.#delays[place] = Math.max(0, nowMs - this.#dueMs)
    this.#times[place] = nowMs
    this.#dueMs = nowMs + SAMPLE_MS
  }

  #read(windowMs: number): LoopDelayReading {
    if (this.#stop === undefined) return { p50: 0, p99: 0, max: 0 }
    const nowMs = performance.now()
    // A stall that has just ended counts, though its sample is still to come.
    const delays = [Math.max(0, nowMs - this.#dueMs)]
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
