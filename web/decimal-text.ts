/** Decimal strings as people read them. Nothing here goes through a float but what says so. */

/** Shown where there is no value. */
export const NOTHING = '–'

/** Digits after the point. */
export function decimalsOf(text: string): number {
  const point = text.indexOf('.')
  return point < 0 ? 0 : text.length - point - 1
}

/** Without zeros at the end that only fill up, as venues do that send `0.50000000`. */
export function withoutPadding(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}

/** With at least so many decimals, so that points stand below each other; digits are never cut. */
export function padDecimals(text: string, decimals: number): string {
  const missing = decimals - decimalsOf(text)
  if (missing <= 0) return text
  return `${text.includes('.') ? text : `${text}.`}${'0'.repeat(missing)}`
}

/** With commas between thousands. */
export function grouped(text: string): string {
  const point = text.indexOf('.')
  const whole = point < 0 ? text : text.slice(0, point)
  if (whole.length <= 3) return text
  return whole.replace(/\B(?=(?:\d{3})+$)/g, ',') + (point < 0 ? '' : text.slice(point))
}

/** `+1.25%`, with a true minus sign; without a sign where nothing changed. */
export function percentText(percent: number): string {
  if (!Number.isFinite(percent)) return NOTHING
  return `${signed(percent.toFixed(2))}%`
}

/** With `+` or a true minus sign before a number that is not zero. */
export function signed(text: string): string {
  const isZero = !/[1-9]/.test(text)
  if (isZero) return text.replace('-', '')
  return text.startsWith('-') ? `−${text.slice(1)}` : `+${text}`
}

const COMPACT = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 2 })

/** `1.25M`: for figures whose size matters and whose digits do not. */
export function compactText(text: string): string {
  const value = Number(text)
  return Number.isFinite(value) ? COMPACT.format(value) : NOTHING
}

/** The most decimals seen of one kind of value; it grows and never shrinks, so that columns stay where they are. */
export class Decimals {
  #most: number
  readonly #limit: number

  /** Starts with `least`; never more than `limit`. */
  constructor(least = 0, limit = 10) {
    this.#most = least
    this.#limit = limit
  }

  get count(): number {
    return this.#most
  }

  note(text: string): void {
    const decimals = decimalsOf(text)
    if (decimals > this.#most) this.#most = Math.min(decimals, this.#limit)
  }
}
