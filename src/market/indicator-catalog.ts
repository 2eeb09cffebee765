/** What an indicator reads of a candle. */
export type IndicatorColumn = 'openTime' | 'high' | 'low' | 'close' | 'volume'

/** A number that an indicator can be given. */
export interface IndicatorParameter {
  readonly default: number
  readonly minimum: number
  readonly maximum: number
  readonly isInteger: boolean
}

export type IndicatorParameters = Readonly<Record<string, number>>

export interface IndicatorKind {
  readonly title: string
  readonly parameters: Readonly<Record<string, IndicatorParameter>>
  readonly columns: readonly IndicatorColumn[]
  /** Names of its values, in the order in which they are computed. */
  readonly fields: readonly string[]
  /** How it begins, where others begin differently. */
  readonly seeding: string
  /**
   * Candles before one after which its values no longer depend on where the series began, to 1e-12 of the difference
   * that the beginning made; `day` for those since the day began.
   */
  readonly warmUp: (parameters: IndicatorParameters) => number | 'day'
}

/** What is left of the influence of the first value where a series counts as settled. */
const NEGLIGIBLE = 1e-12

/** Longest indicator: it warms up on some 9,000 candles. */
const MAX_LENGTH = 300

const length = (initial: number): IndicatorParameter => ({
  default: initial,
  minimum: 2,
  maximum: MAX_LENGTH,
  isInteger: true
})

/** Smoothing with this weight of the newest value, begun with an average of `count` values. */
const settled = (weight: number, count: number) => Math.ceil(Math.log(NEGLIGIBLE) / Math.log(1 - weight)) + count
const emaSettled = (count: number) => settled(2 / (count + 1), count)
const wilderSettled = (count: number) => settled(1 / count, count)

/**
 * Every indicator there is, and how it is begun. Numbers are doubles: indicators are statistics, not prices.
 *
 * @see https://github.com/DaveSkender/Stock.Indicators whose spreadsheets the values are checked against.
 */
export const INDICATORS = {
  sma: {
    title: 'Simple moving average of closes',
    parameters: { length: length(20) },
    columns: ['close'],
    fields: ['sma'],
    seeding: 'None: the mean of the last `length` closes',
    warmUp: ({ length = 0 }) => length - 1
  },
  ema: {
    title: 'Exponential moving average of closes, weight 2 / (length + 1)',
    parameters: { length: length(20) },
    columns: ['close'],
    fields: ['ema'],
    seeding: 'The first value is the mean of the first `length` closes',
    warmUp: ({ length = 0 }) => emaSettled(length)
  },
  rsi: {
    title: "Wilder's relative strength index, 0 to 100",
    parameters: { length: length(14) },
    columns: ['close'],
    fields: ['rsi'],
    seeding:
      "The first averages of gains and losses are the means of the first `length` changes, then Wilder's smoothing " +
      '(weight 1 / length); 100 where there were no losses',
    warmUp: ({ length = 0 }) => wilderSettled(length) + 1
  },
  macd: {
    title: 'Difference of two exponential moving averages of closes, and its own average',
    parameters: { fast: length(12), slow: length(26), signal: length(9) },
    columns: ['close'],
    fields: ['macd', 'signal', 'histogram'],
    seeding: 'Each of the three averages begins with the mean of its first values; `macd` with the slower one',
    warmUp: ({ fast = 0, slow = 0, signal = 0 }) => emaSettled(Math.max(fast, slow)) + emaSettled(signal)
  },
  bollinger: {
    title: 'Bollinger bands: simple moving average of closes, and so many standard deviations around it',
    parameters: {
      length: length(20),
      deviations: { default: 2, minimum: 0.1, maximum: 10, isInteger: false }
    },
    columns: ['close'],
    fields: ['middle', 'upper', 'lower'],
    seeding: 'None; the standard deviation is that of a population (divided by `length`, not by length - 1)',
    warmUp: ({ length = 0 }) => length - 1
  },
  atr: {
    title: "Wilder's average true range",
    parameters: { length: length(14) },
    columns: ['high', 'low', 'close'],
    fields: ['atr'],
    seeding:
      'The first candle has no true range, since it has no close before it; the first value is the mean of the first ' +
      "`length` true ranges, then Wilder's smoothing (weight 1 / length)",
    warmUp: ({ length = 0 }) => wilderSettled(length) + 1
  },
  obv: {
    title: 'On-balance volume',
    parameters: {},
    columns: ['close', 'volume'],
    fields: ['obv'],
    seeding: '0 at the first candle of the page: only its changes tell something',
    warmUp: () => 0
  },
  vwap: {
    title: 'Volume-weighted average of typical prices (high + low + close) / 3',
    parameters: {},
    columns: ['openTime', 'high', 'low', 'close', 'volume'],
    fields: ['vwap'],
    seeding: "Begins anew with each day of the market's calendar; intervals of a second are too many for that",
    warmUp: () => 'day'
  }
} as const satisfies Readonly<Record<string, IndicatorKind>>

export type IndicatorName = keyof typeof INDICATORS
export const INDICATOR_NAMES = Object.keys(INDICATORS) as readonly IndicatorName[]
