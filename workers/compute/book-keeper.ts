import { OrderBook } from '../../src/market/order-book.ts'
import type { ChannelMessage } from '../../src/protocol/feed-message.ts'
import type { Book } from '../../src/protocol/market-data.ts'

/** When a new base is due; see `BookKeeper`. */
export interface BasePolicy {
  /** Bytes of deltas, as a multiple of the bytes of the base they follow. Default 2. */
  readonly maxDeltaBytesRatio: number
  /** Deltas that are always kept, however large. Default 32. */
  readonly minDeltas: number
  /** Deltas after which a base is due however small they are. Default 512. */
  readonly maxDeltas: number
}

const DEFAULT_POLICY: BasePolicy = { maxDeltaBytesRatio: 2, minDeltas: 32, maxDeltas: 512 }

interface KeptBook {
  readonly book: OrderBook
  baseBytes: number
  deltaBytes: number
  deltaCount: number
}

/**
 * Keeps the order book of every `book:` channel of a producer, and says when the main thread needs a new base.
 *
 * The main thread never looks into a book. To serve late joiners it keeps, as text, the last whole book (the base) and
 * every delta since:
 *
 * ```
 * producer thread: BookKeeper ── base │ delta │ delta │ … ──port──► main thread: base + deltas ──► late joiner
 * ```
 *
 * Venues send one snapshot at the start and then deltas for hours, so somebody must write a fresh base now and then,
 * or that tail would grow without end. The policy bounds it: a tail holds at most `maxDeltas` deltas, and never more
 * than `maxDeltaBytesRatio` times the bytes of its base (plus `minDeltas` deltas, so that a small book does not get a
 * base after each of its deltas). What a joiner is sent stays in proportion to the book itself.
 *
 * Memory here is bounded by the books: one per channel that had a snapshot. Deltas before it change nothing.
 */
export class BookKeeper {
  readonly #books = new Map<string, KeptBook>()
  readonly #policy: BasePolicy

  constructor(policy: BasePolicy = DEFAULT_POLICY) {
    this.#policy = policy
  }

  /**
   * Applies a message of a `book:` channel, whose payload must be a `Book`; other channels are passed over.
   *
   * @param sizeBytes length of the message's JSON as it was sent to the main thread.
   */
  note(message: ChannelMessage, sizeBytes: number): void {
    if (!message.channel.startsWith('book:')) return
    const kept = this.#books.get(message.channel)
    if (message.isSnapshot === true) {
      const book = kept?.book ?? new OrderBook()
      book.load(message.data as Book)
      this.#books.set(message.channel, { book, baseBytes: sizeBytes, deltaBytes: 0, deltaCount: 0 })
    } else if (kept !== undefined) {
      kept.book.apply(message.data as Book)
      kept.deltaBytes += sizeBytes
      kept.deltaCount += 1
    }
  }

  /** Says whether the deltas since the channel's last base outgrew the policy. */
  baseDue(channel: string): boolean {
    const kept = this.#books.get(channel)
    if (kept === undefined) return false
    const { maxDeltaBytesRatio, minDeltas, maxDeltas } = this.#policy
    if (kept.deltaCount > maxDeltas) return true
    return kept.deltaCount >= minDeltas && kept.deltaBytes > maxDeltaBytesRatio * kept.baseBytes
  }

  /** Copies the channel's present book; `undefined` before its first snapshot. */
  base(channel: string): Book | undefined {
    return this.#books.get(channel)?.book.snapshot()
  }

  /** Tells that a base of `sizeBytes` of JSON was sent: deltas count anew from here. */
  noteBase(channel: string, sizeBytes: number): void {
    const kept = this.#books.get(channel)
    if (kept === undefined) return
    kept.baseBytes = sizeBytes
    kept.deltaBytes = 0
    kept.deltaCount = 0
  }
}
