const WHOLE = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 })
const ONE = new Intl.NumberFormat('en-GB', { minimumFractionDigits: 1, maximumFractionDigits: 1 })
const TIME = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' })
const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** e.g. `12,345`. */
export function count(value: number): string {
  return WHOLE.format(value)
}

/** A number of things a second: with a decimal as long as it is small. */
export function rate(value: number | null): string {
  if (value === null) return '–'
  return value > 0 && value < 10 ? ONE.format(value) : WHOLE.format(value)
}

/** e.g. `1.5 MiB`. */
export function bytes(value: number): string {
  let [amount, unit] = [value, 0]
  while (amount >= 1_024 && unit < UNITS.length - 1) {
    amount /= 1_024
    unit += 1
  }
  const number = unit === 0 || amount >= 100 ? WHOLE.format(amount) : ONE.format(amount)
  return `${number} ${UNITS[unit]}`
}

/** A short time, e.g. `0.4 ms`, `120 ms`, `2.5 s`. */
export function milliseconds(value: number | null): string {
  if (value === null) return '–'
  if (value >= 1_000) return `${ONE.format(value / 1_000)} s`
  return `${value < 10 && !Number.isInteger(value) ? ONE.format(value) : WHOLE.format(value)} ms`
}

/** How long something has lasted, in its two largest units, e.g. `3 min 12 s`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000))
  const [days, hours, minutes] = [Math.floor(seconds / 86_400), Math.floor(seconds / 3_600), Math.floor(seconds / 60)]
  if (days > 0) return `${days} d ${hours % 24} h`
  if (hours > 0) return `${hours} h ${minutes % 60} min`
  if (minutes > 0) return `${minutes} min ${seconds % 60} s`
  return `${seconds} s`
}

/** Time of day here, e.g. `14:03:59`. */
export function timeOfDay(time: number): string {
  return TIME.format(time)
}

/** `1 client`, `2 clients`. */
export function many(amount: number, noun: string): string {
  return `${count(amount)} ${noun}${amount === 1 ? '' : 's'}`
}
