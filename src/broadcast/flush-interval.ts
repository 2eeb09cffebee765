/** Time between two looks at the load, ms. */
const LOOK_MS = 100
/** Load up to which the interval is the shortest, and from which it is the longest, as a share of time. */
const LOAD = { free: 0.1, full: 0.35 } as const
/** How far one look moves the interval towards where the load wants it. */
const WEIGHT = 0.4
/**
 * Size of a frame from which waiting for more saves next to nothing, bytes: copying it costs several times what its
 * system call does. It also fits the receive window that a new connection has by default.
 */
const ENOUGH_BYTES = 64 * 1024

/** What was written to clients so far, all flushes together. */
export interface Written {
  readonly flushes: number
  readonly framesWritten: number
  readonly bytesWritten: number
}

export interface FlushIntervalOptions {
  readonly minMs: number
  readonly maxMs: number
  /** Share of time, 0 to 1, in which the event loop worked since it was last asked. */
  readonly load: () => number
  readonly written: Written
}

/**
 * How long the emitter waits between two flushes: `minMs` while the event loop has time to spare, and longer as it
 * fills up, to `maxMs`, as long as that saves work.
 *
 * Each flush costs a system call per client however little it carries, so that a longer interval buys the same
 * updates with less work. Where it settles, the loop has most of its time left for clients that join and for REST.
 * Once frames are large, their bytes are the work, and a longer interval would only buy delay and bursts.
 */
export class FlushInterval {
  readonly #options: FlushIntervalOptions
  #currentMs: number
  #lookedMs = Number.NEGATIVE_INFINITY
  #last: Written

  constructor(options: FlushIntervalOptions) {
    this.#options = options
    this.#currentMs = options.minMs
    this.#last = copyOf(options.written)
  }

  /** Shortest time between the starts of two flushes now, ms. */
  get currentMs(): number {
    return this.#currentMs
  }

  /** Looks at the load, when the last look is long enough ago. */
  adapt(nowMs: number): void {
    const elapsedMs = nowMs - this.#lookedMs
    if (elapsedMs < LOOK_MS) return
    this.#lookedMs = nowMs
    const { minMs, maxMs, load } = this.#options
    const fullness = Math.min(1, Math.max(0, (load() - LOAD.free) / (LOAD.full - LOAD.free)))
    const byLoadMs = minMs + (maxMs - minMs) * fullness
    const wantedMs = Math.max(minMs, Math.min(byLoadMs, this.#enoughMs(elapsedMs)))
    this.#currentMs += (wantedMs - this.#currentMs) * WEIGHT
  }

  /** The time in which a frame becomes large enough, by what was written since the last look. */
  #enoughMs(elapsedMs: number): number {
    const { written } = this.#options
    const flushes = written.flushes - this.#last.flushes
    const frames = written.framesWritten - this.#last.framesWritten
    const bytes = written.bytesWritten - this.#last.bytesWritten
    this.#last = copyOf(written)
    if (bytes === 0 || flushes === 0) return Number.POSITIVE_INFINITY
    return ((elapsedMs / flushes) * ENOUGH_BYTES * frames) / bytes
  }
}

function copyOf({ flushes, framesWritten, bytesWritten }: Written): Written {
  return { flushes, framesWritten, bytesWritten }
}
