import { clockMs } from '../latency-meter.ts'
import type { Off } from '../listeners.ts'
import type { Market } from '../market.ts'
import { ChartBars } from './chart-bars.ts'
import type {
  DepthData,
  DepthLevel,
  LibrarySymbol,
  OnError,
  OnHistory,
  OnQuotes,
  OnTick,
  PeriodParams,
  QuoteData
} from './charting-library.ts'
import { intervalOf } from './resolution.ts'
import { watchQuotes } from './watched-quotes.ts'

export type { Bar, DepthData, LibrarySymbol, PeriodParams, QuoteData } from './charting-library.ts'

export interface DatafeedOptions {
  /** Levels a side of the depth of market; default 20. */
  readonly depth?: 5 | 10 | 20 | 50 | 100
  /** Called after a chart was told to forget its bars, e.g. to call `resetData()` of the chart. */
  readonly onReset?: () => void
}

/** Answers of a search. */
const MOST_RESULTS = 30
const DEPTH = 20
const DEPTH_HZ = 10

/**
 * A datafeed for TradingView's Charting Library and Trading Platform: history, live bars, quotes and depth of a market.
 *
 * @see https://www.tradingview.com/charting-library-docs/latest/connecting_data/datafeed-api
 */
export function createDatafeed(market: Market, { depth = DEPTH, onReset }: DatafeedOptions = {}): Datafeed {
  return new Datafeed(market, depth, onReset ?? (() => undefined))
}

/** What the library calls; see its documentation for each method. */
export class Datafeed {
  readonly #market: Market
  readonly #depth: NonNullable<DatafeedOptions['depth']>
  readonly #onReset: () => void
  readonly #bars: ChartBars
  readonly #quotes = new Map<string, Off>()
  readonly #books = new Map<string, Off>()
  #bookCount = 0

  constructor(market: Market, depth: NonNullable<DatafeedOptions['depth']>, onReset: () => void) {
    this.#market = market
    this.#depth = depth
    this.#onReset = onReset
    this.#bars = new ChartBars(market)
  }

  /** The library wants its answer later, never at once. */
  onReady(callback: (configuration: object) => void): void {
    const config = this.#market.rest.get<object>('/udf/config')
    // A chart without a configuration stays empty; with none of ours it has the library's own.
    void config.catch(() => ({})).then(callback)
  }

  searchSymbols(text: string, exchange: string, type: string, onResult: (symbols: object[]) => void): void {
    const found = this.#market.rest.get<object[]>('/udf/search', { query: text, exchange, type, limit: MOST_RESULTS })
    void found.catch(() => []).then(onResult)
  }

  resolveSymbol(name: string, onResolve: (symbol: object) => void, onError: OnError): void {
    this.#market.rest.get<object>('/udf/symbols', { symbol: name }).then(onResolve, (error) => onError(textOf(error)))
  }

  getBars(
    symbol: LibrarySymbol,
    resolution: string,
    period: PeriodParams,
    onResult: OnHistory,
    onError: OnError
  ): void {
    const interval = intervalOf(resolution)
    if (interval === undefined) {
      onError(`there are no bars of resolution ${resolution}`)
      return
    }
    this.#bars.read(tickerOf(symbol), interval, period).then(
      (bars) => onResult(bars, { noData: bars.length === 0 }),
      (error) => onError(textOf(error))
    )
  }

  subscribeBars(symbol: LibrarySymbol, resolution: string, onTick: OnTick, id: string, onResetCache: () => void): void {
    const interval = intervalOf(resolution)
    if (interval === undefined) return
    this.#bars.follow(id, tickerOf(symbol), interval, onTick, () => {
      onResetCache()
      this.#onReset()
    })
  }

  unsubscribeBars(id: string): void {
    this.#bars.end(id)
  }

  /** Seconds since the Unix epoch on the server's clock. */
  getServerTime(callback: (seconds: number) => void): void {
    // The offset is that of the clock by which it was measured.
    callback(Math.floor((clockMs() - this.#market.latency().clockOffsetMs) / 1_000))
  }

  getQuotes(symbols: readonly string[], onData: OnQuotes, onError: OnError): void {
    const quotes = this.#market.rest.get<{ readonly d: QuoteData[] }>('/udf/quotes', { symbols: symbols.join() })
    quotes.then(
      ({ d }) => onData(d),
      (error) => onError(textOf(error))
    )
  }

  subscribeQuotes(symbols: readonly string[], fastSymbols: readonly string[], onData: OnQuotes, id: string): void {
    this.unsubscribeQuotes(id)
    this.#quotes.set(id, watchQuotes(this.#market, symbols, fastSymbols, onData))
  }

  unsubscribeQuotes(id: string): void {
    this.#quotes.get(id)?.()
    this.#quotes.delete(id)
  }

  /** @returns what `unsubscribeDepth` takes. */
  subscribeDepth(symbol: string, callback: (depth: DepthData) => void): string {
    const book = this.#market.book(symbol, { depth: this.#depth, maxRateHz: DEPTH_HZ })
    const tell = () => {
      const { value } = book
      if (value === undefined) return
      callback({ snapshot: true, asks: levelsOf(value.asks), bids: levelsOf(value.bids).reverse() })
    }
    const off = book.onChange(tell)
    if (book.value !== undefined) queueMicrotask(tell)
    const id = `depth-${++this.#bookCount}`
    this.#books.set(id, () => {
      off()
      book.close()
    })
    return id
  }

  unsubscribeDepth(id: string): void {
    this.#books.get(id)?.()
    this.#books.delete(id)
  }
}

function tickerOf({ ticker, name }: LibrarySymbol): string {
  return ticker ?? name
}

function levelsOf(levels: readonly (readonly [string, string])[]): DepthLevel[] {
  return levels.map(([price, size]) => ({ price: Number(price), volume: Number(size) }))
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
