import { readLevels } from '../../../src/market/levels.ts'
import type { FeedMessage } from '../../../src/protocol/feed-message.ts'
import { BinanceBookSync } from './binance-book-sync.ts'
import { decimalOf, type Fields, fieldsOf, integerOf } from './binance-fields.ts'
import { splitSymbol } from './binance-symbol.ts'

/** Why a frame could not be used, in words for the operator. */
export interface FrameProblem {
  readonly problem: string
}

/** Settings of a normaliser. */
export interface BinanceOptions {
  /** Second part of the channel names. Default `BINANCE`. */
  readonly venue?: string
  /** Symbols followed at once; streams of further ones are ignored and counted. Default 5,000. */
  readonly symbolLimit?: number
  /** Channels already published as `recovering`, e.g. in the last pass of a replay. */
  readonly recovering?: ReadonlySet<string>
}

interface SymbolStreams {
  readonly trade: string
  readonly quote: string
  readonly book: BinanceBookSync
}

/**
 * Turns Binance's combined-stream frames (`{"stream":"btcusdt@trade","data":{…}}`) into our messages.
 *
 * Trades, best quotes and books are taken; all other streams are ignored and counted. Frames are checked here, at the
 * edge: whatever is malformed is named and changes nothing. Prices and sizes go through as the strings they are. Event
 * times are the venue's and may be ahead of the receive time, because the two clocks differ.
 */
export class BinanceNormaliser {
  readonly #venue: string
  readonly #symbolLimit: number
  readonly #recovering: ReadonlySet<string>
  readonly #symbols = new Map<string, SymbolStreams>()
  readonly #channels = new Set<string>()
  #ignoredCount = 0

  constructor({ venue = 'BINANCE', symbolLimit = 5_000, recovering = new Set() }: BinanceOptions = {}) {
    this.#venue = venue
    this.#symbolLimit = symbolLimit
    this.#recovering = recovering
  }

  /** Channels whose streams were seen; a book's also before its snapshot. */
  get channels(): ReadonlySet<string> {
    return this.#channels
  }

  /** Frames that were well-formed but are of no use here: other streams, acknowledgements, outdated snapshots. */
  get ignoredCount(): number {
    return this.#ignoredCount
  }

  /** Takes one text frame; `receiveTimeMs` stands in where the venue tells no time. */
  frame(text: string, receiveTimeMs: number): readonly FeedMessage[] | FrameProblem {
    let fields: Fields | undefined
    try {
      fields = fieldsOf(JSON.parse(text))
    } catch {
      return { problem: 'expected a JSON frame, found broken JSON' }
    }
    if (fields === undefined) return { problem: 'expected a JSON object' }
    if (typeof fields.stream !== 'string') return this.#bareFrame(fields, receiveTimeMs)
    const separator = fields.stream.indexOf('@')
    const type = fields.stream.slice(separator + 1)
    const data = fieldsOf(fields.data)
    if (separator <= 0 || data === undefined) return this.#ignore()
    switch (type) {
      case 'trade':
        return this.#trade(data)
      case 'bookTicker':
        return this.#quote(data, receiveTimeMs)
      default:
        return data.e === 'depthUpdate' ? this.#delta(data) : this.#ignore()
    }
  }

