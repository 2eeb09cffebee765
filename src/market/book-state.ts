import type { Book } from '../protocol/market-data.ts'
import { BookSide } from './book-side.ts'

/**
 * A level 2 order book of any depth, kept from snapshots and deltas: as much of it as whoever only shows a book needs.
 *
 * Prices and sizes stay the strings they came as, and are ordered by their exact value. The book keeps the level pairs
 * it is given, and gives them out again: messages never change after creation, so nothing is copied.
 */
export class BookState {
  protected readonly bids = new BookSide('bids')
  protected readonly asks = new BookSide('asks')
  /** The last message, which tells the venue's id and checksum of the whole book. */
  protected newest: Pick<Book, 'venueSeq' | 'checksum'> = {}

  /** Clears the book and sets it to a snapshot. */
  load(book: Book): void {
    this.bids.load(book.bids)
    this.asks.load(book.asks)
    this.newest = book
  }

  /** Sets the sizes a delta gives; a size of zero, however spelled, removes the level. */
  apply(delta: Book): void {
    for (const level of delta.bids) this.bids.set(level)
    for (const level of delta.asks) this.asks.set(level)
    this.newest = delta
  }

  /**
   * Copies the book, or its best `depth` levels a side, sorted.
   *
   * It tells the venue's id of the last change. The venue's checksum, which covers a depth of the venue's choosing, is
   * told for the whole book only.
   */
  snapshot(depth = Infinity): Book {
    const { venueSeq, checksum } = this.newest
    return {
      bids: this.bids.snapshot(depth),
      asks: this.asks.snapshot(depth),
      ...(venueSeq !== undefined && { venueSeq }),
      ...(checksum !== undefined && depth === Infinity && { checksum })
    }
  }
}
