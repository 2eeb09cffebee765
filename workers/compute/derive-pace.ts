/** Lets each of many publish at most once in `restMs`; the first time at once. */
export class DerivePace<Item> {
  /** How long each rests, ms; may only grow, so that the order of entry stays the order in which they are rested. */
  restMs: number
  /** When each may publish again. All rest equally long, so the order of entry is the order of these times. */
  readonly #resting = new Map<Item, number>()
  #firstUntilMs = Infinity

  constructor(restMs: number) {
    this.restMs = restMs
  }

  isResting(item: Item): boolean {
    return this.#resting.has(item)
  }

  /** Tells that an item published just now. */
  rest(item: Item, nowMs: number): void {
    this.#resting.set(item, nowMs + this.restMs)
    this.#firstUntilMs = Math.min(this.#firstUntilMs, nowMs + this.restMs)
  }

  /** Removes and returns those that may publish again, the longest rested first. */
  drainRested(nowMs: number): Item[] {
    const rested: Item[] = []
    if (nowMs < this.#firstUntilMs) return rested
    this.#firstUntilMs = Infinity
    for (const [item, untilMs] of this.#resting) {
      if (untilMs > nowMs) {
        this.#firstUntilMs = untilMs
        break
      }
      this.#resting.delete(item)
      rested.push(item)
    }
    return rested
  }
}
