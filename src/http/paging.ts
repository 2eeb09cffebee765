import { Type } from 'typebox'

const defaultLimit = 100
const maxLimit = 1_000

/** Query of every route that answers in pages. */
export const PAGE_QUERY = {
  limit: Type.Integer({ minimum: 1, maximum: maxLimit, default: defaultLimit, description: 'Most entries to answer' }),
  after: Type.Optional(Type.String({ description: 'Only entries after this one: `next` of the page before' }))
}

/** What every page tells beside its entries. */
export const PAGE_INFO = {
  total: Type.Integer({ description: 'Entries on all pages' }),
  next: Type.Unsafe<string | null>({
    type: ['string', 'null'],
    description: 'Value of `after` for the next page; null on the last one'
  })
}

/** The part of `sorted` that was asked for; `keyOf` is what the entries are sorted by. */
export function pageOf<Entry>(
  sorted: readonly Entry[],
  keyOf: (entry: Entry) => string,
  { limit, after }: { readonly limit: number; readonly after?: string }
): { readonly entries: Entry[]; readonly total: number; readonly next: string | null } {
  const found = after === undefined ? 0 : sorted.findIndex((entry) => keyOf(entry) > after)
  const start = found < 0 ? sorted.length : found
  const entries = sorted.slice(start, start + limit)
  const last = entries.at(-1)
  const hasMore = last !== undefined && start + limit < sorted.length
  return { entries, total: sorted.length, next: hasMore ? keyOf(last) : null }
}
