import type { Interval } from '../../market/candle-interval.ts'

/** TradingView's names of our intervals, finest first; those without a letter are minutes. */
const RESOLUTIONS: Readonly<Record<Interval, string>> = {
  '1s': '1S',
  '1m': '1',
  '3m': '3',
  '5m': '5',
  '15m': '15',
  '30m': '30',
  '1h': '60',
  '4h': '240',
  '1d': '1D',
  '1w': '1W',
  '1M': '1M'
}

/** TradingView's name of an interval. */
export function resolutionOf(interval: Interval): string {
  return RESOLUTIONS[interval]
}

/** The interval of a resolution; `D`, `W`, `M` and `S` mean one of them. */
export function intervalOf(resolution: string): Interval | undefined {
  const name = /^[SDWM]$/.test(resolution) ? `1${resolution}` : resolution
  const found = Object.entries(RESOLUTIONS).find(([, value]) => value === name)
  return found?.[0] as Interval | undefined
}
