import type { Subscriber } from './subscriber.ts'

/** What of its bandwidth a client that is held to it may be sent at once, ms. */
export const SAVED_UP_MS = 1_000

/** Time for which nothing can come because of what was sent beside the updates, ms. */
const MAX_DEBT_MS = 2_000

export interface AllowanceOptions {
  /** Most bandwidth of one client, kbit/s; 0 for no cap. */
  readonly maxClientKbps: number
  /** Monotonic clock, ms. */
  readonly now: () => number
}

/** The cap on what each client is sent: what it does not use is saved up for a second. */
export class Allowance {
  readonly #options: AllowanceOptions

  constructor(options: AllowanceOptions) {
    this.#options = options
  }

  /** Says whether there is a cap. */
  get isCapped(): boolean {
    return this.#options.maxClientKbps > 0
  }

  /** What a client may be sent at once, bytes. */
  get mostBytes(): number {
    return this.bytesIn(SAVED_UP_MS)
  }

  /** What a client may be sent in so many ms, bytes. */
  bytesIn(ms: number): number {
    return (this.#options.maxClientKbps / 8) * ms
  }

  /** Takes bytes that were sent whatever is left; for no more than a while can that hold up what comes after. */
  charge(subscriber: Subscriber, bytes: number): void {
    this.spend(subscriber, 0)
    const { allowanceBytes } = subscriber
    // What is owed for updates stays owed.
    const least = Math.min(allowanceBytes, -this.bytesIn(MAX_DEBT_MS))
    subscriber.allowanceBytes = Math.max(allowanceBytes - bytes, least)
  }

  /** Takes bytes from what the client may still be sent; false when it has used up more than that. */
  spend(subscriber: Subscriber, bytes: number): boolean {
    const nowMs = this.#options.now()
    const earned = this.bytesIn(nowMs - subscriber.earnedMs)
    subscriber.allowanceBytes = Math.min(subscriber.allowanceBytes + earned, this.mostBytes) - bytes
    subscriber.earnedMs = nowMs
    return subscriber.allowanceBytes >= 0
  }
}
