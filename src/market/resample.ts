import type { CalendarName } from '../protocol/calendar-rule.ts'
import type { Candle } from '../protocol/market-data.ts'
import type { Calendar } from './calendar.ts'
import { DAY_MS, INTRADAY_MS, type Interval, MADE_OF, type TimeSpan } from './candle-interval.ts'
import { resampleCandles } from './candle-resample.ts'
import { calendarNamed } from './named-calendar.ts'
import { type FilledPage, type FillWish, fillBackward, fillForward } from './resample-fill.ts'

/** Most finer candles that one candle is made of: with more, reading them would take longer than a client waits. */
const MAX_FINER_CANDLES = 2_500

const LENGTH_MS: Readonly<Record<Interval, number>> = {
  ...INTRADAY_MS,
  '1d': DAY_MS,
  '1w': 7 * DAY_MS,
  '1M': 31 * DAY_MS
}

/** What is to become of a page of stored candles; plain data, so that it can cross to a job's thread. */
export interface ResampleJob {
  /** Oldest first. */
  readonly candles: readonly Candle[]
  /** Interval of `candles`. */
  readonly source: Interval
  /** Interval of the candles that are wanted: the same, or one that `source` divides. */
  readonly interval: Interval
  readonly calendar: CalendarName
  /** Wanted are candles with `from <= openTime < to`. */
  readonly from: number
  readonly to: number
  readonly limit: number
  /** True for the first `limit` candles from `from` on, false for the last ones before `to`. */
  readonly isForward: boolean
  /** The page ends before the range does: at its end when forward, else at its beginning. */
  readonly isCut: boolean
  /** Absent: intervals without trades stay out. */
  readonly fill?: FillWish
}

/** The coarsest of the `available` intervals of which candles of `interval` can be made; the interval itself if it is there. */
export function sourceInterval(interval: Interval, available: readonly Interval[]): Interval | undefined {
  let source: Interval | undefined = interval
  while (source !== undefined && !available.includes(source)) source = MADE_OF[source]
  return source !== undefined && finerCandles(source, interval) <= MAX_FINER_CANDLES ? source : undefined
}

/** Most candles of `source` in one of `interval`. */
export function finerCandles(source: Interval, interval: Interval): number {
  return Math.ceil(LENGTH_MS[interval] / LENGTH_MS[source])
}

/**
 * The part of `from <= t < to` that whole intervals cover: from the first that begins in it to the end of the last one
 * that does.
 */
export function wholeIntervals(interval: Interval, calendar: Calendar, from: number, to: number): TimeSpan {
  const first = calendar.spanOf(interval, from)
  const startMs = first.startMs < from ? first.endMs : from
  return { startMs, endMs: to > startMs ? calendar.spanOf(interval, to - 1).endMs : startMs }
}

/** Makes candles coarser, fills gaps, and keeps what was asked for. */
export function resamplePage(job: ResampleJob): FilledPage {
  const calendar = calendarNamed(job.calendar)
  const { interval, from, to, limit, isForward, fill } = job
  const candles = coarser(job, calendar).filter(({ openTime }) => openTime >= from && openTime < to)
  if (fill !== undefined) {
    const filler = { interval, calendar, ...fill }
    // What comes after a page that was cut is known to the next page only.
    if (isForward) return fillForward(candles, job.isCut ? { ...filler, until: from } : filler, from, limit, job.isCut)
    return fillBackward(candles, filler, limit, job.isCut)
  }
  const kept = isForward ? candles.slice(0, limit) : candles.slice(Math.max(0, candles.length - limit))
  return { candles: kept, hasMore: job.isCut || kept.length < candles.length }
}

/** A candle of which the page holds some finer candles only is left out. */
function coarser({ candles, source, interval, isForward, isCut }: ResampleJob, calendar: Calendar): readonly Candle[] {
  if (source === interval) return candles
  const resampled = resampleCandles(candles, source, interval, calendar)
  if (!isCut) return resampled
  return isForward ? resampled.slice(0, -1) : resampled.slice(1)
}
