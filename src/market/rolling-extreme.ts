/**
 * Keeps the best of a rolling window of parts without looking at all of them.
 *
 * It holds only parts that can still become the best: oldest first, each better than all after it. The first is the
 * best; when it leaves the window the next one is. A new part usually throws out a few at the end, so the cost of a
 * change does not depend on the length of the window.
 */
export class RollingExtreme<Part extends { readonly startMs: number }> {
  readonly #isBetter: (a: Part, b: Part) => boolean
  #parts: Part[] = []

  constructor(isBetter: (a: Part, b: Part) => boolean) {
    this.#isBetter = isBetter
  }

  get best(): Part | undefined {
    return this.#parts[0]
  }

  /** Takes a part that is new or became better, of any time. */
  note(part: Part): void {
    const parts = this.#parts
    let place = parts.length
    while (place > 0 && (parts[place - 1]?.startMs ?? 0) > part.startMs) place -= 1
    const next = parts[place]
    if (next !== undefined && !this.#isBetter(part, next)) return
    let kept = place
    while (kept > 0 && !this.#beats(parts[kept - 1], part)) kept -= 1
    parts.splice(kept, place - kept, part)
  }

  /** Forgets the parts that started before `startMs`. */
  dropBefore(startMs: number): void {
    const kept = this.#parts.findIndex((part) => part.startMs >= startMs)
    if (kept !== 0) this.#parts = kept === -1 ? [] : this.#parts.slice(kept)
  }

  #beats(a: Part | undefined, b: Part): boolean {
    return a !== undefined && this.#isBetter(a, b)
  }
}
