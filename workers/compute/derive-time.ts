import { LATE_WINDOW_MS } from '../../src/market/candle-builder.ts'

/** Messages in a row that must be older than any late one before time counts as having gone back. */
export const JUMP_BACK_COUNT = 200

/**
 * The newest time of a stream of messages.
 *
 * Single old ones are late. But when nothing else comes, time went back for good: a replay began again, or the newest
 * time was one message's mistake, and waiting for it would mean waiting for ever.
 */
export class DeriveTime {
  #newestMs = -Infinity
  #behindCount = 0

  /** `-Infinity` before the first message. */
  get newestMs(): number {
    return this.#newestMs
  }

  /** Takes the time of a message; true when time went back for good, and this is the newest time now. */
  note(timeMs: number): boolean {
    const isBehind = timeMs < this.#newestMs - LATE_WINDOW_MS
    this.#behindCount = isBehind ? this.#behindCount + 1 : 0
    const isBack = this.#behindCount >= JUMP_BACK_COUNT
    if (isBack) this.#behindCount = 0
    if (isBack || timeMs > this.#newestMs) this.#newestMs = timeMs
    return isBack
  }
}

/** A clock that goes with the messages of a feed, and never back: when their time does, it stands still and goes on. */
export class FeedClock {
  #time = new DeriveTime()
  #shiftMs = 0
  /** Where the clock stands since a rewind, until the next message. */
  #heldMs = -Infinity

  nowMs(): number {
    return this.#heldMs === -Infinity ? this.#time.newestMs + this.#shiftMs : this.#heldMs
  }

  /** Tells that the feed's time begins anew: the clock goes on from where it is. */
  rewind(): void {
    this.#heldMs = this.nowMs()
    this.#time = new DeriveTime()
  }

  /** Takes the time of a message; true when the feed's time went back for good. */
  note(timeMs: number): boolean {
    if (this.#heldMs !== -Infinity) {
      this.#shiftMs = this.#heldMs - timeMs
      this.#heldMs = -Infinity
    }
    const before = this.#time.newestMs
    const isBack = this.#time.note(timeMs)
    if (isBack) this.#shiftMs += before - timeMs
    return isBack
  }
}
