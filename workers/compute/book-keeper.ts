import { OrderBook } from '../../src/market/order-book.ts'
import type { ChannelMessage } from '../../src/protocol/feed-message.ts'
import type { Book } from '../../src/protocol/market-data.ts'
import { BaseTally } from './base-tally.ts'

interface KeptBook {
  readonly book: OrderBook
  readonly tally: BaseTally
  /** Venue clock of the last message, ms since the Unix epoch. */
  exchangeTime: number
}

const NO_DEPTHS: readonly number[] = []

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
 * or that tail would grow without end. The policy bounds it: a tail holds at most 512 deltas, and never more
 * than twice the bytes of its base (plus 32 deltas, so that a small book does not get a
 * base after each of its deltas). What a joiner is sent stays in proportion to the book itself.
 *
 * Memory here is bounded by the books: one per channel that had a snapshot. Deltas before it change nothing.
 */
export class BookKeeper {
  readonly #books = new Map<string, KeptBook>()

  /**
   * Applies a message of a `book:` channel, whose payload must be a `Book`; other channels are passed over.
   *
   * @param sizeBytes length of the message's JSON as it was sent to the main thread.
   * @param depths what a delta changed is told for these; see `OrderBook.applyInDepths`.
   */
  note(message: ChannelMessage, sizeBytes: number, depths = NO_DEPTHS): readonly (Book | undefined)[] {
    if (!message.channel.startsWith('book:')) return []
    const data = message.data as Book
    const kept = this.#books.get(message.channel)
    if (message.isSnapshot === true) {
      this.#load(message.channel, data, message.exchangeTime).begin(sizeBytes)
      return []
    }
    if (kept === undefined) return []
    kept.tally.add(sizeBytes)
    kept.exchangeTime = message.exchangeTime
    if (depths.length > 0) return kept.book.applyInDepths(data, depths)
    kept.book.apply(data)
    return []
  }

  /** Says whether the deltas since the channel's last base outgrew the policy. */
  baseDue(channel: string): boolean {
    return this.#books.get(channel)?.tally.isDue ?? false
  }

  /** Copies the channel's present book, or its best levels; `undefined` before its first snapshot. */
  base(channel: string, depth?: number): Book | undefined {
    return this.#books.get(channel)?.book.snapshot(depth)
  }

  /** Venue clock of the last message applied, ms since the Unix epoch; 0 before the first. */
  exchangeTime(channel: string): number {
    return this.#books.get(channel)?.exchangeTime ?? 0
  }

  /** Tells that a base of `sizeBytes` of JSON was sent: deltas count anew from here. */
  noteBase(channel: string, sizeBytes: number): void {
    this.#books.get(channel)?.tally.begin(sizeBytes)
  }

  #load(channel: string, data: Book, exchangeTime: number): BaseTally {
    const kept = this.#books.get(channel) ?? { book: new OrderBook(), tally: new BaseTally(), exchangeTime }
    kept.book.load(data)
    kept.exchangeTime = exchangeTime
    this.#books.set(channel, kept)
    return kept.tally
  }
}
