import { isDecimal } from '../../../src/market/decimal.ts'

/** A JSON object of the venue, not trusted yet. */
export type Fields = Readonly<Record<string, unknown>>

/** `value` as an object with fields; `undefined` for anything else, arrays included. */
export function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined
}

/** A decimal string; `undefined` when it is anything else. */
export function decimalOf(value: unknown): string | undefined {
  return isDecimal(value) ? value : undefined
}

/** An id or a time: an integer from 0 that a double holds exactly; `undefined` when it is anything else. */
export function integerOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}
