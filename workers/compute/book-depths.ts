import type { ChannelMessage } from '../../src/protocol/feed-message.ts'
import type { Book } from '../../src/protocol/market-data.ts'
import { BaseTally } from './base-tally.ts'
import type { BookKeeper } from './book-keeper.ts'

/** Levels a side of the channels that are offered for each full book. */
const BOOK_DEPTHS = [5, 10, 20, 50, 100] as const

/** One channel `book:VENUE:SYMBOL:DEPTH`. */
interface DepthView {
  readonly channel: string
  /** The channel of the full book. */
  readonly book: string
  readonly depth: number
  readonly tally: BaseTally
  isWanted: boolean
}

/** The depths of one book that are being published: each has had its snapshot. */
interface Published {
  readonly views: readonly DepthView[]
  readonly depths: readonly number[]
}

const NONE: Published = { views: [], depths: [] }

/**
 * Makes channels of limited depth out of full books: of each only its best N levels a side, and only while somebody
 * wants them.
 *
 * It stands where books are written, behind the backlog, and shares the one order book that `BookKeeper` keeps for late
 * joiners. So a depth says what the full book says in the same batch; and of changes that were merged for want of credit
 * it tells the sum.
 *
 * ```
 * feed ──► derive ──► backlog ──► book:V:S ──► BookDepths ──► book:V:S:5, book:V:S:20
 *                                    └── BookKeeper: the order book ──┘
 * ```
 */
export class BookDepths {
  readonly #books: BookKeeper
  readonly #views = new Map<string, DepthView>()
  /** By the channel of the full book. */
  readonly #offered = new Map<string, readonly string[]>()
  readonly #published = new Map<string, Published>()

  constructor(books: BookKeeper) {
    this.#books = books
  }

  /** Offers the depths of a full book, but for those that the feed publishes itself; returns their channels. */
  offer(book: string, isTaken: (channel: string) => boolean): readonly string[] {
    const views = BOOK_DEPTHS.map((depth) => ({ channel: `${book}:${depth}`, depth })).filter(
      ({ channel }) => !isTaken(channel)
    )
    for (const { channel, depth } of views) {
      this.#views.set(channel, { channel, book, depth, tally: new BaseTally(), isWanted: false })
    }
    const channels = views.map(({ channel }) => channel)
    this.#offered.set(book, channels)
    return channels
  }

  /** The channels that are offered for a full book. */
  channelsOf(book: string): readonly string[] {
    return this.#offered.get(book) ?? []
  }

  /** Leaves a channel to the feed, which has begun to publish it itself. */
  leave(channel: string): void {
    const view = this.#views.get(channel)
    if (view === undefined) return
    this.rest(channel)
    this.#views.delete(channel)
    this.#offered.set(
      view.book,
      this.channelsOf(view.book).filter((other) => other !== channel)
    )
  }

  /** Notes that somebody wants the channel; true when it is offered. `begin` starts it. */
  want(channel: string): boolean {
    const view = this.#views.get(channel)
    if (view === undefined) return false
    view.isWanted = true
    return true
  }

  /** Notes that nobody wants the channel any more; true when it was being published. */
  rest(channel: string): boolean {
    const view = this.#views.get(channel)
    if (view === undefined) return false
    view.isWanted = false
    const { views } = this.#publishedOf(view.book)
    if (!views.includes(view)) return false
    this.#publish(
      view.book,
      views.filter((other) => other !== view)
    )
    return true
  }

  /**
   * The snapshot with which a wanted channel begins.
   *
   * @returns `undefined` when it has begun, and before the first snapshot of its full book, which brings one.
   */
  begin(channel: string): ChannelMessage | undefined {
    const view = this.#views.get(channel)
    if (view === undefined || !view.isWanted) return undefined
    const { views } = this.#publishedOf(view.book)
    const data = this.#books.base(view.book, view.depth)
    if (data === undefined || views.includes(view)) return undefined
    this.#publish(view.book, [...views, view])
    return { channel, exchangeTime: this.#books.exchangeTime(view.book), isSnapshot: true, data }
  }

  /**
   * Applies a message of a full book to the book that is kept.
   *
   * @param sizeBytes length of the message's JSON as it was sent to the main thread.
   * @returns what follows from it on the channels that are wanted.
   */
  follow(message: ChannelMessage, sizeBytes: number): readonly ChannelMessage[] {
    const { channel: book, exchangeTime } = message
    const { views, depths } = this.#publishedOf(book)
    const changes = this.#books.note(message, sizeBytes, depths)
    if (message.isSnapshot === true) return this.#snapshots(book, exchangeTime)
    return views.flatMap(({ channel }, place) => {
      const data = changes[place]
      return data === undefined ? [] : [{ channel, exchangeTime, data }]
    })
  }

  /** Tells that a message of a depth was sent as so many bytes of JSON. */
  note(channel: string, isSnapshot: boolean, sizeBytes: number): void {
    const tally = this.#views.get(channel)?.tally
    if (isSnapshot) tally?.begin(sizeBytes)
    else tally?.add(sizeBytes)
  }

  /** Says whether the deltas since the channel's last base outgrew it; see `BookKeeper`. */
  baseDue(channel: string): boolean {
    return this.#views.get(channel)?.tally.isDue ?? false
  }

  /** Copies the best levels of the present book. */
  base(channel: string): Book | undefined {
    const view = this.#views.get(channel)
    return view === undefined ? undefined : this.#books.base(view.book, view.depth)
  }

  /** Tells that a base was sent. */
  noteBase(channel: string, sizeBytes: number): void {
    this.note(channel, true, sizeBytes)
  }

  /** What a snapshot of the full book means to everybody who wants a part of it. */
  #snapshots(book: string, exchangeTime: number): readonly ChannelMessage[] {
    const wanted = this.channelsOf(book).flatMap((channel) => {
      const view = this.#views.get(channel)
      return view?.isWanted ? [view] : []
    })
    this.#publish(book, wanted)
    return wanted.flatMap(({ channel, depth }) => {
      const data = this.#books.base(book, depth)
      return data === undefined ? [] : [{ channel, exchangeTime, isSnapshot: true, data }]
    })
  }

  #publishedOf(book: string): Published {
    return this.#published.get(book) ?? NONE
  }

  #publish(book: string, views: readonly DepthView[]): void {
    if (views.length === 0) this.#published.delete(book)
    else this.#published.set(book, { views, depths: views.map(({ depth }) => depth) })
  }
}
