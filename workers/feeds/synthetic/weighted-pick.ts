/**
 * Draws items of unequal weight: Zipf's law by place in the list, so the n-th item comes up 1/n as often as the first.
 *
 * Trading activity over the names of a market is distributed about like this.
 */
export class WeightedPick<Item> {
  readonly #items: readonly Item[]
  readonly #cumulative: Float64Array
  readonly #total: number

  /** `places` are the items' places in the whole market, from 0, so that a sector keeps its members' weights. */
  constructor(items: readonly Item[], places: readonly number[]) {
    this.#items = items
    this.#cumulative = new Float64Array(items.length)
    let total = 0
    for (const [index, place] of places.entries()) {
      total += 1 / (place + 1)
      this.#cumulative[index] = total
    }
    this.#total = total
  }

  /** The item at `uniform`, a random number in [0, 1). */
  at(uniform: number): Item {
    const target = uniform * this.#total
    let low = 0
    let high = this.#items.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#cumulative[middle] ?? 0) > target) high = middle
      else low = middle + 1
    }
    const item = this.#items[low]
    if (item === undefined) throw new RangeError('nothing to pick from: expected 1 item or more, found 0')
    return item
  }
}
