import type { Book } from '../protocol/market-data.ts'
import { setInDepths } from './book-depth.ts'
import { BookSide } from './book-side.ts'
import { compareDecimals } from './decimal.ts'

/** The touch of an order book; a side without levels has no price. */
export interface BestPrices {
  readonly bid: string | undefined
  readonly bidSize: string | undefined
  readonly ask: string | undefined
  readonly askSize: string | undefined
}

/**
 * A level 2 order book of any depth, kept from snapshots and deltas.
 *
 * Prices and sizes stay the strings they came as, and are ordered by their exact value. The book keeps the level pairs
 * it is given, and gives them out again: messages never change after creation, so nothing is copied.
 */
export class OrderBook {
  readonly #bids = new BookSide('bids')
  readonly #asks = new BookSide('asks')
  #venueSeq: number | undefined
  #checksum: number | undefined

  /** Number of bid levels. */
  get bidCount(): number {
    return this.#bids.count
  }

  /** Number of ask levels. */
  get askCount(): number {
    return this.#asks.count
  }

  /** Clears the book and sets it to a snapshot. */
  load(book: Book): void {
    this.#bids.load(book.bids)
    this.#asks.load(book.asks)
    this.#note(book)
  }

  /** Sets the sizes a delta gives; a size of zero, however spelled, removes the level. */
  apply(delta: Book): void {
    for (const level of delta.bids) this.#bids.set(level)
    for (const level of delta.asks) this.#asks.set(level)
    this.#note(delta)
  }

  /**
   * Applies a delta, and says what it changed within the best levels a side, for each of some depths.
   *
   * @returns for each depth the delta that leads from its view of the book, as `snapshot(depth)` gives it, to the next;
   * `undefined` where the view stays as it is. It tells the venue's id of the change, and no checksum.
   */
  applyInDepths(delta: Book, depths: readonly number[]): readonly (Book | undefined)[] {
    const bids = setInDepths(this.#bids, delta.bids, depths)
    const asks = setInDepths(this.#asks, delta.asks, depths)
    this.#note(delta)
    return depths.map((_, place) => {
      const [bidChanges = [], askChanges = []] = [bids[place], asks[place]]
      if (bidChanges.length === 0 && askChanges.length === 0) return undefined
      const venueSeq = delta.venueSeq === undefined ? {} : { venueSeq: delta.venueSeq }
      return { bids: bidChanges, asks: askChanges, ...venueSeq }
    })
  }

  /** The best price of each side and the size there. */
  best(): BestPrices {
    const bid = this.#bids.best()
    const ask = this.#asks.best()
    return { bid: bid?.[0], bidSize: bid?.[1], ask: ask?.[0], askSize: ask?.[1] }
  }

  /**
   * Copies the book, or its best `depth` levels a side, sorted.
   *
   * It tells the venue's id of the last change. The venue's checksum, which covers a depth of the venue's choosing, is
   * told for the whole book only.
   */
  snapshot(depth = Infinity): Book {
    return {
      bids: this.#bids.snapshot(depth),
      asks: this.#asks.snapshot(depth),
      ...(this.#venueSeq === undefined ? {} : { venueSeq: this.#venueSeq }),
      ...(this.#checksum === undefined || depth !== Infinity ? {} : { checksum: this.#checksum })
    }
  }

  /** Says whether the best bid reaches the best ask: a sign of a lost delta, since the venue would have matched them. */
  isCrossed(): boolean {
    const { bid, ask } = this.best()
    return bid !== undefined && ask !== undefined && compareDecimals(bid, ask) >= 0
  }

  /** Forgets all but the best `depth` levels a side, as venues with a subscribed depth require after each delta. */
  truncate(depth: number): void {
    this.#bids.truncate(depth)
    this.#asks.truncate(depth)
  }

  #note(book: Book): void {
    this.#venueSeq = book.venueSeq
    this.#checksum = book.checksum
  }
}
