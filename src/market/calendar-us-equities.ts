import type { Calendar } from './calendar.ts'
import {
  type CalendarDate,
  daysSinceMonday,
  firstDayOf,
  INTRADAY_MS,
  type Interval,
  nextFirstDay,
  type TimeSpan
} from './candle-interval.ts'

/** Days that differ from the weekly rule, as `YYYY-MM-DD` in New York. */
export interface UsEquitiesDays {
  /** Weekdays without a session. */
  readonly holidays?: readonly string[]
  /** Days on which the session ends at 13:00. */
  readonly halfDays?: readonly string[]
}

const TIME_ZONE = 'America/New_York'
const OPEN_MINUTE = 9 * 60 + 30
const CLOSE_MINUTE = 16 * 60
const HALF_DAY_CLOSE_MINUTE = 13 * 60
const SATURDAY = 5
/** Days kept at hand; asking `Intl` for the time in New York takes microseconds. */
const KNOWN_DAY_LIMIT = 8

interface TradingDay extends TimeSpan {
  readonly date: CalendarDate
  /** 09:30, also on a day without a session: hours are counted from here. */
  readonly openMs: number
  readonly session: TimeSpan | undefined
}

/**
 * The calendar of US stock exchanges: New York time with its summer time, Monday to Friday 09:30 to 16:00.
 *
 * A trading day runs from midnight to midnight in New York. Intervals within it are counted from 09:30, backwards too,
 * and none crosses midnight: hours begin at half past, and the four-hour ones at 01:30, 05:30, 09:30, 13:30, 17:30 and
 * 21:30, besides the short one from midnight. Weeks start on Monday.
 */
export function usEquities({ holidays = [], halfDays = [] }: UsEquitiesDays = {}): Calendar {
  return new UsEquitiesCalendar(new Set(holidays), new Set(halfDays))
}

class UsEquitiesCalendar implements Calendar {
  readonly #holidays: ReadonlySet<string>
  readonly #halfDays: ReadonlySet<string>
  readonly #zone = new Intl.DateTimeFormat('en-US', {
    timeZone: TIME_ZONE,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric'
  })
  #knownDays: TradingDay[] = []

  constructor(holidays: ReadonlySet<string>, halfDays: ReadonlySet<string>) {
    this.#holidays = holidays
    this.#halfDays = halfDays
  }

  spanOf(interval: Interval, timeMs: number): TimeSpan {
    const day = this.#dayOf(timeMs)
    if (interval === '1d') return { startMs: day.startMs, endMs: day.endMs }
    if (interval === '1w' || interval === '1M') {
      const first = firstDayOf(interval, day.date)
      return { startMs: this.#timeOf(first), endMs: this.#timeOf(nextFirstDay(interval, first)) }
    }
    const lengthMs = INTRADAY_MS[interval]
    const startMs = day.openMs + Math.floor((timeMs - day.openMs) / lengthMs) * lengthMs
    return { startMs: Math.max(startMs, day.startMs), endMs: Math.min(startMs + lengthMs, day.endMs) }
  }

  sessionOf(timeMs: number): TimeSpan | undefined {
    return this.#dayOf(timeMs).session
  }

  isOpen(timeMs: number): boolean {
    const session = this.sessionOf(timeMs)
    return session !== undefined && timeMs >= session.startMs && timeMs < session.endMs
  }

  #dayOf(timeMs: number): TradingDay {
    const known = this.#knownDays.find(({ startMs, endMs }) => timeMs >= startMs && timeMs < endMs)
    if (known !== undefined) return known
    const local = new Date(timeMs + this.#offsetMs(timeMs))
    const date = { year: local.getUTCFullYear(), month: local.getUTCMonth(), day: local.getUTCDate() }
    const day = this.#makeDay(date)
    this.#knownDays = [day, ...this.#knownDays.slice(0, KNOWN_DAY_LIMIT - 1)]
    return day
  }

  #makeDay(date: CalendarDate): TradingDay {
    const name = new Date(Date.UTC(date.year, date.month, date.day)).toISOString().slice(0, 10)
    const hasSession = daysSinceMonday(date) < SATURDAY && !this.#holidays.has(name)
    const closeMinute = this.#halfDays.has(name) ? HALF_DAY_CLOSE_MINUTE : CLOSE_MINUTE
    const openMs = this.#timeOf(date, OPEN_MINUTE)
    return {
      date,
      startMs: this.#timeOf(date),
      endMs: this.#timeOf({ ...date, day: date.day + 1 }),
      openMs,
      session: hasSession ? { startMs: openMs, endMs: this.#timeOf(date, closeMinute) } : undefined
    }
  }

  /** The moment of a time in New York. Clocks there change at 02:00, which is never asked for. */
  #timeOf({ year, month, day }: CalendarDate, minute = 0): number {
    const localMs = Date.UTC(year, month, day, 0, minute)
    // The first guess may be on the wrong side of a change of clocks, but then it is off by an hour at most.
    const guessMs = localMs - this.#offsetMs(localMs)
    return localMs - this.#offsetMs(guessMs)
  }

  /** How far New York's clock is ahead of UTC, ms; negative. */
  #offsetMs(timeMs: number): number {
    const parts = Object.fromEntries(this.#zone.formatToParts(timeMs).map(({ type, value }) => [type, Number(value)]))
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(timeMs / 1_000) * 1_000
  }
}
