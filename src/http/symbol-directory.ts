import { INTERVALS } from '../market/candle-interval.ts'
import type { Update } from '../protocol/server-events.ts'
import type { MarketView } from './market-view.ts'
import { parseTicker } from './ticker-name.ts'

/** A symbol with candles. */
export interface SymbolEntry {
  /** VENUE:SYMBOL. */
  readonly ticker: string
  readonly venue: string
  readonly symbol: string
}

/** Decimals that prices and sizes of a symbol have. */
export interface Precision {
  readonly price: number
  readonly size: number
}

/** Fields of payloads that are prices, and sizes. */
const PRICE_FIELDS = ['open', 'high', 'low', 'close', 'last', 'price', 'bid', 'ask']
const SIZE_FIELDS = ['volume', 'size', 'bidSize', 'askSize']
/** What is written with two decimals or more has two: trailing zeros of cents are no padding. */
const USUAL_PRICE_DECIMALS = 2
/** Of a symbol without any value yet. */
const UNKNOWN: Precision = { price: USUAL_PRICE_DECIMALS, size: 0 }

/** The symbols that can be charted: those with a candle channel. */
export class SymbolDirectory {
  readonly #view: MarketView
  /** The most decimals seen of each symbol; it may not shrink, or charts would round. */
  readonly #seen = new Map<string, Precision>()
  #entries: readonly SymbolEntry[] = []
  /** Channels there were when the entries were listed; channels are never taken away. */
  #listedChannels = 0

  constructor(view: MarketView) {
    this.#view = view
  }

  /** All symbols, sorted by ticker. */
  all(): readonly SymbolEntry[] {
    const { channels } = this.#view.stats()
    if (channels === this.#listedChannels) return this.#entries
    const tickers = new Map<string, SymbolEntry>()
    for (const { venue, symbol } of this.#view.channels('candle:*:*:*')) {
      const ticker = `${venue}:${symbol}`
      if (!tickers.has(ticker)) tickers.set(ticker, { ticker, venue, symbol })
    }
    this.#entries = [...tickers.values()].sort((a, b) => (a.ticker < b.ticker ? -1 : 1))
    this.#listedChannels = channels
    return this.#entries
  }

  /** The symbol of a ticker, or of a bare symbol name when it is known; letters of either case. */
  find(text: string): SymbolEntry | undefined {
    const name = text.trim().toUpperCase()
    const ticker = parseTicker(name)
    if (ticker === undefined) return this.all().find(({ symbol }) => symbol === name)
    const hasCandles = INTERVALS.some((interval) => this.#view.channel(`candle:${name}:${interval}`) !== undefined)
    return hasCandles ? { ticker: name, ...ticker } : undefined
  }

  /**
   * Decimals of prices and sizes, from the newest values of the symbol. Venues pad with zeros (`61837.64000000`), so
   * zeros at the end do not count, and the most that was ever seen does.
   */
  precisionOf({ ticker }: SymbolEntry): Precision {
    const seen = this.#seen.get(ticker) ?? { price: 0, size: 0 }
    const candles = INTERVALS.map((interval) => `candle:${ticker}:${interval}`)
    const channels = [`ticker:${ticker}`, `quote:${ticker}`, `trade:${ticker}`, ...candles]
    const values = channels.map((channel) => this.newest(channel)).filter((data) => data !== undefined)
    if (values.length === 0) return this.#seen.get(ticker) ?? UNKNOWN
    const price = Math.max(seen.price, ...decimalsIn(values, PRICE_FIELDS, USUAL_PRICE_DECIMALS))
    const size = Math.max(seen.size, ...decimalsIn(values, SIZE_FIELDS, 0))
    this.#seen.set(ticker, { price, size })
    return { price, size }
  }

  /** The newest payload of a channel that is not a book's. */
  newest(channel: string): Readonly<Record<string, unknown>> | undefined {
    const [update] = JSON.parse(this.#view.snapshot(channel) ?? '[]') as readonly Update[]
    return update?.data as Readonly<Record<string, unknown>> | undefined
  }
}

/** Decimals of each number in these fields; zeros at the end count up to `usual` decimals. */
function decimalsIn(
  values: readonly Readonly<Record<string, unknown>>[],
  fields: readonly string[],
  usual: number
): number[] {
  const texts = values
    .flatMap((value) => fields.map((field) => value[field]))
    .filter((text) => typeof text === 'string')
  return texts.map((text) => {
    const [, decimals = ''] = text.split('.')
    return Math.max(decimals.replace(/0+$/, '').length, Math.min(decimals.length, usual))
  })
}
