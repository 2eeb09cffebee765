import { type Calendar, UTC_24X7 } from './calendar.ts'
import { usEquities } from './calendar-us-equities.ts'

const CALENDARS = { utc: () => UTC_24X7, 'us-equities': () => usEquities() } as const satisfies Readonly<
  Record<string, () => Calendar>
>

/** Names a calendar where the calendar itself cannot go: to another thread. */
export type CalendarName = keyof typeof CALENDARS

/** Makes the calendar of a name. */
export function calendarNamed(name: CalendarName): Calendar {
  return CALENDARS[name]()
}
