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

  /** Takes one request, or refuses it. */
  offer(nowMs: number): boolean {
    return this.#offer(nowMs, 1)
  }

  /** Takes what a request costs beyond one, or refuses it: never more than is left of a whole burst. */
  offerMore(nowMs: number, cost: number): boolean {
    return this.#offer(nowMs, Math.min(cost, this.#burst - 1))
  }

  #offer(nowMs: number, price: number): boolean {
    const earned = ((nowMs - this.#refilledMs) * this.#perSecond) / 1_000
    this.#tokens = Math.min(this.#burst, this.#tokens + earned)
    this.#refilledMs = nowMs
    if (this.#tokens < price) return false
    this.#tokens -= price
    return true
  }
}
