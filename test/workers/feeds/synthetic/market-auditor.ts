import { Compile } from 'typebox/compile'
import type { ChannelMessage } from '../../../../src/protocol/feed-message.ts'
import {
  type Book,
  BookSchema,
  type Quote,
  QuoteSchema,
  type Trade,
  TradeSchema
} from '../../../../src/protocol/market-data.ts'

const tradeShape = Compile(TradeSchema)
const quoteShape = Compile(QuoteSchema)
const bookShape = Compile(BookSchema)
const isTrade = (data: object): data is Trade => tradeShape.Check(data)
const isQuote = (data: object): data is Quote => quoteShape.Check(data)
const isBook = (data: object): data is Book => bookShape.Check(data)

type Side = Map<string, string>

/** What is known of one symbol from its messages alone: books as plain maps, tops found by looking at every level. */
class PlainSymbol {
  readonly bids: Side = new Map()
  readonly asks: Side = new Map()
  venueSeq = 0
  tradeCount = 0
  quote: Quote | undefined
  /** Set by a trade until the book message that must show it. */
  unshown: { side: Side; price: string; left: bigint } | undefined
  priceDecimals: number | undefined
  sizeDecimals: number | undefined
}

/**
 * A slow reader of a market's messages that knows what must hold, and collects what does not.
 *
 * Deliberately naive: it shares no code with the market and never keeps a book sorted.
 */
export class MarketAuditor {
  readonly complaints: string[] = []
  readonly counts = { trade: 0, quote: 0, book: 0 }
  readonly #symbols = new Map<string, PlainSymbol>()

  /** How many symbols have shown a book, a quote and a trade. */
  get completeCount(): number {
    return [...this.#symbols.values()].filter(({ quote, tradeCount }) => quote !== undefined && tradeCount > 0).length
  }

  /** Reads the messages of one market step. */
  readGroup(group: readonly ChannelMessage[]): void {
    const names = new Set<string>()
    for (const message of group) {
      const [kind = '', venue, name = ''] = message.channel.split(':')
      if (venue !== 'SIM') this.#complain(message, 'expected venue SIM')
      names.add(name)
      const symbol = this.#symbols.get(name) ?? new PlainSymbol()
      this.#symbols.set(name, symbol)
      if (kind === 'trade' && isTrade(message.data)) this.#readTrade(symbol, message, message.data)
      else if (kind === 'quote' && isQuote(message.data)) this.#readQuote(symbol, message, message.data)
      else if (kind === 'book' && isBook(message.data)) this.#readBook(symbol, message, message.data)
      else this.#complain(message, 'unknown kind or shape')
    }
    for (const name of names) this.#checkRest(name)
  }

  #readTrade(symbol: PlainSymbol, message: ChannelMessage, trade: Trade): void {
    this.counts.trade += 1
    symbol.tradeCount += 1
    if (trade.id !== String(symbol.tradeCount)) this.#complain(message, `expected id ${symbol.tradeCount}`)
    const side = trade.side === 'buy' ? symbol.asks : symbol.bids
    const touch = best(side, trade.side === 'buy' ? 1 : -1)
    if (trade.price !== touch) this.#complain(message, `not at the touch ${touch}`)
    const left = lots(side.get(trade.price) ?? '0') - lots(trade.size)
    if (left < 0n || lots(trade.size) <= 0n) this.#complain(message, `more than is there: ${side.get(trade.price)}`)
    if (symbol.unshown !== undefined) this.#complain(message, 'the trade before has not been shown in the book')
    symbol.unshown = { side, price: trade.price, left }
    this.#checkDecimals(symbol, message, [[trade.price, trade.size]])
  }

