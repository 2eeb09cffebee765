import { mergeDeltas } from '../src/market/book-delta.ts'
import { OrderBook } from '../src/market/order-book.ts'
import type { Book, Candle } from '../src/protocol/market-data.ts'
import type { OutboxChannel } from './outbox-channel.ts'

/** A numbered message that waits for credit. */
export interface Waiting {
  readonly channel: OutboxChannel
  seq: number
  /** The message stands for `(prev, seq]`. */
  readonly prev: number
  exchangeTime: number
  ingestTime: number
  isSnapshot: boolean
  /** Nothing later says the same: it is told even to a client that gets only the newest state. */
  isFinal: boolean
  data: unknown
  /** Set while a whole book waits to which deltas were applied. */
  book?: OrderBook
}

/** What became of a message. */
export type Kept = 'kept' | 'merged' | 'dropped'

/**
 * What a producer could not send for want of credit.
 *
 * For a live feed it is bounded: state waits once per channel, the newest standing for all; events wait up to
 * `maxEvents`, and what comes then is dropped. A feed that can pause is paused, so that nothing is merged; what it had
 * under way waits here whole.
 */
export class Backlog {
  readonly #maxEvents: number
  readonly #merges: boolean
  #waiting: Waiting[] = []
  readonly #newest = new Map<OutboxChannel, Waiting>()
  /** Those whose place another has taken, further back. */
  readonly #gone = new Set<Waiting>()
  #first = 0
  #events = 0
  /** State messages that wait although a newer one of their channel does. */
  #superseded = 0

  constructor(maxEvents: number, merges: boolean) {
    this.#maxEvents = maxEvents
    this.#merges = merges
  }

  get size(): number {
    return this.#waiting.length - this.#first - this.#gone.size
  }

  keep(message: Waiting): Kept {
    if (!this.#merges) return this.#push(message)
    if (message.channel.contract === 'event') {
      if (this.#events >= this.#maxEvents) return 'dropped'
      this.#events += 1
      return this.#push(message)
    }
    const older = this.#newest.get(message.channel)
    if (older !== undefined) {
      if (isOfOneState(older, message) || this.#superseded >= this.#maxEvents) {
        merge(older, message)
        if (older.channel.isCandles) this.#moveBack(older)
        return 'merged'
      }
      this.#superseded += 1
    }
    this.#newest.set(message.channel, message)
    return this.#push(message)
  }

  /** Removes and returns the oldest. */
  take(): Waiting | undefined {
    let message = this.#next()
    while (message !== undefined && this.#gone.delete(message)) message = this.#next()
    if (message === undefined) return undefined
    if (message.channel.contract === 'event') this.#events -= 1
    else if (this.#newest.get(message.channel) === message) this.#newest.delete(message.channel)
    else this.#superseded -= 1
    if (message.book !== undefined) message.data = { ...message.book.snapshot(), ...rest(message.data as Book) }
    return message
  }

  /** The next in order, whether it is still there or not. */
  #next(): Waiting | undefined {
    const message = this.#waiting[this.#first]
    if (message === undefined) return undefined
    this.#first += 1
    if (this.#first === this.#waiting.length) {
      this.#waiting.length = 0
      this.#first = 0
    } else if (this.#first > 1_024 && this.#first * 2 > this.#waiting.length) {
      this.#waiting.splice(0, this.#first)
      this.#first = 0
    }
    return message
  }

  /** A candle leaves after all trades that it holds, so that who has it knows which trades come on top. */
  #moveBack(message: Waiting): void {
    const moved = { ...message }
    this.#gone.add(message)
    this.#newest.set(message.channel, moved)
    this.#waiting.push(moved)
    if (this.#gone.size <= this.size + 1_024) return
    this.#waiting = this.#waiting.slice(this.#first).filter((one) => !this.#gone.has(one))
    this.#first = 0
    this.#gone.clear()
  }

  #push(message: Waiting): Kept {
    this.#waiting.push(message)
    return 'kept'
  }
}

/** A channel of candles tells one candle after the other, and the newest says nothing of the one before. */
function isOfOneState(older: Waiting, newer: Waiting): boolean {
  if (!older.channel.isCandles) return true
  return (older.data as Candle).openTime === (newer.data as Candle).openTime
}

/** Makes the older message stand for both. */
function merge(older: Waiting, newer: Waiting): void {
  older.seq = newer.seq
  older.exchangeTime = newer.exchangeTime
  older.ingestTime = newer.ingestTime
  older.isFinal = newer.isFinal
  if (!older.channel.isBook || newer.isSnapshot) {
    older.data = newer.data
    older.isSnapshot ||= newer.isSnapshot
    delete older.book
    return
  }
  if (!older.isSnapshot) {
    older.data = mergeDeltas(older.data as Book, newer.data as Book)
    return
  }
  if (older.book === undefined) {
    older.book = new OrderBook()
    older.book.load(older.data as Book)
  }
  older.book.apply(newer.data as Book)
  older.data = newer.data
}

/** What a book says beside its levels. */
function rest({ venueSeq, checksum }: Book): Partial<Book> {
  return { ...(venueSeq !== undefined && { venueSeq }), ...(checksum !== undefined && { checksum }) }
}
