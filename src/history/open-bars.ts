import { MAX_PAGE_TRADES, type OpenBar, type OpenBars } from './history-store.ts'
import type { PlacedTrade, StoreReader, TradePlace } from './store-reader.ts'

/** Trades given with those that are missing from a bar, so that a venue's repetition of them is told as one. */
const TRADES_BEFORE = 500
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
      knownFrom: Number.MAX_SAFE_INTEGER
    }
  }
  // All intervals are told at almost the same moment. Where nothing was told yet, the trades tell of it.
  const told = newest.map(({ bar }) => bar.position.time)
  const from = (told.length === 0 ? bounds.last : Math.max(...told)) - LATE_MS
  const missing = newest.map(({ newestTrade }) => reader.countAfter(channel.id, from, newestTrade))
  const limit = Math.min(Math.max(0, ...missing) + TRADES_BEFORE, MAX_PAGE_TRADES)
  const trades = reader.newestTrades(channel.id, from, limit)
  const bars = newest.map(({ bar, newestTrade }) => ({ ...bar, tradesFrom: placeAfter(trades, newestTrade, bar) }))
  const [first] = trades
  const cutMs = first && reader.newestBefore(channel.id, from, first.place)
  // Others in the millisecond of the very first trade may have been missed.
  const knownFrom = Math.max(from, bounds.first + 1, (cutMs ?? -1) + 1)
  return { bars, trades: trades.map(({ trade }) => trade), knownFrom }
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
