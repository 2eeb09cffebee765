import type { Interval } from '../../src/market/candle-interval.ts'
import type { Candle } from '../../src/protocol/market-data.ts'
import type { Bar } from './charting-library.ts'

/** TradingView's names of our intervals; those without a letter are minutes. */
const INTERVALS: Readonly<Record<string, Interval>> = {
  '1S': '1s',
  '1': '1m',
  '3': '3m',
  '5': '5m',
  '15': '15m',
  '30': '30m',
  '60': '1h',
  '240': '4h',
  '1D': '1d',
  '1W': '1w',
  '1M': '1M'
}
const DAY_MS = 86_400_000

/** The interval of a resolution; `D`, `W`, `M` and `S` mean one of them. */
export function intervalOf(resolution: string): Interval | undefined {
  return INTERVALS[/^[SDWM]$/.test(resolution) ? `1${resolution}` : resolution]
}

/** Charts want bars of a day and more at midnight UTC of their day, wherever the market's own midnight is. */
export function barOf(interval: Interval, candle: Candle): Bar {
  const { openTime, open, high, low, close, volume } = candle
  const isDaily = interval === '1d' || interval === '1w' || interval === '1M'
  return {
    time: isDaily ? openTime - (openTime % DAY_MS) : openTime,
    open: Number(open),
    high: Number(high),
    low: Number(low),
    close: Number(close),
    volume: Number(volume)
  }
}
