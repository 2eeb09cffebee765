import type {
  CandlePage,
  CandleRange,
  HistoryHole,
  HistoryPosition,
  StoredTrade,
  TradePage,
  TradeRange
} from '../history/history-store.ts'
import type { Candle } from '../protocol/market-data.ts'
import type { HistoryView } from './history-view.ts'

/** Entries of one query: unpacking them takes the main thread some milliseconds, after which it can send again. */
const MAX_QUERY_ENTRIES = 1_000

/** Which candles: the first `limit` from `from` on when forward, else the last before `to`. */
export interface CandleStretch {
  readonly from: number
  readonly to: number
  readonly limit: number
  readonly isForward: boolean
}

/**
 * Reads a page of candles, query by query.
 *
 * The position is that of the first query: what was stored meanwhile comes by the live channel once more, which does no
 * harm, since each update of a candle says all about it.
 */
export async function readCandles(
  history: HistoryView,
  channel: string,
  stretch: CandleStretch,
  signal: AbortSignal
): Promise<CandlePage> {
  const { limit, isForward } = stretch
  const candles: Candle[] = []
  const holes = new Map<number, HistoryHole>()
  let { from, to } = stretch
  let position: HistoryPosition | undefined
  let hasMore = true
  while (hasMore && candles.length < limit) {
    const most = Math.min(limit - candles.length, MAX_QUERY_ENTRIES)
    const range: CandleRange = isForward ? { from, to, limit: most } : { to, limit: most, countback: most }
    const page = await history.candles(channel, range, signal)
    candles.splice(isForward ? candles.length : 0, 0, ...page.candles)
    for (const hole of page.holes) holes.set(hole.from, hole)
    position ??= page.position
    hasMore = page.hasMore
    from = (page.candles.at(-1)?.openTime ?? from) + 1
    to = isForward ? to : (page.candles[0]?.openTime ?? to)
  }
  return { candles, hasMore, holes: sorted(holes), position }
}

/** Reads a page of trades, query by query; the position is that of the first one. */
export async function readTrades(
  history: HistoryView,
  channel: string,
  range: TradeRange,
  signal: AbortSignal
): Promise<TradePage> {
  const trades: StoredTrade[] = []
  const holes = new Map<number, HistoryHole>()
  let { before } = range
  let position: HistoryPosition | undefined
  do {
    const limit = Math.min(range.limit - trades.length, MAX_QUERY_ENTRIES)
    const cursor = before === undefined ? {} : { before }
    const page = await history.trades(channel, { ...range, ...cursor, limit }, signal)
    trades.unshift(...page.trades)
    for (const hole of page.holes) holes.set(hole.from, hole)
    position ??= page.position
    before = page.before
  } while (before !== undefined && trades.length < range.limit)
  return { trades, before, holes: sorted(holes), position }
}

/** A hole at the border of two queries is told by both. */
function sorted(holes: ReadonlyMap<number, HistoryHole>): HistoryHole[] {
  return [...holes.values()].sort((a, b) => a.from - b.from)
}
