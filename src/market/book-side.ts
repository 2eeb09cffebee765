import type { Level } from '../protocol/market-data.ts'
import { compareDecimals, isZeroDecimal } from './decimal.ts'
import { type BookSideName, sortLevels } from './levels.ts'

/**
 * The levels of one side of an order book, sorted.
 *
 * `#keys` and `#slots` go in step, worst level first and the best at the end: nearly every change of a real book is
 * near the touch, where an insertion moves only the few entries after it. A key is the price as a double, negated for
 * asks, so that both sides ascend and a search hardly ever touches a string; doubles that tie are settled by their
 * digits. A slot is the place of the level in `#levels`: moving numbers within an array is ten times cheaper than
 * moving objects, which the garbage collector must be told of.
 */
export class BookSide {
  readonly name: BookSideName
  readonly #sign: 1 | -1
  #keys: number[] = []
  #slots: number[] = []
  #levels: Level[] = []
  #freeSlots: number[] = []

  constructor(name: BookSideName) {
    this.name = name
    this.#sign = name === 'bids' ? 1 : -1
  }

  get count(): number {
    return this.#keys.length
  }

  /** The level at the touch; `undefined` when the side is empty. */
  best(): Level | undefined {
    return this.at(0)
  }

  /** The level of a rank, 0 for the best; `undefined` where there are not so many. */
  at(rank: number): Level | undefined {
    return this.#levelAt(this.#keys.length - 1 - rank)
  }

  /** Clears the side and sets `levels`, in any order; levels of size zero are left out. */
  load(levels: readonly Level[]): void {
    this.#levels = sortLevels(this.name, levels)
      .filter((level) => !isZeroDecimal(level[1]))
      .reverse()
    this.#keys = this.#levels.map((level) => this.#keyOf(level[0]))
    this.#slots = this.#levels.map((_, index) => index)
    this.#freeSlots = []
  }

  /**
   * Sets the size of one price; size zero removes it. The price is kept as spelled last.
   *
   * @returns the level that was there.
   */
  set(level: Level): Level | undefined {
    const key = this.#keyOf(level[0])
    const index = this.#placeOf(key, level[0])
    const held = this.#isAt(index, key, level[0]) ? this.#levelAt(index) : undefined
    if (isZeroDecimal(level[1])) {
      if (held !== undefined) this.#remove(index)
    } else if (held !== undefined) {
      this.#levels[this.#slots[index] ?? 0] = level
    } else {
      this.#insert(index, key, level)
    }
    return held
  }

  /** Copies the best `depth` levels, best first. */
  snapshot(depth: number): Level[] {
    const copy: Level[] = []
    for (let index = this.#keys.length - 1; index >= 0 && copy.length < depth; index--) {
      const level = this.#levelAt(index)
      if (level !== undefined) copy.push(level)
    }
    return copy
  }

  /** Forgets all but the best `depth` levels. */
  truncate(depth: number): void {
    const surplus = this.#keys.length - depth
    if (surplus <= 0) return
    this.#keys.splice(0, surplus)
    for (const slot of this.#slots.splice(0, surplus)) this.#freeSlots.push(slot)
  }

  #keyOf(price: string): number {
    return this.#sign * Number(price)
  }

  /** Index of the first level that is not worse than the price. */
  #placeOf(key: number, price: string): number {
    const keys = this.#keys
    let low = 0
    let high = keys.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((keys[middle] ?? 0) < key) low = middle + 1
      else high = middle
    }
    while (keys[low] === key && this.#sign * compareDecimals(this.#priceAt(low), price) < 0) low += 1
    return low
  }

  #isAt(index: number, key: number, price: string): boolean {
    return this.#keys[index] === key && compareDecimals(this.#priceAt(index), price) === 0
  }

  #levelAt(index: number): Level | undefined {
    return this.#levels[this.#slots[index] ?? -1]
  }

  #priceAt(index: number): string {
    return this.#levelAt(index)?.[0] ?? ''
  }

  #insert(index: number, key: number, level: Level): void {
    const slot = this.#freeSlots.pop() ?? this.#levels.length
    this.#levels[slot] = level
    this.#keys.splice(index, 0, key)
    this.#slots.splice(index, 0, slot)
  }

  #remove(index: number): void {
    this.#keys.splice(index, 1)
    for (const slot of this.#slots.splice(index, 1)) this.#freeSlots.push(slot)
  }
}
