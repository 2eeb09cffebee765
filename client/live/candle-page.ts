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

/** Which candles are read. */
export interface CandleWish {
  /** They begin before that, ms since the Unix epoch; without it the newest are read. */
  readonly to?: number | undefined
  readonly limit: number
  /** More than `limit` are read where those do not reach this far back, ms since the Unix epoch, ... */
  readonly since?: number | undefined
  /** ... but no more than so many. */
  readonly most?: number
}

/** Most candles the server answers at once. */
const MOST_CANDLES = 5_000
/** Pages read for one wish: the server answers few at once where it makes them of finer ones. */
const MOST_PAGES = 20

/** Reads candles, page by page where more are wanted than the server answers at once. */
export async function readCandles(
  rest: Rest,
  symbol: string,
  interval: Interval,
  { to, limit, since = Number.POSITIVE_INFINITY, most = limit }: CandleWish
): Promise<CandlePage> {
  let page: CandlePage = { candles: [], next: to ?? null, position: null }
  let enough = limit
  let wanted = limit
  for (let pages = 0; pages < MOST_PAGES && page.candles.length < wanted; pages++) {
    const count = Math.min(wanted - page.candles.length, MOST_CANDLES)
    const query = { symbol, interval, to: page.next ?? undefined, limit: count }
    const { candles, next, position } = await rest.get<CandlePage>('/api/v1/candles', query)
    page = { candles: [...candles, ...page.candles], next, position: pages === 0 ? position : page.position }
    if (next === null || candles.length === 0) break
    // What the server answers less of than it was asked for, it has to make first: that is for who really needs it.
    if (candles.length < count) enough = 0
    wanted = page.candles.length >= enough && (candles[0]?.openTime ?? 0) > since ? most : enough
  }
  return page
}
