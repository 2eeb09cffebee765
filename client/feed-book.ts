import { BookSide } from '../src/market/book-side.ts'
import type { Book } from '../src/protocol/market-data.ts'

/**
 * A level 2 order book as it is now, kept from snapshots and deltas.
 *
 * The server's book does this, too, but also says what a delta changes within each depth: a client has no use for that,
 * and would load it all the same.
 */
export class FeedBook {
  readonly #bids = new BookSide('bids')
  readonly #asks = new BookSide('asks')
  #newest: Pick<Book, 'venueSeq' | 'checksum'> = {}

  /** Clears the book and sets it to a snapshot. */
  load(book: Book): void {
    this.#bids.load(book.bids)
    this.#asks.load(book.asks)
    this.#newest = book
  }

  /** Sets the sizes a delta gives; a size of zero removes the level. */
  apply(delta: Book): void {
    for (const level of delta.bids) this.#bids.set(level)
    for (const level of delta.asks) this.#asks.set(level)
    this.#newest = delta
  }

  /** Best levels first, at most `depth` a side; the checksum only of the whole book. */
  snapshot(depth = Number.POSITIVE_INFINITY): Book {
    const { venueSeq, checksum } = this.#newest
    return {
      bids: this.#bids.snapshot(depth),
      asks: this.#asks.snapshot(depth),
      ...(venueSeq !== undefined && { venueSeq }),
      ...(checksum !== undefined && depth === Number.POSITIVE_INFINITY && { checksum })
    }
  }
}
