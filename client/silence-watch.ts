/** Without a word from the server for this long a connection is dead, whatever TCP says. */
const SILENCE_LIMIT_MS = 5_000

/** Heartbeats that must fail to come where they are too rare for that limit. */
const MISSED_HEARTBEATS = 3

const TICKS_TO_LIMIT = 5

/**
 * Finds a connection dead when nothing has arrived for too long.
 *
 * It counts its own ticks instead of reading a clock: when this thread was blocked or the machine slept, time passed
 * without the server having had a chance to be heard.
 */
export class SilenceWatch {
  readonly #onSilent: () => void
  #timer: ReturnType<typeof setInterval> | undefined
  #silentTicks = 0

  constructor(onSilent: () => void) {
    this.#onSilent = onSilent
  }

  /** Watches a connection on which the server promised a heartbeat each `heartbeatMs`. */
  start(heartbeatMs: number): void {
    this.stop()
    const limitMs = Math.max(SILENCE_LIMIT_MS, heartbeatMs * MISSED_HEARTBEATS)
    this.#silentTicks = 0
    this.#timer = setInterval(() => this.#tick(), limitMs / TICKS_TO_LIMIT)
  }

  /** Takes note of a word from the server. */
  heard(): void {
    this.#silentTicks = 0
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #tick(): void {
    this.#silentTicks += 1
    // The first tick may come right after the last word, so that it takes one more for the limit to have passed.
    if (this.#silentTicks <= TICKS_TO_LIMIT) return
    this.stop()
    this.#onSilent()
  }
}
