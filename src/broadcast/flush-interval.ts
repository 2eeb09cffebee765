/** Time between two looks at the load, ms. */
const LOOK_MS = 100
/** Load up to which the interval is the shortest, and from which it is the longest, as a share of time. */
const LOAD = { free: 0.15, full: 0.45 } as const
/** How far one look moves the interval towards where the load wants it. */
const WEIGHT = 0.4

/**
 * How long the emitter waits between two flushes: `minMs` while the event loop has time to spare, and longer as it
 * fills up, to `maxMs`.
 *
 * Each flush costs a system call per client however little it carries, so that a longer interval buys the same
 * updates with less work. Where it settles, the loop has most of its time left for clients that join and for REST.
 */
export class FlushInterval {
  readonly #minMs: number
  readonly #maxMs: number
  readonly #load: () => number
  #currentMs: number
  #lookedMs = Number.NEGATIVE_INFINITY

  /** @param load share of time, 0 to 1, in which the event loop worked since it was last asked. */
  constructor(minMs: number, maxMs: number, load: () => number) {
    this.#minMs = minMs
    this.#maxMs = Math.max(minMs, maxMs)
    this.#load = load
    this.#currentMs = minMs
  }

  /** Shortest time between the starts of two flushes now, ms. */
  get currentMs(): number {
    return this.#currentMs
  }

  /** Looks at the load, when the last look is long enough ago. */
  adapt(nowMs: number): void {
    if (nowMs - this.#lookedMs < LOOK_MS) return
    this.#lookedMs = nowMs
    const fullness = Math.min(1, Math.max(0, (this.#load() - LOAD.free) / (LOAD.full - LOAD.free)))
    const wantedMs = this.#minMs + (this.#maxMs - this.#minMs) * fullness
    this.#currentMs += (wantedMs - this.#currentMs) * WEIGHT
  }
}
