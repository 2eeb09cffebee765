import type { CalendarName } from '../protocol/calendar-rule.ts'
import { type Calendar, UTC_24X7 } from './calendar.ts'
import { usEquities } from './calendar-us-equities.ts'

const CALENDARS = { utc: () => UTC_24X7, 'us-equities': () => usEquities() } as const satisfies Readonly<
  Record<CalendarName, () => Calendar>
>

/** Makes the calendar of a name. */
export function calendarNamed(name: CalendarName): Calendar {
  return CALENDARS[name]()
}
