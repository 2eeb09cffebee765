import { TURN_BUDGET_MS } from './turns.ts'

/** Longest time for changes of subscriptions in one flush, ms: no turn of the event loop may be longer. */
const MAX_CHANGES_MS = 25

/** Changes of clients' channels that wait for the next flush; they are made in order. */
export class ChangeQueue {
  #changes: (() => void)[] = []

  add(change: () => void): void {
    this.#changes.push(change)
  }

  /**
   * Makes changes for a tenth of the time that flushes take: at the limit there are few flushes, and clients still get in.
   *
   * @param deliveryMs how long the last flush took.
   * @returns true when all were made.
   */
  make(deliveryMs: number): boolean {
    const startedMs = performance.now()
    const budgetMs = Math.min(MAX_CHANGES_MS, Math.max(TURN_BUDGET_MS, deliveryMs / 10))
    let made = 0
    for (const change of this.#changes) {
      made += 1
      change()
      if (performance.now() - startedMs > budgetMs) break
    }
    this.#changes = this.#changes.slice(made)
    return this.#changes.length === 0
  }
}
