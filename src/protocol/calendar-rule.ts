import { patternMatcher } from './channel.ts'

/** The calendars there are: always open with days in UTC, and the sessions of US equities in New York's time. */
export const CALENDAR_NAMES = ['utc', 'us-equities'] as const

/** Names a calendar where the calendar itself cannot go: in settings, to another thread. */
export type CalendarName = (typeof CALENDAR_NAMES)[number]

/** Which symbols trade by a calendar. */
export interface CalendarRule {
  /** `VENUE:SYMBOL`; `*` stands for any run of characters within a part. */
  readonly symbols: string
  readonly calendar: CalendarName
}

/** Makes a function that tells the calendar of a symbol: that of the first rule that fits, else `utc`. */
export function calendarFinder(rules: readonly CalendarRule[]): (venue: string, symbol: string) => CalendarName {
  const tests = rules.map(({ symbols, calendar }) => ({ fits: patternMatcher(symbols), calendar }))
  return (venue, symbol) => tests.find(({ fits }) => fits(`${venue}:${symbol}`))?.calendar ?? 'utc'
}
