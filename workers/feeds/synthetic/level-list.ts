/**
 * Price levels sorted from the best outwards, prices in ticks and sizes in lots.
 *
 * A price is kept as its *outward* number: the price of an ask, minus the price of a bid. Smaller is then better on
 * either side, and all code for one side is code for both. The lists are short (some 20 levels) and most changes are
 * near the best price, so a linear scan over plain integer arrays beats any tree.
 */
export class LevelList {
  // Never shortened: `#count` says how much is in use, which saves giving memory back and asking for it again.
  readonly #outwards: number[] = []
  readonly #sizes: number[] = []
  #count = 0

  get count(): number {
    return this.#count
  }

  /** The outward price at `index`, 0 being the best; the index must be below `count`. */
  outwardAt(index: number): number {
    return this.#outwards[index] ?? 0
  }

  /** The size in lots at `index`; the index must be below `count`. */
  sizeAt(index: number): number {
    return this.#sizes[index] ?? 0
  }

  /** Sets the size at a price, adding the level where there is none. */
  put(outward: number, size: number): void {
    const index = this.#find(outward)
    if (index === this.#count || this.#outwards[index] !== outward) {
      for (let to = this.#count; to > index; to--) {
        this.#outwards[to] = this.outwardAt(to - 1)
        this.#sizes[to] = this.sizeAt(to - 1)
      }
      this.#outwards[index] = outward
      this.#count += 1
    }
    this.#sizes[index] = size
  }

  /** Removes the level at a price, if there is one. */
  remove(outward: number): void {
    const index = this.#find(outward)
    if (index === this.#count || this.#outwards[index] !== outward) return
    this.#count -= 1
    for (let to = index; to < this.#count; to++) {
      this.#outwards[to] = this.outwardAt(to + 1)
      this.#sizes[to] = this.sizeAt(to + 1)
    }
  }

  clear(): void {
    this.#count = 0
  }

  /** The index of the first level at `outward` or worse. */
  #find(outward: number): number {
    let index = 0
    while (index < this.#count && this.outwardAt(index) < outward) index++
    return index
  }
}
