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
    const [candle] = reader.lastCandles(id, 0, Number.MAX_SAFE_INTEGER, 1)
    return candle === undefined ? [] : [{ bar: { channel: name, interval, candle, position }, newestTrade }]
  })
  if (newest.length === 0) return { bars: [], trades: [] }
  const channel = reader.channel(`trade:${venue}:${symbol}`)
  // All intervals are told at almost the same moment.
  const from = Math.max(...newest.map(({ bar }) => bar.position.time)) - LATE_MS
  const missing = newest.map(({ newestTrade }) => (channel ? reader.countAfter(channel.id, from, newestTrade) : 0))
  const limit = Math.min(Math.max(...missing) + TRADES_BEFORE, MAX_PAGE_TRADES)
  const trades = channel ? reader.newestTrades(channel.id, from, limit) : []
  const bars = newest.map(({ bar, newestTrade }) => ({ ...bar, tradesFrom: placeAfter(trades, newestTrade, bar) }))
  return {
    bars: bars.filter(({ candle, tradesFrom }) => !candle.closed || tradesFrom < trades.length),
    trades: trades.map(({ trade }) => trade)
  }
}

/** Place of the first trade that came after another; where that is not known, of the first that is later than the bar. */
function placeAfter(
  trades: readonly PlacedTrade[],
  { epoch, seq }: TradePlace,
  { position }: Pick<OpenBar, 'position'>
): number {
  const place = trades.findIndex((one) =>
    epoch === 0
      ? one.trade.time > position.time
      : one.place.epoch > epoch || (one.place.epoch === epoch && one.place.seq > seq)
  )
  return place < 0 ? trades.length : place
}
