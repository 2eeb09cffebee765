import { type Message, Segment } from '../broadcast/segment.ts'
import type { Book, Level } from '../protocol/market-data.ts'
import { FLAG, RECORD } from '../protocol/port-messages.ts'
import type { Update } from '../protocol/server-events.ts'

type BookUpdate = Update & { readonly data: Book }
type Side = 'bids' | 'asks'

/**
 * Makes one message of consecutive messages of an order book: the newest size of every price that changed, or, when
 * there is a snapshot among them, the whole book.
 *
 * Everywhere else the main thread passes JSON on unread. Here it is read for clients that take the book at a limited
 * rate, once for all of them, and they get one update instead of many.
 */
export function mergedBook(messages: readonly Message[]): Message {
  const updates = messages.map(({ segment, index }) => JSON.parse(segment.json(index).toString()) as BookUpdate)
  const base = updates.findLastIndex(({ type }) => type === 'snapshot')
  const changes = updates.slice(Math.max(0, base)).map(({ data }) => data)
  const [first, last, newest] = [messages[0], messages.at(-1), updates.at(-1)]
  if (first === undefined || last === undefined || newest === undefined) throw new Error('a book is merged of messages')
  const prev = first.segment.prev(first.index)
  const { channel, seq, exchangeTime, ingestTime, data } = newest
  const isSnapshot = base >= 0
  const merged: BookUpdate = {
    channel,
    seq,
    ...(prev !== seq - 1 && { prev }),
    ...(isSnapshot && { type: 'snapshot', epoch: updates[base]?.epoch ?? '' }),
    exchangeTime,
    ingestTime,
    data: { ...data, bids: mergedSide('bids', changes, isSnapshot), asks: mergedSide('asks', changes, isSnapshot) }
  }
  const bytes = Buffer.from(JSON.stringify(merged))
  const records = last.segment.record(last.index)
  records[RECORD.prev] = prev
  records[RECORD.start] = 0
  records[RECORD.end] = bytes.length
  records[RECORD.flags] = isSnapshot ? FLAG.snapshot : FLAG.delta
  return { segment: new Segment(-1, bytes, records, last.segment.channels), index: 0 }
}

/** In the order of the side; a size of zero is kept only where it takes a level away. */
function mergedSide(side: Side, changes: readonly Book[], isSnapshot: boolean): Level[] {
  const levels = new Map<string, Level>()
  for (const change of changes) {
    for (const level of change[side]) {
      // Last in, last out: two spellings of one price keep the order in which they came.
      levels.delete(level[0])
      levels.set(level[0], level)
    }
  }
  const kept = [...levels.values()].filter(([, size]) => !isSnapshot || Number(size) !== 0)
  return kept.sort(([a], [b]) => (side === 'bids' ? Number(b) - Number(a) : Number(a) - Number(b)))
}
