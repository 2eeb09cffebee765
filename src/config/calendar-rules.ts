import type { CalendarName, CalendarRule } from '../protocol/calendar-rule.ts'
import type { Settings } from './settings.ts'

/** The rules of the setting `calendars`, in its order; none when all symbols trade by UTC. */
export function calendarRules(calendars: Settings['calendars']): readonly CalendarRule[] {
  if (calendars === 'utc') return []
  return calendars.map((rule) => {
    const [symbols = '', calendar = 'utc'] = rule.split('=')
    // The form of the setting allows no other name.
    return { symbols, calendar: calendar as CalendarName }
  })
}
