import type {
  CandlePage,
  CandleRange,
  CandleTextPage,
  HistoryHole,
  HistoryPosition,
  TradeRange,
  TradeTextPage
} from '../history/history-store.ts'
import type { HistoryView } from './history-view.ts'

/** Entries of one query: other queries wait for it, and unpacking entries takes the main thread some milliseconds. */
const MAX_QUERY_ENTRIES = 1_000

/** Which candles: the first `limit` from `from` on when forward, else the last before `to`. */
export interface CandleStretch {
  readonly from: number
  readonly to: number
  readonly limit: number
  readonly isForward: boolean
}

/** What is told of a query's candles, whatever their form. */
interface CandlePart {
  readonly count: number
  readonly first: number | undefined
  readonly last: number | undefined
  readonly hasMore: boolean
  readonly holes: readonly HistoryHole[]
  readonly position: HistoryPosition | undefined
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
  const { parts, ...page } = await readParts(stretch, async (range) => {
    const part = await history.candles(channel, range, signal)
    const { candles } = part
    return { ...part, count: candles.length, first: candles[0]?.openTime, last: candles.at(-1)?.openTime }
  })
  return { ...page, candles: parts.flatMap(({ candles }) => candles) }
}

/** The same with the candles as text. */
export async function readCandleText(
  history: HistoryView,
  channel: string,
  stretch: CandleStretch,
  signal: AbortSignal
): Promise<CandleTextPage> {
  const { parts, ...page } = await readParts(stretch, (range) => history.candlesText(channel, range, signal))
  return { ...page, ...joined(parts), first: parts[0]?.first, last: parts.at(-1)?.last }
}

/** Reads a page of trades, query by query; the position is that of the first one. */
export async function readTradeText(
  history: HistoryView,
  channel: string,
  range: TradeRange,
  signal: AbortSignal
): Promise<TradeTextPage> {
  const parts: TradeTextPage[] = []
  let { before } = range
  let missing = range.limit
  do {
    const cursor = before === undefined ? {} : { before }
    const limit = Math.min(missing, MAX_QUERY_ENTRIES)
    const part = await history.tradesText(channel, { ...range, ...cursor, limit }, signal)
    parts.unshift(part)
    before = part.before
    missing -= part.count
  } while (before !== undefined && missing > 0)
  return { ...joined(parts), before, holes: allHoles(parts), position: parts.at(-1)?.position }
}

async function readParts<Part extends CandlePart>(
  { from, to, limit, isForward }: CandleStretch,
  read: (range: CandleRange) => Promise<Part>
) {
  const parts: Part[] = []
  let [start, end] = [from, to]
  let missing = limit
  let hasMore = true
  let position: HistoryPosition | undefined
  while (hasMore && missing > 0) {
    const most = Math.min(missing, MAX_QUERY_ENTRIES)
    const range = { from: start, to: end, limit: most }
    const part = await read(isForward ? range : { ...range, countback: most })
    if (isForward) parts.push(part)
    else parts.unshift(part)
    missing -= part.count
    hasMore = part.hasMore
    position ??= part.position
    if (isForward) start = (part.last ?? start) + 1
    else end = part.first ?? end
  }
  return { parts, hasMore, holes: allHoles(parts), position }
}

function joined(parts: readonly { readonly text: string; readonly count: number }[]) {
  const texts = parts.flatMap(({ text, count }) => (count === 0 ? [] : [text]))
  return { text: texts.join(','), count: parts.reduce((sum, { count }) => sum + count, 0) }
}

/** A hole at the border of two queries is told by both. */
function allHoles(parts: readonly { readonly holes: readonly HistoryHole[] }[]): HistoryHole[] {
  const holes = new Map(parts.flatMap((part) => part.holes).map((hole) => [hole.from, hole]))
  return [...holes.values()].sort((a, b) => a.from - b.from)
}
