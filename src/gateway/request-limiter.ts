/** A token bucket: so many requests a second in the long run, so many at once. */
export class RequestLimiter {
  readonly #perSecond: number
  readonly #burst: number
  #tokens: number
  #refilledMs: number

  /** @param nowMs Monotonic clock, ms. */
  constructor(perSecond: number, burst: number, nowMs: number) {
    this.#perSecond = perSecond
    this.#burst = burst
    this.#tokens = burst
    this.#refilledMs = nowMs
  }

  /**
   * Takes one request, or refuses it.
   *
   * @param more what it costs beyond one, in requests; a whole burst is always enough.
   */
  offer(nowMs: number, more = 0): boolean {
    const price = Math.min(1 + more, this.#burst)
    const earned = ((nowMs - this.#refilledMs) * this.#perSecond) / 1_000
    this.#tokens = Math.min(this.#burst, this.#tokens + earned)
    this.#refilledMs = nowMs
    if (this.#tokens < price) return false
    this.#tokens -= price
    return true
  }
}
