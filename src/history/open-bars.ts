import { MAX_PAGE_TRADES, type OpenBar, type OpenBars } from './history-store.ts'
import { intervalEnd } from './interval.ts'
import type { StoreReader } from './store-reader.ts'

/** Reads what a producer needs to continue the candles in progress of a symbol. */
export function readOpenBars(reader: StoreReader, venue: string, symbol: string, nowMs: number): OpenBars {
  const bars = reader.channels(`candle:${venue}:${symbol}:`).flatMap(({ id, name, position }): OpenBar[] => {
    const interval = name.slice(name.lastIndexOf(':') + 1)
    const [candle] = reader.lastCandles(id, 0, Number.MAX_SAFE_INTEGER, 1)
    const end = candle && intervalEnd(candle.openTime, interval)
    if (candle === undefined || end === undefined || candle.closed || nowMs >= end) return []
    return [{ channel: name, interval, candle, position }]
  })
  const opened = Math.min(nowMs, ...bars.map(({ candle }) => candle.openTime))
  const channel = reader.channel(`trade:${venue}:${symbol}`)
  if (channel === undefined) return { bars, trades: [], tradesFrom: nowMs, holes: [], position: undefined }
  const end = { time: Number.MAX_SAFE_INTEGER, epoch: 0, seq: 0 }
  const found = reader.lastTrades(channel.id, opened, end, MAX_PAGE_TRADES + 1)
  const trades = found.slice(0, MAX_PAGE_TRADES).map(({ trade }) => trade)
  const isCut = found.length > MAX_PAGE_TRADES
  // Of the oldest time that is left, some trades may have been cut off.
  const known = isCut ? (trades.at(-1)?.time ?? nowMs) + 1 : (reader.tradeBounds(channel.id)?.first ?? nowMs)
  return {
    bars,
    trades: trades.reverse(),
    tradesFrom: Math.max(opened, known),
    holes: reader.holes(channel.id, opened, end.time),
    position: channel.position
  }
}
