import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  INDICATOR_NAMES,
  INDICATORS,
  type IndicatorKind,
  type IndicatorName,
  type IndicatorParameters
} from '../../src/market/indicator-catalog.ts'
import { type IndicatorSeries, indicatorSeries } from '../../src/market/indicator-series.ts'
import { recording } from '../flow/support/shared-data.ts'
import { type Bar, ORACLES } from './indicator-oracle.ts'

const tolerance = 1e-9
const reference = recording('indicator-reference')

function seriesOf(
  name: IndicatorName,
  parameters: IndicatorParameters,
  bars: readonly Bar[],
  skip = 0
): IndicatorSeries {
  const entries = INDICATORS[name].columns.map(
    (column) => [column, Float64Array.from(bars, (bar) => bar[column])] as const
  )
  return indicatorSeries({ name, parameters, calendar: 'utc', columns: Object.fromEntries(entries), skip })
}

function defaultsOf(name: IndicatorName): IndicatorParameters {
  const { parameters }: IndicatorKind = INDICATORS[name]
  return Object.fromEntries(Object.entries(parameters).map(([key, parameter]) => [key, parameter.default]))
}

/** Both have a value in the same places, and there they differ by no more than the tolerance. */
function expectEqual(found: ArrayLike<number> | undefined, expected: readonly number[], label: string): void {
  expect(found, label).toHaveLength(expected.length)
  const wrong = expected.flatMap((value, index) => {
    const other = found?.[index] ?? NaN
    const isEqual = Number.isNaN(value)
      ? Number.isNaN(other)
      : Math.abs(value - other) <= tolerance * Math.max(1, Math.abs(value))
    return isEqual ? [] : [`${label}[${index}]: expected ${value}, found ${other}`]
  })
  expect(wrong).toEqual([])
}

/** A random walk, on a small grid so that equal closes occur; some candles without volume. */
const walk = fc
  .array(fc.record({ step: fc.integer({ min: -8, max: 8 }), up: fc.nat(5), down: fc.nat(5), volume: fc.nat(9) }), {
    minLength: 0,
    maxLength: 120
  })
  .map((steps) => {
    let close = 100
    return steps.map(({ step, up, down, volume }, index): Bar => {
      const open = close
      close = Math.max(1, close + step / 4)
      const [high, low] = [Math.max(open, close) + up / 4, Math.min(open, close) - down / 8]
      return { openTime: 86_400_000 - 60 * 60_000 + index * 60_000, high, low, close, volume }
    })
  })

const lengths = fc.integer({ min: 2, max: 30 })
const parametersFor = (name: IndicatorName) =>
  fc
    .record({
      length: lengths,
      fast: lengths,
      slow: lengths,
      signal: lengths,
      deviations: fc.integer({ min: 1, max: 30 })
    })
    .map((all) => {
      const chosen = Object.keys(INDICATORS[name].parameters).map(
        (key) => [key, Reflect.get(all, key) as number] as const
      )
      return Object.fromEntries(chosen.map(([key, value]) => [key, key === 'deviations' ? value / 10 : value]))
    })

describe.each(INDICATOR_NAMES)('%s', (name) => {
  it('is what its definition says, with every parameter and for any candles', () => {
    fc.assert(
      fc.property(walk, parametersFor(name), (bars, parameters) => {
        const found = seriesOf(name, parameters, bars)
        const expected = ORACLES[name]?.(bars, parameters) ?? {}
        expect(Object.keys(found)).toEqual([...INDICATORS[name].fields])
        for (const [field, values] of Object.entries(expected)) expectEqual(found[field], values, field)
      })
    )
  })

  it('does not depend on where it began once it has warmed up', () => {
    const parameters = defaultsOf(name)
    const { warmUp }: IndicatorKind = INDICATORS[name]
    const amount = warmUp(parameters)
    if (name === 'obv') return expect(amount).toBe(0)
    const bars = Array.from({ length: 2_000 }, (_, index): Bar => {
      const close = 100 + 40 * Math.sin(index / 7) + 15 * Math.sin(index * 1.3)
      return { openTime: index * 60_000, high: close + 3, low: close - 2, close, volume: 1 + (index % 5) }
    })
    const skip = amount === 'day' ? 1_440 : 1_000
    const begin = skip - (amount === 'day' ? 0 : amount)
    const whole = seriesOf(name, parameters, bars, skip)
    const part = seriesOf(name, parameters, bars.slice(begin), skip - begin)
    for (const field of INDICATORS[name].fields) expectEqual(part[field], [...(whole[field] ?? [])], field)
  })

  it('has no value for no candles', () => {
    for (const values of Object.values(seriesOf(name, defaultsOf(name), []))) expect(values).toHaveLength(0)
  })
})

describe.skipIf(reference === undefined)('Indicators computed in a spreadsheet', () => {
  const rows = (file: string) => {
    const lines = readFileSync(`${reference}/${file}`, 'utf8').trim().split('\n').slice(1)
    return lines.map((line) => line.trim().split(','))
  }
  /** Values of a column; an empty cell is a candle without a value. */
  const column = (file: string, index: number) => rows(file).map((row) => (row[index] ? Number(row[index]) : NaN))
  const barsOf = (file: string) =>
    rows(file).map(([date = '', , ...values]): Bar => {
      const [high = NaN, low = NaN, close = NaN, volume = NaN] = values.map(Number)
      return { openTime: Date.parse(`${date.replace(' ', 'T')}Z`) || Date.parse(date), high, low, close, volume }
    })

  it.each([
    ['sma', { sma: 1 }, 'sma20.csv'],
    ['ema', { ema: 1 }, 'ema20.csv'],
    ['rsi', { rsi: 1 }, 'rsi14.csv'],
    ['macd', { macd: 1, signal: 2, histogram: 3 }, 'macd12_26_9.csv'],
    ['bollinger', { middle: 1, upper: 2, lower: 3 }, 'bb20_2.csv'],
    ['atr', { atr: 2 }, 'atr14.csv'],
    ['obv', { obv: 1 }, 'obv.csv']
  ] as const)('of 502 days are what %s gives, from the first value on', (name, fields, file) => {
    const found = seriesOf(name, defaultsOf(name), barsOf('quotes_spy_daily_502.csv'))
    for (const [field, index] of Object.entries(fields)) expectEqual(found[field], column(file, index), field)
  })

  it('of the minutes of a day are what vwap gives', () => {
    const expected = column('vwap.csv', 1)
    const bars = barsOf('quotes_intraday.csv').slice(0, expected.length)
    expectEqual(seriesOf('vwap', {}, bars).vwap, expected, 'vwap')
  })
})
