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
  const channel = reader.channel(`trade:${venue}:${symbol}`)
  if (channel === undefined || bars.length === 0) return { bars, trades: [] }
  const known = Math.min(...bars.map(({ position }) => position.time))
  const end = { time: Number.MAX_SAFE_INTEGER, epoch: 0, seq: 0 }
  const found = reader.lastTrades(channel.id, known + 1, end, MAX_PAGE_TRADES)
  return { bars, trades: found.map(({ trade }) => trade).reverse() }
}
