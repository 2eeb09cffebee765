import type { Counters } from '../telemetry/counters.ts'
import type { FlushInterval } from './flush-interval.ts'
import type { Gateway } from './gateway.ts'
import type { BoundedQueue } from './queue.ts'

export interface EmitterOptions {
  readonly queue: BoundedQueue
  readonly gateway: Gateway
  readonly counters: Counters
  readonly interval: FlushInterval
  /** Called shortly before a flush that waits for its time: what producers hold back may still come. */
  readonly onFlushNear: () => void
  /** Called when the queue was emptied: producers may have credit again. */
  readonly onDrained: () => void
  /** Monotonic clock, ms. */
  readonly now: () => number
}

/** Before a flush, ms: time for a producer to be told, unless its thread is busy, and for its batch to get here. */
const NEAR_MS = 3

/**
 * Empties the queue to the gateway by smart batching: a flush runs as soon as there is something to send and the
 * previous one is done, and never sooner than the flush interval after the start of the previous one, unless the queue
 * is half full. So a quiet market is sent at once, and a busy one in batches.
 */
export class Emitter {
  readonly #options: EmitterOptions
  #timer: NodeJS.Timeout | undefined
  #immediate: NodeJS.Immediate | undefined
  #isFlushing = false
  #isWanted = false
  #isStopped = false
  #lastStart = Number.NEGATIVE_INFINITY
  #lastDurationMs = 0

  constructor(options: EmitterOptions) {
    this.#options = options
  }

  /** How long the last flush took, ms. */
  get lastDurationMs(): number {
    return this.#lastDurationMs
  }

  /** Asks for a flush: there is something to send, or a client waits to join. Cheap when one is under way. */
  wake(): void {
    this.#isWanted = true
    if (this.#isFlushing || this.#isStopped || this.#immediate !== undefined) return
    const { queue } = this.#options
    const isUrgent = queue.size * 2 >= queue.capacity
    if (this.#timer !== undefined && !isUrgent) return
    const leftMs = isUrgent ? 0 : this.#leftMs
    clearTimeout(this.#timer)
    this.#timer = undefined
    // A macrotask of its own: sockets that were written to in this turn are writable again after it.
    if (leftMs < 1) this.#immediate = setImmediate(() => this.#flush())
    else this.#timer = setTimeout(() => this.#comeNear(), Math.max(1, leftMs - NEAR_MS))
  }

  /** Sends what waits and resolves when it was handed to the connections; nothing is sent afterwards. */
  async stop(): Promise<void> {
    while (this.#isFlushing) await new Promise((resolve) => setImmediate(resolve))
    clearTimeout(this.#timer)
    clearImmediate(this.#immediate)
    this.#isStopped = true
    await new Promise<void>((resolve) => this.#options.gateway.publish(this.#options.queue.drain(), resolve))
  }

  /** Time until the next flush may start, ms. */
  get #leftMs(): number {
    const { interval, now } = this.#options
    return this.#lastStart + interval.currentMs - now()
  }

  #comeNear(): void {
    this.#options.onFlushNear()
    // However late it is by now: what was held back takes a moment to come.
    this.#timer = setTimeout(() => this.#flush(), Math.max(1, this.#leftMs))
  }

  #flush(): void {
    const { queue, gateway, interval, counters, now, onDrained } = this.#options
    this.#timer = undefined
    this.#immediate = undefined
    this.#isWanted = false
    this.#isFlushing = true
    this.#lastStart = now()
    interval.adapt(this.#lastStart)
    counters.flushes += 1
    const messages = queue.drain()
    gateway.publish(messages, () => {
      this.#isFlushing = false
      this.#lastDurationMs = now() - this.#lastStart
      if (this.#isWanted || queue.size > 0) this.wake()
    })
    onDrained()
  }
}
