import { BookState } from '../src/market/book-state.ts'
import { contractOf } from '../src/protocol/channel.ts'
import type { CodedError } from '../src/protocol/codes.ts'
import type { Quality } from '../src/protocol/feed-message.ts'
import type { Book } from '../src/protocol/market-data.ts'
import type { Update } from '../src/protocol/server-events.ts'
import type { Gap } from './gap.ts'
import { forPresent } from './listeners.ts'

/** How far the newest value of a channel can be trusted, and why. */
export interface LiveQuality {
  readonly quality: Quality | 'disconnected'
  /** `none` when it is live; otherwise a cause of the protocol, the name of a refusal, or what happened here. */
  readonly cause: string
  /** Since when, ms since the Unix epoch; told by the server where the cause is the server's. */
  readonly sinceMs: number
  /** When the newest update came, ms since the Unix epoch on this machine's clock. */
  readonly lastUpdateMs: number | undefined
}

/** Who holds a channel. */
export interface FeedHolder {
  /** An update that continues the channel, or sets it. */
  onUpdate(update: Update): void
  /** Value or quality changed; once for all updates that came together. */
  onFlush(feed: Feed): void
  onGap(gap: Gap): void
  /**
   * The server answered the subscription. What is refused for now is asked for again; a pattern that matches nothing now
   * is refused, and stays open all the same.
   */
  onAnswered(refusal: CodedError | undefined): void
}

/** What is known of one channel that somebody holds. */
export class Feed {
  readonly name: string
  readonly isEvent: boolean
  readonly holders = new Set<FeedHolder>()
  /** The book as it is now, for channels of books. */
  readonly book: BookState | undefined
  /** The newest update that was applied. */
  newest: Update | undefined
  epoch: string | undefined
  source: string | undefined
  quality: Quality = 'recovering'
  cause = 'starting'
  sinceMs = Date.now()
  receivedMs: number | undefined
  /** What comes before the answer to the subscription belongs to an earlier one. */
  isAnswered = false
  /** What is held is older than what the server is about to send. */
  awaitsSnapshot = false
  refusal: CodedError | undefined
  /** Events that are known to be lost. */
  missed = 0
  isDirty = false

  constructor(name: string) {
    const [kind = ''] = name.split(':', 1)
    this.name = name
    this.isEvent = contractOf(kind) === 'event'
    this.book = kind === 'book' ? new BookState() : undefined
  }

  apply(update: Update, nowMs: number): void {
    this.newest = update
    this.receivedMs = nowMs
    if (update.type === 'snapshot') {
      this.awaitsSnapshot = false
      this.book?.load(update.data as Book)
    } else this.book?.apply(update.data as Book)
    forPresent(this.holders, (holder) => holder.onUpdate(update))
  }

  /** The present state as a snapshot, for a holder that joins; `undefined` while there is none. */
  present(): Update | undefined {
    const { newest, epoch, book } = this
    if (newest === undefined) return undefined
    const { channel, seq, exchangeTime, ingestTime, data } = newest
    return {
      ...{ channel, seq, type: 'snapshot', exchangeTime, ingestTime, data: book?.snapshot() ?? data },
      ...(epoch !== undefined && { epoch })
    }
  }

  tellGap(cause: Gap['cause'], missed = 0): void {
    const gap: Gap = { channel: this.name, cause, missed }
    forPresent(this.holders, (holder) => holder.onGap(gap))
  }
}
