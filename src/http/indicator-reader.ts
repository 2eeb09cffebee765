import { INTRADAY_MS, type Interval } from '../market/candle-interval.ts'
import {
  INDICATORS,
  type IndicatorColumn,
  type IndicatorKind,
  type IndicatorName,
  type IndicatorParameters
} from '../market/indicator-catalog.ts'
import type { IndicatorSeries } from '../market/indicator-series.ts'
import { calendarNamed } from '../market/named-calendar.ts'
import type { Candle } from '../protocol/market-data.ts'
import type { CandleReader, CandleReading, CandleWish } from './candle-reader.ts'
import type { HistoryView } from './history-view.ts'
import { type Jobs, runJob } from './jobs.ts'
import { HttpProblem } from './problems.ts'

export interface IndicatorReading {
  /** The candles that the values are of. */
  readonly reading: CandleReading
  readonly series: IndicatorSeries
  /** Earlier candles that were read for it, and so many as it takes until nothing depends on where it began. */
  readonly warmUp: { readonly candles: number; readonly wanted: number }
}

/**
 * Reads candles and computes an indicator over them.
 *
 * ```
 * history ── page, and the candles before it ──► here ── numbers: job ──► series
 * ```
 */
export class IndicatorReader {
  readonly #reader: CandleReader
  readonly #history: HistoryView
  readonly #jobs: Jobs

  constructor(reader: CandleReader, history: HistoryView, jobs: Jobs) {
    this.#reader = reader
    this.#history = history
    this.#jobs = jobs
  }

  /** @throws HttpProblem those of candles and jobs. */
  async read(
    wish: CandleWish,
    name: IndicatorName,
    parameters: IndicatorParameters,
    signal: AbortSignal
  ): Promise<IndicatorReading> {
    const calendar = this.#history.calendarOf(wish.venue, wish.symbol)
    const reading = await this.#reader.read(wish, signal)
    const [first] = reading.candles
    const { columns, warmUp }: IndicatorKind = INDICATORS[name]
    const amount = warmUp(parameters)
    const before = first === undefined ? undefined : warmUpWish(wish, first, amount, calendarNamed(calendar))
    const earlier = before === undefined ? [] : (await this.#reader.read(before, signal)).candles
    const job = { name, parameters, calendar, columns: columnsOf([...earlier, ...reading.candles], columns) }
    const series = await runJob(this.#jobs, 'indicator', { ...job, skip: earlier.length }, signal)
    return { reading, series, warmUp: { candles: earlier.length, wanted: amount === 'day' ? earlier.length : amount } }
  }
}

/** What an indicator is given, its defaults included. @throws HttpProblem `badRequest`. */
export function indicatorParameters(
  name: IndicatorName,
  interval: Interval,
  given: Readonly<Record<string, number | undefined>>
): IndicatorParameters {
  const { parameters, warmUp }: IndicatorKind = INDICATORS[name]
  const wrong = Object.keys(given).find((key) => given[key] !== undefined && !(key in parameters))
  if (wrong !== undefined) {
    const takes = Object.keys(parameters).join(', ') || 'no parameter'
    throw new HttpProblem('badRequest', `${wrong}: ${name} takes ${takes}, found ${wrong}=${given[wrong]}`)
  }
  const values = Object.entries(parameters).map(([key, parameter]) => [key, given[key] ?? parameter.default] as const)
  const chosen = Object.fromEntries(values)
  if (warmUp(chosen) === 'day' && interval === '1s') {
    throw new HttpProblem('badRequest', `interval: ${name} needs 1m or longer, found 1s: a day has too many seconds`)
  }
  return chosen
}

/** The candles to be read before `first`; `undefined` for none. */
function warmUpWish(
  { venue, symbol, interval }: CandleWish,
  { openTime }: Candle,
  amount: number | 'day',
  calendar: ReturnType<typeof calendarNamed>
): CandleWish | undefined {
  const wish = { venue, symbol, interval, to: openTime, isForward: false, fill: false }
  if (amount !== 'day') return amount === 0 ? undefined : { ...wish, limit: amount }
  const { startMs, endMs } = calendar.spanOf('1d', openTime)
  if (startMs >= openTime) return undefined
  return { ...wish, from: startMs, limit: Math.ceil((endMs - startMs) / INTRADAY_MS['1m']) }
}

/** Numbers cross to another thread at the cost of a copy; candles would cost ten times as much. */
function columnsOf(candles: readonly Candle[], names: readonly IndicatorColumn[]) {
  const entries = names.map((name) => [name, Float64Array.from(candles, (candle) => Number(candle[name]))] as const)
  return Object.fromEntries(entries)
}
