import type { LiveQuality } from '../../client/index.ts'
import { OrderBook } from '../market/order-book.ts'
import type { Book } from '../protocol/market-data.ts'
import type { Update } from '../protocol/server-events.ts'
import { bookSummary, payloadSummary } from './payload-summary.ts'

/** What the table shows of one channel. */
export interface WatchRow {
  readonly channel: string
  readonly summary: string
  readonly seq: number
  /** Since the newest update arrived, ms; `undefined` before the first. */
  readonly ageMs: number | undefined
  readonly ratePerSecond: number
  /** The quality, with its cause when there is one. */
  readonly quality: string
  /** The summary must not be taken for the present state. */
  readonly isDoubtful: boolean
}

interface Watched {
  readonly channel: string
  readonly kind: string
  readonly book: OrderBook | undefined
  data: unknown
  seq: number
  receivedMs: number | undefined
  countSinceMeasure: number
  ratePerSecond: number
}

const MEASURE_INTERVAL_MS = 1_000

/** The state behind the live table: the newest of every channel, and how often it comes. */
export class WatchRows {
  readonly #watched = new Map<string, Watched>()
  #measuredMs: number
  #countSinceMeasure = 0
  #ratePerSecond = 0

  /** @param nowMs Any monotonic clock; the same one must be given to every method. */
  constructor(nowMs: number) {
    this.#measuredMs = nowMs
  }

  get channelCount(): number {
    return this.#watched.size
  }

  /** Updates a second over all channels. */
  get ratePerSecond(): number {
    return this.#ratePerSecond
  }

  apply(update: Update, nowMs: number): void {
    const watched = this.#of(update.channel)
    watched.data = update.data
    watched.seq = update.seq
    watched.receivedMs = nowMs
    watched.countSinceMeasure += 1
    this.#countSinceMeasure += 1
    if (watched.book === undefined) return
    if (update.type === 'snapshot') watched.book.load(update.data as Book)
    else watched.book.apply(update.data as Book)
  }

  /** Every channel in alphabetical order; those that `qualities` names have a row before their first update. */
  rows(nowMs: number, qualities: ReadonlyMap<string, LiveQuality | undefined>): readonly WatchRow[] {
    for (const channel of qualities.keys()) this.#of(channel)
    this.#measure(nowMs)
    const watched = [...this.#watched.values()].sort((a, b) => (a.channel < b.channel ? -1 : 1))
    return watched.map((one) => rowOf(one, qualities.get(one.channel), nowMs))
  }

  #measure(nowMs: number): void {
    const elapsedMs = nowMs - this.#measuredMs
    if (elapsedMs < MEASURE_INTERVAL_MS) return
    this.#measuredMs = nowMs
    this.#ratePerSecond = (this.#countSinceMeasure * 1_000) / elapsedMs
    this.#countSinceMeasure = 0
    for (const watched of this.#watched.values()) {
      watched.ratePerSecond = (watched.countSinceMeasure * 1_000) / elapsedMs
      watched.countSinceMeasure = 0
    }
  }

  #of(channel: string): Watched {
    const held = this.#watched.get(channel)
    if (held !== undefined) return held
    const [kind = ''] = channel.split(':')
    const watched: Watched = {
      channel,
      kind,
      book: kind === 'book' ? new OrderBook() : undefined,
      data: undefined,
      seq: 0,
      receivedMs: undefined,
      countSinceMeasure: 0,
      ratePerSecond: 0
    }
    this.#watched.set(channel, watched)
    return watched
  }
}

function summaryOf({ kind, data, book }: Watched): string {
  if (data === undefined) return 'nothing published yet'
  return book === undefined ? payloadSummary(kind, data) : bookSummary(book.best(), book.bidCount + book.askCount)
}

function rowOf(watched: Watched, present: LiveQuality | undefined, nowMs: number): WatchRow {
  const { channel, seq, receivedMs, ratePerSecond } = watched
  const { quality, cause } = present ?? { quality: 'stale', cause: 'unknown' }
  return {
    channel,
    summary: summaryOf(watched),
    seq,
    ageMs: receivedMs === undefined ? undefined : nowMs - receivedMs,
    ratePerSecond,
    quality: qualityText(quality, cause),
    isDoubtful: quality !== 'live' && quality !== 'delayed'
  }
}

function qualityText(quality: LiveQuality['quality'], cause: string): string {
  if (quality === 'disconnected') return 'no connection'
  if (cause === 'gap') return 'gap, asked again'
  return cause === 'none' ? quality : `${quality}: ${cause}`
}
