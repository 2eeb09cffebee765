import type { IndicatorParameters } from '../../src/market/indicator-catalog.ts'

/** A candle in doubles. */
export interface Bar {
  readonly openTime: number
  readonly high: number
  readonly low: number
  readonly close: number
  readonly volume: number
}

type Oracle = (bars: readonly Bar[], parameters: IndicatorParameters) => Readonly<Record<string, readonly number[]>>

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
const windowAt = (values: readonly number[], index: number, count: number) => values.slice(index - count + 1, index + 1)
const closesOf = (bars: readonly Bar[]) => bars.map(({ close }) => close)

/** Smooths by the formula of the textbook; what comes before `first` has no value, that one is a mean. */
function smoothed(values: readonly number[], weight: number, count: number, first = 0): number[] {
  const result: number[] = []
  values.forEach((value, index) => {
    if (index < first + count - 1) result.push(NaN)
    else if (index === first + count - 1) result.push(mean(windowAt(values, index, count)))
    else result.push(weight * value + (1 - weight) * (result[index - 1] ?? NaN))
  })
  return result
}

const emaOf = (values: readonly number[], count: number, first = 0) => smoothed(values, 2 / (count + 1), count, first)

/** Every indicator as its definition says: slow, and plainly right. */
export const ORACLES: Readonly<Record<string, Oracle>> = {
  sma: (bars, { length = 0 }) => ({
    sma: bars.map((_, index) => (index < length - 1 ? NaN : mean(windowAt(closesOf(bars), index, length))))
  }),
  ema: (bars, { length = 0 }) => ({ ema: emaOf(closesOf(bars), length) }),
  rsi: (bars, { length = 0 }) => {
    const changes = bars.map(({ close }, index) => close - (bars[index - 1]?.close ?? NaN))
    const gains = smoothed(
      changes.map((change) => Math.max(0, change)),
      1 / length,
      length,
      1
    )
    const losses = smoothed(
      changes.map((change) => Math.max(0, -change)),
      1 / length,
      length,
      1
    )
    return {
      rsi: gains.map((gain, index) => (losses[index] === 0 ? 100 : 100 - 100 / (1 + gain / (losses[index] ?? NaN))))
    }
  },
  macd: (bars, { fast = 0, slow = 0, signal: count = 0 }) => {
    const quick = emaOf(closesOf(bars), fast)
    const macd = emaOf(closesOf(bars), slow).map((value, index) => (quick[index] ?? NaN) - value)
    const signal = emaOf(macd, count, Math.max(fast, slow) - 1)
    return { macd, signal, histogram: macd.map((value, index) => value - (signal[index] ?? NaN)) }
  },
  bollinger: (bars, { length = 0, deviations = 0 }) => {
    const bands = bars.map((_, index) => {
      const closes = windowAt(closesOf(bars), index, length)
      if (index < length - 1) return { middle: NaN, width: NaN }
      const middle = mean(closes)
      return { middle, width: deviations * Math.sqrt(mean(closes.map((close) => (close - middle) ** 2))) }
    })
    return {
      middle: bands.map(({ middle }) => middle),
      upper: bands.map(({ middle, width }) => middle + width),
      lower: bands.map(({ middle, width }) => middle - width)
    }
  },
  atr: (bars, { length = 0 }) => {
    const ranges = bars.map(({ high, low }, index) => {
      const before = bars[index - 1]?.close ?? NaN
      return Math.max(high, before) - Math.min(low, before)
    })
    return { atr: smoothed(ranges, 1 / length, length, 1) }
  },
  obv: (bars) => {
    let sum = 0
    const obv = bars.map(({ close, volume }, index) => {
      sum += volume * Math.sign(close - (bars[index - 1]?.close ?? close))
      return sum
    })
    return { obv }
  },
  vwap: (bars) => {
    const day = (bar: Bar) => Math.floor(bar.openTime / 86_400_000)
    const vwap = bars.map((bar, index) => {
      const today = bars.slice(0, index + 1).filter((other) => day(other) === day(bar))
      const volume = today.reduce((sum, other) => sum + other.volume, 0)
      const value = today.reduce((sum, { high, low, close, volume }) => sum + ((high + low + close) / 3) * volume, 0)
      return volume === 0 ? NaN : value / volume
    })
    return { vwap }
  }
}
