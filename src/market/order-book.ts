import type { Book } from '../protocol/market-data.ts'
import { setInDepths } from './book-depth.ts'
import { BookState } from './book-state.ts'
import { compareDecimals } from './decimal.ts'

/** The touch of an order book; a side without levels has no price. */
export interface BestPrices {
  readonly bid: string | undefined
  readonly bidSize: string | undefined
  readonly ask: string | undefined
  readonly askSize: string | undefined
}

/** An order book that can also be judged, cut and looked at in depths, as producers of books need. */
export class OrderBook extends BookState {
  /** Number of bid levels. */
  get bidCount(): number {
    return this.bids.count
  }

  /** Number of ask levels. */
  get askCount(): number {
    return this.asks.count
  }

  /**
   * Applies a delta, and says what it changed within the best levels a side, for each of some depths.
   *
   * @returns for each depth the delta that leads from its view of the book, as `snapshot(depth)` gives it, to the next;
   * `undefined` where the view stays as it is. It tells the venue's id of the change, and no checksum.
   */
  applyInDepths(delta: Book, depths: readonly number[]): readonly (Book | undefined)[] {
    const bids = setInDepths(this.bids, delta.bids, depths)
    const asks = setInDepths(this.asks, delta.asks, depths)
    this.newest = delta
    return depths.map((_, place) => {
      const [bidChanges = [], askChanges = []] = [bids[place], asks[place]]
      if (bidChanges.length === 0 && askChanges.length === 0) return undefined
      const venueSeq = delta.venueSeq === undefined ? {} : { venueSeq: delta.venueSeq }
      return { bids: bidChanges, asks: askChanges, ...venueSeq }
    })
  }

  /** The best price of each side and the size there. */
  best(): BestPrices {
    const bid = this.bids.best()
    const ask = this.asks.best()
    return { bid: bid?.[0], bidSize: bid?.[1], ask: ask?.[0], askSize: ask?.[1] }
  }

  /** Says whether the best bid reaches the best ask: a sign of a lost delta, since the venue would have matched them. */
  isCrossed(): boolean {
    const { bid, ask } = this.best()
    return bid !== undefined && ask !== undefined && compareDecimals(bid, ask) >= 0
  }

  /** Forgets all but the best `depth` levels a side, as venues with a subscribed depth require after each delta. */
  truncate(depth: number): void {
    this.bids.truncate(depth)
    this.asks.truncate(depth)
  }
}
