import type { BookState } from '../../src/market/book-state.ts'
import { addScaled, formatScaled, multiplyScaled, parseScaled, subtractScaled } from '../../src/market/scaled.ts'
import type { Level } from '../../src/protocol/market-data.ts'

const HALF = parseScaled('0.5')

/** An order book at one moment; it never changes. */
export class BookView {
  /** Best first. */
  readonly bids: readonly Level[]
  /** Best first. */
  readonly asks: readonly Level[]

  /** The venue's own id of the last update contained, where it has one. */
  readonly venueSeq: number | undefined

  constructor(book: BookState, depth: number) {
    const { bids, asks, venueSeq } = book.snapshot(depth)
    this.bids = bids
    this.asks = asks
    this.venueSeq = venueSeq
  }

  get bestBid(): Level | undefined {
    return this.bids[0]
  }

  get bestAsk(): Level | undefined {
    return this.asks[0]
  }

  /** Best ask less best bid, exactly; `undefined` while a side is empty. */
  get spread(): string | undefined {
    const { bestBid, bestAsk } = this
    if (bestBid === undefined || bestAsk === undefined) return undefined
    return formatScaled(subtractScaled(parseScaled(bestAsk[0]), parseScaled(bestBid[0])))
  }

  /** The middle between best bid and best ask, exactly; `undefined` while a side is empty. */
  get mid(): string | undefined {
    const { bestBid, bestAsk } = this
    if (bestBid === undefined || bestAsk === undefined) return undefined
    return formatScaled(multiplyScaled(addScaled(parseScaled(bestAsk[0]), parseScaled(bestBid[0])), HALF))
  }
}
