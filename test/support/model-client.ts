import type { Book } from '../../src/protocol/market-data.ts'
import type { Update } from '../../src/protocol/server-events.ts'
import { BookOracle } from './messages.ts'

/** What the model holds of one channel. */
export interface Held {
  epoch: string
  last: number
  /** A hole was seen; only a snapshot helps. */
  isStale: boolean
  /** Payload of the newest message applied. */
  newest: unknown
  readonly book: BookOracle
  /** Payloads applied one after the other since the last snapshot, that one included. */
  readonly events: unknown[]
}

/**
 * A client that does what the protocol tells it and nothing more: drop if `seq ≤ last`; a snapshot sets; otherwise
 * apply if `prev ≤ last`; otherwise there is a gap, and only a snapshot helps. Of another epoch it takes a snapshot only.
 */
export class ModelClient {
  readonly channels = new Map<string, Held>()

  /** Begins at the position that a subscription answer tells. */
  enter(channel: string, epoch: string, seq = 0): Held {
    const held: Held = { epoch, last: seq, isStale: false, newest: undefined, book: new BookOracle(), events: [] }
    this.channels.set(channel, held)
    return held
  }

  takeAll(updates: readonly Update[]): void {
    for (const update of updates) this.take(update)
  }

  take({ channel, seq, prev = seq - 1, type, epoch = '', data }: Update): void {
    const held = this.channels.get(channel)
    if (held === undefined) return
    const isSnapshot = type === 'snapshot'
    const isOfOtherEpoch = isSnapshot && epoch !== held.epoch
    if (seq <= held.last && !isOfOtherEpoch && !(isSnapshot && held.isStale)) return
    if (isSnapshot) {
      held.epoch = epoch
      held.isStale = false
      held.events.length = 0
      held.book.load(bookOf(channel, data))
    } else if (held.isStale || prev > held.last) {
      held.isStale = true
      return
    } else {
      held.book.apply(bookOf(channel, data))
    }
    held.last = seq
    held.newest = data
    held.events.push(data)
  }
}

function bookOf(channel: string, data: unknown): Book {
  return channel.startsWith('book:') ? (data as Book) : { bids: [], asks: [] }
}
