import type { Book } from '../protocol/market-data.ts'
import type { Update } from '../protocol/server-events.ts'
import { OrderBook } from './order-book.ts'

/** The newest state of a book channel, to be put together; plain data, so that it can cross to a job's thread. */
export interface BookJob {
  /** JSON text of updates as a late joiner gets them: a snapshot, and perhaps deltas after it. */
  readonly updates: string
  /** Most levels a side. */
  readonly depth: number
}

/** The book that a late joiner would have, as JSON text: `{seq, exchangeTime, ingestTime, bids, asks, …}`. */
export function presentBook({ updates, depth }: BookJob): string {
  const list = JSON.parse(updates) as readonly Update[]
  const book = new OrderBook()
  for (const { type, data } of list) {
    if (type === 'snapshot') book.load(data as Book)
    else book.apply(data as Book)
  }
  const newest = list.at(-1)
  const { seq = 0, exchangeTime = null, ingestTime = null } = newest ?? {}
  return JSON.stringify({ seq, exchangeTime, ingestTime, ...book.snapshot(depth) })
}
