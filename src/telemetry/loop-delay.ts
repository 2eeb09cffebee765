import { monitorEventLoopDelay, performance } from 'node:perf_hooks'

/** How late the event loop was, ms: 0 is a loop that is free at any moment. */
export interface LoopDelayReading {
  readonly p50: number
  readonly p99: number
  readonly max: number
}

const resolutionMs = 10
const shortWindowMs = 1_000
const longWindowMs = 10_000

/** Measures the delay of the event loop of this thread over a short window and over a long one. */
export class LoopDelay {
  readonly #short = new DelayWindow(shortWindowMs)
  readonly #long = new DelayWindow(longWindowMs)

  start(): void {
    this.#short.start()
    this.#long.start()
  }

  stop(): void {
    this.#short.stop()
    this.#long.stop()
  }

  /** The last half to whole second. */
  lastSecond(): LoopDelayReading {
    return this.#short.read()
  }

  /** The last five to ten seconds. */
  lastTenSeconds(): LoopDelayReading {
    return this.#long.read()
  }
}

/**
 * Two histograms, each of which is emptied every `windowMs`, half a window apart:
 *
 *     #older   ├──────────────┤  is read, and covers half a window at least
 *     #younger        ├───────   takes over when the older one is emptied
 *
 * One histogram would miss a stall that begins right after it was emptied, since Node starts to measure at the first
 * tick after that.
 */
class DelayWindow {
  readonly #stepMs: number
  #older = monitorEventLoopDelay({ resolution: resolutionMs })
  #younger = monitorEventLoopDelay({ resolution: resolutionMs })
  #timer: NodeJS.Timeout | undefined

  constructor(windowMs: number) {
    this.#stepMs = windowMs / 2
  }

  start(): void {
    if (this.#timer !== undefined) return
    this.#older.enable()
    this.#younger.enable()
    this.#timer = setInterval(() => this.#step(), this.#stepMs).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#older.disable()
    this.#younger.disable()
  }

  read(): LoopDelayReading {
    const histogram = this.#older
    if (histogram.count === 0) return { p50: 0, p99: 0, max: 0 }
    return {
      p50: delayMs(histogram.percentile(50)),
      p99: delayMs(histogram.percentile(99)),
      max: delayMs(histogram.max)
    }
  }

  #step(): void {
    const emptied = this.#older
    emptied.reset()
    this.#older = this.#younger
    this.#younger = emptied
  }
}

/** The histogram holds the time between two ticks, ns, which is `resolutionMs` when nothing is late. */
function delayMs(betweenTicksNs: number): number {
  return Math.max(0, betweenTicksNs / 1e6 - resolutionMs)
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
