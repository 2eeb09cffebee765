import { LevelList } from './level-list.ts'
import type { Random } from './random.ts'

/** Levels a side may hold above its depth before the farthest is taken away. */
const SPARE_LEVELS = 4

/**
 * One side of a simulated order book, with what has changed since it was last published.
 *
 * Prices are outward numbers (see `LevelList`). After `maintain` the side holds `depth` to `depth + 4` levels, all
 * within reach of the best one, however far the market has drifted.
 */
export class BookSide {
  /** 1 for asks, -1 for bids: price = direction × outward. */
  readonly direction: 1 | -1
  readonly levels = new LevelList()
  /** Levels touched since `clear`d, with their new size; 0 for those removed. */
  readonly changes = new LevelList()
  readonly #depth: number
  readonly #gapTicks: number

  constructor(direction: 1 | -1, depth: number, gapTicks: number) {
    this.direction = direction
    this.#depth = depth
    this.#gapTicks = gapTicks
  }

  /** The outward price of the best level. */
  get best(): number {
    return this.levels.outwardAt(0)
  }

  /** Sets the size at a price; 0 removes the level. */
  set(outward: number, size: number): void {
    if (size === 0) this.levels.remove(outward)
    else this.levels.put(outward, size)
    this.changes.put(outward, size)
  }

  /** Cancels what is left too far behind the market, and fills up to the depth. The side must not be empty. */
  maintain(random: Random, typicalLots: number): void {
    while (this.levels.count > 1 && this.#isFarthestInExcess()) {
      this.set(this.levels.outwardAt(this.levels.count - 1), 0)
    }
    while (this.levels.count < this.#depth) {
      this.set(this.#vacantPrice(random), 1 + Math.floor(random.exponential() * typicalLots))
    }
  }

  #isFarthestInExcess(): boolean {
    const { count } = this.levels
    // The reach is what `depth` levels span at the widest spacing: filling up never goes beyond it, so a level that
    // has just been added is not taken away again.
    const reachTicks = 2 * this.#gapTicks * this.#depth
    return count > this.#depth + SPARE_LEVELS || this.#distanceTicks(0, count - 1) > reachTicks
  }

  /** A price for a new level: in the first hole if there is one, else behind the farthest level. */
  #vacantPrice(random: Random): number {
    const last = this.levels.count - 1
    let index = 0
    while (index < last && this.#distanceTicks(index, index + 1) <= 2 * this.#gapTicks) index++
    return this.levels.outwardAt(index) + 1 + random.below(2 * this.#gapTicks - 1)
  }

  #distanceTicks(near: number, far: number): number {
    return this.levels.outwardAt(far) - this.levels.outwardAt(near)
  }
}
