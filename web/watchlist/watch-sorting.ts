import type { WatchEntry } from './watch-entry.ts'

/** The columns one can sort by. */
export const SORT_COLUMNS = ['symbol', 'last', 'change'] as const
export type SortColumn = (typeof SORT_COLUMNS)[number]

/** An order of the watchlist. */
export interface SortOrder {
  readonly column: SortColumn
  readonly isDescending: boolean
}

/** Reads `change` or `-change`; anything else is the order by symbol. */
export function sortOrder(text: string): SortOrder {
  const isDescending = text.startsWith('-')
  const column = SORT_COLUMNS.find((name) => name === (isDescending ? text.slice(1) : text))
  return column === undefined ? { column: 'symbol', isDescending: false } : { column, isDescending }
}

/** The order after a press on the head of `column`: numbers begin with the highest, a second press turns it round. */
export function nextOrder({ column: held, isDescending }: SortOrder, column: SortColumn): string {
  const descends = column === held ? !isDescending : column !== 'symbol'
  return `${descends ? '-' : ''}${column}`
}

/** Whether the order changes as prices do. */
export function isMoving({ column }: SortOrder): boolean {
  return column !== 'symbol'
}

/** A new list in this order; symbols without a value come last in either direction. */
export function sortEntries(entries: readonly WatchEntry[], { column, isDescending }: SortOrder): WatchEntry[] {
  const sign = isDescending ? -1 : 1
  const byName = (a: WatchEntry, b: WatchEntry) => compareText(a.symbol, b.symbol) || compareText(a.venue, b.venue)
  if (column === 'symbol') return [...entries].sort((a, b) => sign * byName(a, b))
  const keyOf = ({ last, changePercent }: WatchEntry) => {
    if (column === 'change') return changePercent
    return last === '' ? Number.NaN : Number(last)
  }
  const keyed = entries.map((entry) => ({ entry, key: keyOf(entry) }))
  keyed.sort((a, b) => compareNumber(a.key, b.key, sign) || byName(a.entry, b.entry))
  return keyed.map(({ entry }) => entry)
}

function compareText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1
}

function compareNumber(a: number, b: number, sign: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b))
  return sign * (a - b)
}
