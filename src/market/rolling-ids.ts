/** Trade ids remembered of a symbol to tell duplicates, at least; at most twice as many. */
export const KNOWN_ID_LIMIT = 500

/**
 * Remembers the newest ids, at least `limit` and at most twice as many, to tell what was seen before.
 *
 * Two sets take turns, so that nothing is ever removed one by one: when the younger one is full it becomes the older
 * one, and what that held is forgotten. Something without an id (an empty text) was never seen before, and with a limit
 * of 0 nothing ever was.
 */
export class RollingIds {
  readonly #limit: number
  #younger = new Set<string>()
  #older = new Set<string>()

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Takes an id; false when it is one of the remembered. */
  add(id: string): boolean {
    if (id === '' || this.#limit === 0) return true
    if (this.#younger.has(id) || this.#older.has(id)) return false
    if (this.#younger.size >= this.#limit) {
      this.#older = this.#younger
      this.#younger = new Set()
    }
    this.#younger.add(id)
    return true
  }
}
