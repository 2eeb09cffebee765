import type { Candle } from '../protocol/market-data.ts'
import type {
  CandlePage,
  CandleRange,
  CandleTextPage,
  HistoryBounds,
  HistoryPosition,
  HistoryStats,
  HistoryStore,
  OpenBars,
  TradePage,
  TradeRange,
  TradeTextPage
} from './history-store.ts'

/** A question to the history thread; see the methods of `HistoryStore`. */
export type HistoryQuery =
  | { readonly kind: 'candles'; readonly channel: string; readonly range: CandleRange }
  | { readonly kind: 'candlesText'; readonly channel: string; readonly range: CandleRange }
  | { readonly kind: 'trades'; readonly channel: string; readonly range: TradeRange }
  | { readonly kind: 'tradesText'; readonly channel: string; readonly range: TradeRange }
  | { readonly kind: 'lastCandle'; readonly channel: string; readonly before: number }
  | { readonly kind: 'bounds'; readonly channel: string }
  | { readonly kind: 'position'; readonly channel: string }
  | { readonly kind: 'openBars'; readonly venue: string; readonly symbol: string }
  | { readonly kind: 'stats' }

/** What each kind of question is answered with. */
export interface HistoryAnswers {
  readonly candles: CandlePage
  readonly candlesText: CandleTextPage
  readonly trades: TradePage
  readonly tradesText: TradeTextPage
  readonly lastCandle: Candle | undefined
  readonly bounds: HistoryBounds | undefined
  readonly position: HistoryPosition | undefined
  readonly openBars: OpenBars
  readonly stats: HistoryStats
}

export type HistoryAnswer = HistoryAnswers[keyof HistoryAnswers]

/** @throws HistoryError `bad_cursor`. */
export function answerFrom(store: HistoryStore, query: HistoryQuery): HistoryAnswer {
  switch (query.kind) {
    case 'candles':
      return store.candles(query.channel, query.range)
    case 'candlesText':
      return store.candlesText(query.channel, query.range)
    case 'trades':
      return store.trades(query.channel, query.range)
    case 'tradesText':
      return store.tradesText(query.channel, query.range)
    case 'lastCandle':
      return store.lastCandle(query.channel, query.before)
    case 'bounds':
      return store.bounds(query.channel)
    case 'position':
      return store.position(query.channel)
    case 'openBars':
      return store.openBars(query.venue, query.symbol)
    case 'stats':
      return store.stats()
    default:
      return query satisfies never
  }
}
