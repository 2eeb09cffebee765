/**
 * The part of TradingView's Charting Library that a datafeed deals with. Its own types are not published on npm; these
 * fit them.
 *
 * @see https://www.tradingview.com/charting-library-docs/latest/connecting_data/datafeed-api
 */

/** A symbol as `resolveSymbol` gave it; further fields are the library's. */
export interface LibrarySymbol {
  readonly name: string
  /** `VENUE:SYMBOL`. */
  readonly ticker?: string
}

export interface Bar {
  /** Start of the bar, ms since the Unix epoch; of a day and more midnight UTC. */
  readonly time: number
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  readonly volume: number
}

/** What a chart asks for: seconds since the Unix epoch, `to` exclusive; `countBack` wins over `from`. */
export interface PeriodParams {
  readonly from: number
  readonly to: number
  readonly countBack: number
  readonly firstDataRequest: boolean
}

export type OnHistory = (bars: Bar[], meta: { readonly noData: boolean }) => void
export type OnError = (reason: string) => void
export type OnTick = (bar: Bar) => void

/** Prices of one symbol for watch lists and the order panel. */
export interface QuoteData {
  readonly s: 'ok' | 'error'
  readonly n: string
  readonly v: Readonly<Record<string, string | number | undefined>>
}

export type OnQuotes = (quotes: QuoteData[]) => void

export interface DepthLevel {
  readonly price: number
  readonly volume: number
}

/** An order book; both sides ascend by price. */
export interface DepthData {
  /** It replaces what was shown, and is no change of it. */
  readonly snapshot: boolean
  readonly asks: DepthLevel[]
  readonly bids: DepthLevel[]
}
