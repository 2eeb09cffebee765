import type { Interval } from '../../src/market/candle-interval.ts'
import type { Candle } from '../../src/protocol/market-data.ts'
import type { Rest } from '../rest.ts'

/** How far history reaches in the stream. */
export interface Position {
  readonly epoch: string
  readonly seq: number
}

/** Candles of the past, oldest first, and where the stream goes on from them. */
export interface CandlePage {
  readonly candles: readonly Candle[]
  /** Where the page before ends, ms since the Unix epoch; null when there is none. */
  readonly next: number | null
  readonly position: (Position & { readonly channel: string; readonly time: number }) | null
}

/** Most candles the server answers at once. */
export const MOST_CANDLES = 5_000

/** Reads the last `limit` candles that begin before `to`, ms; the newest without it. */
export function readCandles(
  rest: Rest,
  symbol: string,
  interval: Interval,
  { to, limit }: { readonly to?: number | undefined; readonly limit: number }
): Promise<CandlePage> {
  return rest.get('/api/v1/candles', { symbol, interval, to, limit: Math.min(limit, MOST_CANDLES) })
}