  #readBook(symbol: PlainSymbol, message: ChannelMessage, book: Book): void {
    this.counts.book += 1
    symbol.venueSeq += 1
    if (book.venueSeq !== symbol.venueSeq) this.#complain(message, `expected venueSeq ${symbol.venueSeq}`)
    if (message.isSnapshot !== (symbol.venueSeq === 1))
      this.#complain(message, 'expected a snapshot first, then deltas')
    const changedCount =
      this.#applyLevels(symbol.bids, message, book.bids, -1) + this.#applyLevels(symbol.asks, message, book.asks, 1)
    if (changedCount === 0) this.#complain(message, 'changes nothing')
    this.#checkDecimals(symbol, message, book.bids)
    this.#checkDecimals(symbol, message, book.asks)
    const { unshown } = symbol
    if (unshown !== undefined && lots(unshown.side.get(unshown.price) ?? '0') !== unshown.left) {
      this.#complain(message, `does not show the trade at ${unshown.price}: expected ${unshown.left} lots`)
    }
    symbol.unshown = undefined
  }

  /** Says how many levels are other than they were. */
  #applyLevels(side: Side, message: ChannelMessage, levels: Book['bids'], direction: 1 | -1): number {
    let changedCount = 0
    let last = Number.NEGATIVE_INFINITY
    for (const [price, size] of levels) {
      if (Number(price) * direction <= last) this.#complain(message, `${price} is out of order`)
      last = Number(price) * direction
      if (side.get(price) !== size) changedCount += 1
      if (size !== '0') side.set(price, size)
      else if (!side.delete(price)) this.#complain(message, `removes ${price}, which is not there`)
    }
    return changedCount
  }

  #readQuote(symbol: PlainSymbol, message: ChannelMessage, quote: Quote): void {
    this.counts.quote += 1
    const { venueSeq: _, ...before } = symbol.quote ?? { venueSeq: 0 }
    const { venueSeq, ...now } = quote
    if (JSON.stringify(before) === JSON.stringify(now)) this.#complain(message, 'the same as the quote before')
    if (venueSeq !== symbol.venueSeq) this.#complain(message, `expected venueSeq ${symbol.venueSeq}`)
    symbol.quote = quote
  }

  /** What must hold whenever a market step is over. */
  #checkRest(name: string): void {
    const symbol = this.#symbols.get(name) ?? new PlainSymbol()
    const { bids, asks, quote } = symbol
    const bid = best(bids, -1)
    const ask = best(asks, 1)
    const at = `${name} at ${symbol.venueSeq}:`
    if (!(Number(bid) > 0 && Number(bid) < Number(ask))) this.complaints.push(`${at} crossed or locked: ${bid} ${ask}`)
    if (bid !== quote?.bid || ask !== quote?.ask) this.complaints.push(`${at} quote is not the top ${bid} ${ask}`)
    if (bids.get(bid) !== quote?.bidSize || asks.get(ask) !== quote?.askSize) this.complaints.push(`${at} quote size`)
    for (const side of [bids, asks]) {
      if (side.size < 10 || side.size > 24) this.complaints.push(`${at} expected 10–24 levels, found ${side.size}`)
      const farthest = best(side, side === asks ? -1 : 1)
      const distance = Math.abs(Number(farthest) / Number(side === asks ? ask : bid) - 1)
      if (distance > 0.1) this.complaints.push(`${at} level ${farthest} is ${distance} away from the market`)
    }
    if (symbol.unshown !== undefined) this.complaints.push(`${at} a trade is not shown in the book`)
  }

  /** Every price of a symbol has the same number of decimals, and so has every size. */
  #checkDecimals(symbol: PlainSymbol, message: ChannelMessage, levels: Book['bids']): void {
    for (const [price, size] of levels) {
      symbol.priceDecimals ??= decimals(price)
      if (decimals(price) !== symbol.priceDecimals) this.#complain(message, `decimals of price ${price}`)
      if (size === '0') continue
      symbol.sizeDecimals ??= decimals(size)
      if (decimals(size) !== symbol.sizeDecimals) this.#complain(message, `decimals of size ${size}`)
    }
  }

  #complain(message: ChannelMessage, text: string): void {
    this.complaints.push(`${JSON.stringify(message)}: ${text}`)
  }
}

/** The lowest price (direction 1) or the highest (-1) of a side. */
function best(side: Side, direction: 1 | -1): string {
  let found = ''
  let foundRank = Number.POSITIVE_INFINITY
  for (const price of side.keys()) {
    const rank = Number(price) * direction
    if (rank >= foundRank) continue
    found = price
    foundRank = rank
  }
  return found
}

function lots(size: string): bigint {
  return BigInt(size.replace('.', ''))
}

function decimals(text: string): number {
  return text.includes('.') ? text.length - text.indexOf('.') - 1 : 0
}
