/** The intervals of candles, finest first. */
export const INTERVALS = ['1s', '1m', '3m', '5m', '15m', '30m', '1h', '4h', '1d', '1w', '1M'] as const
export type Interval = (typeof INTERVALS)[number]

/** Length of the intervals that end within a day, ms. */
export const INTRADAY_MS = {
  '1s': 1_000,
  '1m': 60_000,
  '3m': 180_000,
  '5m': 300_000,
  '15m': 900_000,
  '30m': 1_800_000,
  '1h': 3_600_000,
  '4h': 14_400_000
} as const
export const DAY_MS = 86_400_000

/**
 * The coarsest interval that every candle of an interval is made of in whole candles; trades for the finest. Weeks and
 * months share no border, so both are made of days.
 */
export const MADE_OF: Readonly<Record<Interval, Interval | undefined>> = {
  '1s': undefined,
  '1m': '1s',
  '3m': '1m',
  '5m': '1m',
  '15m': '5m',
  '30m': '15m',
  '1h': '30m',
  '4h': '1h',
  '1d': '4h',
  '1w': '1d',
  '1M': '1d'
}

/** Says whether the text names one of the intervals. */
export function isInterval(text: string): text is Interval {
  return (INTERVALS as readonly string[]).includes(text)
}

/** A span of time: `startMs <= t < endMs`, ms since the Unix epoch. */
export interface TimeSpan {
  readonly startMs: number
  readonly endMs: number
}

/** The interval that holds a moment, in UTC: weeks start on Monday, months are those of the calendar. */
export function utcSpan(interval: Interval, timeMs: number): TimeSpan {
  if (interval !== '1d' && interval !== '1w' && interval !== '1M') {
    const startMs = timeMs - modulo(timeMs, INTRADAY_MS[interval])
    return { startMs, endMs: startMs + INTRADAY_MS[interval] }
  }
  const { year, month, day } = firstDayOf(interval, utcDate(timeMs))
  const next = nextFirstDay(interval, { year, month, day })
  return { startMs: Date.UTC(year, month, day), endMs: Date.UTC(next.year, next.month, next.day) }
}

/** A day of the calendar, of whatever time zone; months count from 0, and days may run over, as in `Date.UTC`. */
export interface CalendarDate {
  readonly year: number
  readonly month: number
  readonly day: number
}

function utcDate(timeMs: number): CalendarDate {
  const date = new Date(timeMs)
  return { year: date.getUTCFullYear(), month: date.getUTCMonth(), day: date.getUTCDate() }
}

/** First day of the day, week or month that holds a day. */
export function firstDayOf(interval: '1d' | '1w' | '1M', { year, month, day }: CalendarDate): CalendarDate {
  if (interval === '1M') return { year, month, day: 1 }
  return { year, month, day: interval === '1d' ? day : day - daysSinceMonday({ year, month, day }) }
}

/** First day of the interval after the one that begins with `first`. */
export function nextFirstDay(interval: '1d' | '1w' | '1M', { year, month, day }: CalendarDate): CalendarDate {
  if (interval === '1M') return { year, month: month + 1, day: 1 }
  return { year, month, day: day + (interval === '1d' ? 1 : 7) }
}

/** 0 on Monday to 6 on Sunday. */
export function daysSinceMonday({ year, month, day }: CalendarDate): number {
  return (new Date(Date.UTC(year, month, day)).getUTCDay() + 6) % 7
}

/** The remainder that is never negative, for times before 1970 too. */
function modulo(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor
}