  #trade(data: Fields): readonly FeedMessage[] | FrameProblem {
    const streams = this.#streamsOf(data)
    if (streams === undefined) return this.#ignore()
    const id = integerOf(data.t)
    const price = decimalOf(data.p)
    const size = decimalOf(data.q)
    const exchangeTime = integerOf(data.T ?? data.E)
    if (id === undefined || price === undefined || size === undefined || exchangeTime === undefined) {
      return { problem: 'expected a trade with t, p, q and T' }
    }
    if (typeof data.m !== 'boolean') return { problem: 'expected a trade with m' }
    this.#channels.add(streams.trade)
    // `m` says that the buyer was the maker, so the seller was the aggressor.
    const trade = { id: String(id), price, size, side: data.m ? 'sell' : 'buy' }
    return [{ channel: streams.trade, exchangeTime, data: trade }]
  }

  #quote(data: Fields, receiveTimeMs: number): readonly FeedMessage[] | FrameProblem {
    const streams = this.#streamsOf(data)
    if (streams === undefined) return this.#ignore()
    const venueSeq = integerOf(data.u)
    const bid = decimalOf(data.b)
    const bidSize = decimalOf(data.B)
    const ask = decimalOf(data.a)
    const askSize = decimalOf(data.A)
    // Spot tells no time with a quote; futures do.
    const exchangeTime = integerOf(data.T ?? data.E ?? Math.trunc(receiveTimeMs))
    if (venueSeq === undefined || exchangeTime === undefined) return { problem: 'expected a bookTicker with u' }
    if (bid === undefined || bidSize === undefined || ask === undefined || askSize === undefined) {
      return { problem: 'expected a bookTicker with b, B, a and A' }
    }
    this.#channels.add(streams.quote)
    return [{ channel: streams.quote, exchangeTime, data: { bid, bidSize, ask, askSize, venueSeq } }]
  }

  #delta(data: Fields): readonly FeedMessage[] | FrameProblem {
    const streams = this.#streamsOf(data)
    if (streams === undefined) return this.#ignore()
    const firstId = integerOf(data.U)
    const lastId = integerOf(data.u)
    const exchangeTime = integerOf(data.E)
    const bids = readLevels(data.b)
    const asks = readLevels(data.a)
    if (firstId === undefined || lastId === undefined || exchangeTime === undefined) {
      return { problem: 'expected a depthUpdate with U, u and E' }
    }
    if (bids === undefined || asks === undefined) return { problem: 'expected a depthUpdate with levels b and a' }
    this.#channels.add(streams.book.channel)
    const delta = { firstId, lastId, previousId: integerOf(data.pu), exchangeTime, bids, asks }
    return streams.book.delta(delta) ?? { problem: `${streams.book.channel}: no depth snapshot came for its deltas` }
  }

  /** A frame without envelope: the body of a REST depth snapshot, or the answer to a request. */
  #bareFrame(fields: Fields, receiveTimeMs: number): readonly FeedMessage[] | FrameProblem {
    if (fields.lastUpdateId === undefined) return this.#ignore()
    const lastUpdateId = integerOf(fields.lastUpdateId)
    const bids = readLevels(fields.bids)
    const asks = readLevels(fields.asks)
    if (lastUpdateId === undefined || bids === undefined || asks === undefined) {
      return { problem: 'expected a depth snapshot with lastUpdateId, bids and asks' }
    }
    const book = this.#bookOf(lastUpdateId)
    if (book === undefined) return { problem: `depth snapshot ${lastUpdateId} fits no symbol, or several` }
    const messages = book.snapshot({ lastUpdateId, exchangeTime: Math.trunc(receiveTimeMs), bids, asks })
    if (messages === undefined) return { problem: `depth snapshot ${lastUpdateId} does not join ${book.channel}` }
    return messages.length === 0 ? this.#ignore() : messages
  }

  /** The body names no symbol: it is the only one's there is, or of the one whose held deltas it falls into. */
  #bookOf(lastUpdateId: number): BinanceBookSync | undefined {
    const books = this.#symbols.values().map((streams) => streams.book)
    const candidates = this.#symbols.size === 1 ? [...books] : [...books.filter((book) => book.needs(lastUpdateId))]
    return candidates.length === 1 ? candidates[0] : undefined
  }

  /** What is known of the frame's symbol; `undefined` when it cannot be followed. */
  #streamsOf(data: Fields): SymbolStreams | undefined {
    const venueSymbol = typeof data.s === 'string' ? data.s : ''
    const known = this.#symbols.get(venueSymbol)
    if (known !== undefined) return known
    const symbol = splitSymbol(venueSymbol)
    if (symbol === undefined || this.#symbols.size >= this.#symbolLimit) return undefined
    const name = `${this.#venue}:${symbol}`
    const book = new BinanceBookSync(`book:${name}`, this.#recovering.has(`book:${name}`))
    const streams = { trade: `trade:${name}`, quote: `quote:${name}`, book }
    this.#symbols.set(venueSymbol, streams)
    return streams
  }

  #ignore(): readonly FeedMessage[] {
    this.#ignoredCount += 1
    return []
  }
}
