/** Times as people read them, on the clock and in the zone of this machine. */

const two = (value: number): string => String(value).padStart(2, '0')

/** `16:02:33`. */
export function clockText(timeMs: number): string {
  const date = new Date(timeMs)
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}

/** `16:02`. */
export function minuteText(timeMs: number): string {
  return clockText(timeMs).slice(0, 5)
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `25 Nov`. */
export function dayText(timeMs: number): string {
  const date = new Date(timeMs)
  return `${date.getDate()} ${MONTHS[date.getMonth()]}`
}
