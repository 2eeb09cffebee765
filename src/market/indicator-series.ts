import { BollingerBands, OBV, RSI, SMA, VWAP } from 'trading-signals'
import type { CalendarName } from '../protocol/calendar-rule.ts'
import type { Calendar } from './calendar.ts'
import { INDICATORS, type IndicatorColumn, type IndicatorName, type IndicatorParameters } from './indicator-catalog.ts'
import { SeededAtr, SeededEma } from './indicator-seed.ts'
import { calendarNamed } from './named-calendar.ts'

/** An indicator to be computed; plain data, so that it can cross to a job's thread. */
export interface IndicatorJob {
  readonly name: IndicatorName
  /** All that the indicator has; see `INDICATORS`. */
  readonly parameters: IndicatorParameters
  readonly calendar: CalendarName
  /** Candles, oldest first, as one array for each column that the indicator reads. */
  readonly columns: Readonly<Partial<Record<IndicatorColumn, Float64Array>>>
  /** Candles at the beginning that only warm the indicator up. */
  readonly skip: number
}

/** Values of each field for each candle after those skipped; `NaN` while there are too few candles before. */
export type IndicatorSeries = Readonly<Record<string, Float64Array>>

type NumericCandle = Readonly<Record<IndicatorColumn, number>>

/** Takes the next candle and gives the values in the order of the indicator's fields. */
type Step = (candle: NumericCandle) => readonly number[]

/** Computes an indicator over a range of candles. */
export function indicatorSeries(job: IndicatorJob): IndicatorSeries {
  const { name, parameters, columns, skip } = job
  const [first] = INDICATORS[name].columns
  const count = columns[first]?.length ?? 0
  const at = (column: IndicatorColumn, index: number) => columns[column]?.[index] ?? NaN
  const series = INDICATORS[name].fields.map(() => new Float64Array(Math.max(0, count - skip)))
  const step = STEPS[name](parameters, calendarNamed(job.calendar))
  for (let index = 0; index < count; index++) {
    const values = step({
      openTime: at('openTime', index),
      high: at('high', index),
      low: at('low', index),
      close: at('close', index),
      volume: at('volume', index)
    })
    // Writing before the beginning of an array changes nothing.
    series.forEach((array, field) => {
      array[index - skip] = values[field] ?? NaN
    })
  }
  return Object.fromEntries(INDICATORS[name].fields.map((field, index) => [field, series[index] ?? new Float64Array()]))
}

const STEPS: Readonly<Record<IndicatorName, (parameters: IndicatorParameters, calendar: Calendar) => Step>> = {
  sma: ({ length = 0 }) => {
    const average = new SMA(length)
    return ({ close }) => [average.update(close, false) ?? NaN]
  },
  ema: ({ length = 0 }) => {
    const average = new SeededEma(length)
    return ({ close }) => [average.add(close)]
  },
  rsi: ({ length = 0 }) => {
    const index = new RSI(length)
    return ({ close }) => [index.update(close, false) ?? NaN]
  },
  macd: ({ fast = 0, slow = 0, signal = 0 }) => {
    const averages = { fast: new SeededEma(fast), slow: new SeededEma(slow), signal: new SeededEma(signal) }
    return ({ close }) => {
      const macd = averages.fast.add(close) - averages.slow.add(close)
      if (Number.isNaN(macd)) return []
      const average = averages.signal.add(macd)
      return [macd, average, macd - average]
    }
  },
  bollinger: ({ length = 0, deviations = 0 }) => {
    const bands = new BollingerBands(length, deviations)
    return ({ close }) => {
      const { middle, upper, lower } = bands.update(close, false) ?? { middle: NaN, upper: NaN, lower: NaN }
      return [middle, upper, lower]
    }
  },
  atr: ({ length = 0 }) => {
    const range = new SeededAtr(length)
    return ({ high, low, close }) => [range.add(high, low, close)]
  },
  obv: () => {
    const volume = new OBV(2)
    return (candle) => [volume.update({ ...candle, open: NaN }, false) ?? 0]
  },
  vwap: (_parameters, calendar) => {
    let average = new VWAP()
    let dayEndMs = -Infinity
    return (candle) => {
      if (candle.openTime >= dayEndMs) {
        average = new VWAP()
        dayEndMs = calendar.spanOf('1d', candle.openTime).endMs
      }
      average.update(candle, false)
      return [average.getResult() ?? NaN]
    }
  }
}
