import type { ChannelMessage } from '../../../src/protocol/feed-message.ts'
import type { Book, Level, Quote, Trade } from '../../../src/protocol/market-data.ts'
import type { BookSide } from './book-side.ts'
import type { DecimalText } from './decimal-text.ts'
import type { LevelList } from './level-list.ts'

/** The channels of one symbol. */
export interface SymbolChannels {
  readonly trade: string
  readonly quote: string
  readonly book: string
}

/**
 * Turns what happened to one symbol's book into messages with decimal text.
 *
 * `venueSeq` numbers the book's updates from 1 (the snapshot). A quote carries the number of the update that it shows
 * the top of, so a client can tell that the two belong together even when some were merged on the way.
 */
export class MessageWriter {
  readonly #channels: SymbolChannels
  readonly #bids: BookSide
  readonly #asks: BookSide
  readonly #priceText: DecimalText
  readonly #sizeText: DecimalText
  #updateCount = 0
  #tradeCount = 0
  // The top of the book as last quoted, prices outward.
  #bid = 0
  #bidSize = 0
  #ask = 0
  #askSize = 0

  constructor(
    channels: SymbolChannels,
    sides: { readonly bids: BookSide; readonly asks: BookSide },
    text: { readonly price: DecimalText; readonly size: DecimalText }
  ) {
    this.#channels = channels
    this.#bids = sides.bids
    this.#asks = sides.asks
    this.#priceText = text.price
    this.#sizeText = text.size
  }

  /** Appends the whole book, and the first quote. */
  snapshot(exchangeTime: number, batch: ChannelMessage[]): void {
    const data = this.#book(this.#bids.levels, this.#asks.levels)
    batch.push({ channel: this.#channels.book, exchangeTime, data, isSnapshot: true })
    this.#quoteIfChanged(exchangeTime, batch)
  }

  /** Appends an execution against the best level of `side`; call it before the level is reduced. */
  trade(side: BookSide, lots: number, exchangeTime: number, batch: ChannelMessage[]): void {
    this.#tradeCount += 1
    const data: Trade = {
      id: String(this.#tradeCount),
      price: this.#priceText.of(side.direction * side.best),
      size: this.#sizeText.of(lots),
      side: side.direction === 1 ? 'buy' : 'sell'
    }
    batch.push({ channel: this.#channels.trade, exchangeTime, data })
  }

  /** Appends the changed levels, and the quote when the top has changed. */
  delta(exchangeTime: number, batch: ChannelMessage[]): void {
    const data = this.#book(this.#bids.changes, this.#asks.changes)
    batch.push({ channel: this.#channels.book, exchangeTime, data, isSnapshot: false })
    this.#quoteIfChanged(exchangeTime, batch)
  }

  #book(bids: LevelList, asks: LevelList): Book {
    this.#updateCount += 1
    const data = { bids: this.#levels(bids, -1), asks: this.#levels(asks, 1), venueSeq: this.#updateCount }
    this.#bids.changes.clear()
    this.#asks.changes.clear()
    return data
  }

  #levels(list: LevelList, direction: 1 | -1): Level[] {
    const levels: Level[] = []
    for (let index = 0; index < list.count; index++) {
      const size = list.sizeAt(index)
      // A removed level is "0" in every market, also where sizes have decimals.
      levels.push([this.#priceText.of(direction * list.outwardAt(index)), size === 0 ? '0' : this.#sizeText.of(size)])
    }
    return levels
  }

  #quoteIfChanged(exchangeTime: number, batch: ChannelMessage[]): void {
    const bids = this.#bids.levels
    const asks = this.#asks.levels
    const bid = bids.outwardAt(0)
    const bidSize = bids.sizeAt(0)
    const ask = asks.outwardAt(0)
    const askSize = asks.sizeAt(0)
    if (bid === this.#bid && bidSize === this.#bidSize && ask === this.#ask && askSize === this.#askSize) return
    this.#bid = bid
    this.#bidSize = bidSize
    this.#ask = ask
    this.#askSize = askSize
    const data: Quote = {
      bid: this.#priceText.of(-bid),
      bidSize: this.#sizeText.of(bidSize),
      ask: this.#priceText.of(ask),
      askSize: this.#sizeText.of(askSize),
      venueSeq: this.#updateCount
    }
    batch.push({ channel: this.#channels.quote, exchangeTime, data })
  }
}
