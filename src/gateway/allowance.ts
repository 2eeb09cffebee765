import type { Subscriber } from './subscriber.ts'

/** What of its bandwidth a client that is held to it may be sent at once, ms. */
export const SAVED_UP_MS = 1_000

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
    return (this.#options.maxClientKbps / 8) * SAVED_UP_MS
  }

  /** Takes bytes from what the client may still be sent; false when it has used up more than that. */
  spend(subscriber: Subscriber, bytes: number): boolean {
    const nowMs = this.#options.now()
    const earned = ((nowMs - subscriber.earnedMs) * this.#options.maxClientKbps) / 8
    subscriber.allowanceBytes = Math.min(subscriber.allowanceBytes + earned, this.mostBytes) - bytes
    subscriber.earnedMs = nowMs
    return subscriber.allowanceBytes >= 0
  }
}
