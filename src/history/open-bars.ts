import { MAX_PAGE_TRADES, type OpenBar, type OpenBars } from './history-store.ts'
import type { PlacedTrade, StoreReader, TradePlace } from './store-reader.ts'

/** Trades given with those that are missing from a bar, so that a venue's repetition of them is told as one. */
const TRADES_BEFORE = 500
const SECOND_MS = 1_000
/** How late, by its venue's clock, a trade may have come to be found, ms. */
const LATE_MS = 120_000

/** Reads what a producer needs to continue the candles of a symbol, whenever they began. */
export function readOpenBars(reader: StoreReader, venue: string, symbol: string): OpenBars {
  const newest = reader.channels(`candle:${venue}:${symbol}:`).flatMap(({ id, name, position, newestTrade }) => {
    const interval = name.slice(name.lastIndexOf(':') + 1)
    const [candle, previous] = reader.lastCandles(id, 0, Number.MAX_SAFE_INTEGER, 2)
    if (candle === undefined) return []
    return [{ bar: { channel: name, interval, candle, ...(previous && { previous }), position }, newestTrade }]
  })
  const channel = reader.channel(`trade:${venue}:${symbol}`)
  const bounds = channel && reader.tradeBounds(channel.id)
  if (channel === undefined || bounds === undefined) {
    return {
      bars: newest.map(({ bar }) => ({ ...bar, tradesFrom: 0 })),
      trades: [],
      knownFrom: Number.MAX_SAFE_INTEGER,
      gaps: []
    }
  }
  // All intervals are told at almost the same moment. Where nothing was told yet, the trades tell of it.
  const told = newest.map(({ bar }) => bar.position.time)
  const from = (told.length === 0 ? bounds.last : Math.max(...told)) - LATE_MS
  const missing = newest.map(({ newestTrade }) => reader.countAfter(channel.id, from, newestTrade))
  const limit = Math.min(Math.max(0, ...missing) + TRADES_BEFORE, MAX_PAGE_TRADES)
  const trades = reader.newestTrades(channel.id, from, limit)
  const bars = newest.map(({ bar, newestTrade }) => ({ ...bar, tradesFrom: placeAfter(trades, newestTrade, bar) }))
  return {
    bars,
    trades: trades.map(({ trade }) => trade),
    ...knownPart(reader, { venue, symbol, id: channel.id, from, trades })
  }
}

interface ReadTrades {
  readonly venue: string
  readonly symbol: string
  /** Of the channel of trades. */
  readonly id: number
  readonly from: number
  readonly trades: readonly PlacedTrade[]
}

/** Since when all trades are among those that were read, and where some were missed all the same. */
function knownPart(
  reader: StoreReader,
  { venue, symbol, id, from, trades }: ReadTrades
): Pick<OpenBars, 'knownFrom' | 'gaps'> {
  const [first] = trades
  if (first === undefined) return { knownFrom: Number.MAX_SAFE_INTEGER, gaps: [] }
  const cutMs = reader.newestBefore(id, from, first.place) ?? -1
  // What came before the first trade of a life is not known, nor others in its millisecond.
  const isFirstOfLife = cutMs < 0 && reader.lastEpochBefore(id, from) !== first.place.epoch
  let knownFrom = Math.max(from, cutMs + 1, isFirstOfLife ? first.trade.time + 1 : 0)
  const counts = countBySecond(trades)
  const gaps: number[] = []
  const seconds = reader.channel(`candle:${venue}:${symbol}:1s`)
  for (const candle of seconds ? reader.candleCounts(seconds.id, knownFrom) : []) {
    const { openTime, isClosed, isPartial } = candle
    if (isPartial) gaps.push(openTime)
    // Trades of it were not stored, e.g. while history could not keep up.
    if (isClosed && (counts.get(openTime) ?? 0) < candle.trades) knownFrom = openTime + SECOND_MS
  }
  return { knownFrom, gaps: gaps.filter((ms) => ms >= knownFrom) }
}

/** Trades by the start of their second; those that a venue sent once more are not counted again. */
function countBySecond(trades: readonly PlacedTrade[]): ReadonlyMap<number, number> {
  const ids = new Set<string>()
  const counts = new Map<number, number>()
  for (const { trade } of trades) {
    if (trade.id !== '' && ids.has(trade.id)) continue
    ids.add(trade.id)
    const second = trade.time - (trade.time % SECOND_MS)
    counts.set(second, (counts.get(second) ?? 0) + 1)
  }
  return counts
}

/** Place of the first trade that came after another; where that is not known, of the first that is later than the bar. */
function placeAfter(
  trades: readonly PlacedTrade[],
  { epoch, seq }: TradePlace,
  { candle, position }: Pick<OpenBar, 'candle' | 'position'>
): number {
  // A candle may be closed without having been told of while it was in progress.
  const toldMs = candle.closed ? candle.openTime : position.time
  const place = trades.findIndex((one) =>
    epoch === 0
      ? one.trade.time > toldMs
      : one.place.epoch > epoch || (one.place.epoch === epoch && one.place.seq > seq)
  )
  return place < 0 ? trades.length : place
}
