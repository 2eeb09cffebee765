import type { BookSide } from './book-side.ts'
import type { Listing } from './listing.ts'
import type { Random } from './random.ts'

/** Mean size of an aggressive order, as a share of a typical level: most orders leave something at the touch. */
const ORDER_SHARE = 0.4
/** How much more likely a buy is than a sell when the fair value is one spread above the middle. */
const LEAN_PER_SPREAD = 0.35
const LONGEST_ODDS = 0.05

/**
 * What market participants do to the order book of one symbol, knowing its fair value.
 *
 * Market makers cancel what the fair value has passed and close the spread again; aggressive orders lean towards it;
 * the rest is orders that come, change and go.
 */
export class OrderFlow {
  readonly #listing: Listing
  readonly #bids: BookSide
  readonly #asks: BookSide
  readonly #random: Random

  constructor(listing: Listing, sides: { readonly bids: BookSide; readonly asks: BookSide }, random: Random) {
    this.#listing = listing
    this.#bids = sides.bids
    this.#asks = sides.asks
    this.#random = random
  }

  /** Makes the first book, around the fair value. */
  open(fairTicks: number): void {
    this.#addFirstLevel(this.#bids, fairTicks)
    this.#addFirstLevel(this.#asks, fairTicks)
    this.maintain()
  }

  /** The side that an aggressive order takes from: the asks when it buys. */
  drawAggressed(fairTicks: number): BookSide {
    const middleTicks = (this.#asks.best - this.#bids.best) / 2
    const lean = (LEAN_PER_SPREAD * (fairTicks - middleTicks)) / this.#listing.spreadTicks
    const buyProbability = Math.min(1 - LONGEST_ODDS, Math.max(LONGEST_ODDS, 0.5 + lean))
    return this.#random.next() < buyProbability ? this.#asks : this.#bids
  }

  /** How much of the best level of `side` an aggressive order takes, in lots. */
  drawTaken(side: BookSide): number {
    return Math.min(side.levels.sizeAt(0), this.#drawLots(ORDER_SHARE))
  }

  /** Market makers follow the fair value; says whether there was anything to do. */
  reprice(fairTicks: number): boolean {
    const hasCancelledBids = this.#cancelPassed(this.#bids, fairTicks)
    const hasCancelledAsks = this.#cancelPassed(this.#asks, fairTicks)
    // Whoever comes first may close the whole spread; a fixed order would let the price lean to one side.
    const isBidFirst = this.#random.next() < 0.5
    const first = isBidFirst ? this.#bids : this.#asks
    const second = isBidFirst ? this.#asks : this.#bids
    const hasImprovedFirst = this.#closeSpread(first, second, fairTicks)
    const hasImprovedSecond = this.#closeSpread(second, first, fairTicks)
    return hasCancelledBids || hasCancelledAsks || hasImprovedFirst || hasImprovedSecond
  }

  /** Orders come, change and go on one side or both. Always changes something. */
  shuffle(): void {
    const draw = this.#random.next()
    if (draw < 0.6) this.#shuffleSide(this.#bids)
    if (draw >= 0.4) this.#shuffleSide(this.#asks)
  }

  /** Keeps both sides as deep as they should be; ends each step. */
  maintain(): void {
    this.#bids.maintain(this.#random, this.#listing.typicalLots)
    this.#asks.maintain(this.#random, this.#listing.typicalLots)
  }

  #addFirstLevel(side: BookSide, fairTicks: number): void {
    const half = this.#listing.spreadTicks / 2
    side.set(Math.ceil(side.direction * fairTicks + half), this.#drawLots(1))
  }

  #cancelPassed(side: BookSide, fairTicks: number): boolean {
    const fair = side.direction * fairTicks
    const wasPassed = side.best < fair
    while (side.levels.count > 0 && side.best < fair) side.set(side.best, 0)
    if (side.levels.count === 0) this.#addFirstLevel(side, fairTicks)
    return wasPassed
  }

  /**
   * Improves `side` to the usual spread, though not beyond the fair value. As prices are outward numbers, the spread is
   * the sum of both best ones; it stays at least `spreadTicks` ≥ 1, so the book is never locked or crossed.
   */
  #closeSpread(side: BookSide, other: BookSide, fairTicks: number): boolean {
    const outward = Math.max(Math.ceil(side.direction * fairTicks), this.#listing.spreadTicks - other.best)
    if (outward >= side.best) return false
    side.set(outward, this.#drawLots(1))
    return true
  }

  #shuffleSide(side: BookSide): void {
    const { levels } = side
    // The square puts most changes near the top. The last level is left alone, so that what is added here is never
    // what `maintain` takes away again in the same step.
    const index = Math.floor(this.#random.next() ** 2 * (levels.count - 1))
    const outward = levels.outwardAt(index)
    const vacantTicks = levels.outwardAt(index + 1) - outward - 1
    const draw = this.#random.next()
    // Where no level is to spare, `maintain` might bring back what is cancelled here, and nothing would have changed.
    if (draw < 0.2 && levels.count > this.#listing.depth) {
      side.set(outward, 0)
    } else if (draw < 0.4 && vacantTicks > 0) {
      side.set(outward + 1 + this.#random.below(Math.min(vacantTicks, this.#listing.gapTicks)), this.#drawLots(1))
    } else {
      const lots = this.#drawLots(1)
      side.set(outward, lots === levels.sizeAt(index) ? lots + 1 : lots)
    }
  }

  #drawLots(share: number): number {
    return 1 + Math.floor(this.#random.exponential() * this.#listing.typicalLots * share)
  }
}
