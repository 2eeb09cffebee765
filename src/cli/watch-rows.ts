import type { SubscribeReply } from '../../client/market-events.ts'
import { OrderBook } from '../market/order-book.ts'
import type { Cause, Quality } from '../protocol/feed-message.ts'
import type { Book } from '../protocol/market-data.ts'
import type { SourceStatus, Status, Update } from '../protocol/server-events.ts'
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
  /** Name of its producer, once the server has told it. */
  source: string | undefined
  data: unknown
  seq: number
  receivedMs: number | undefined
  countSinceMeasure: number
  ratePerSecond: number
  quality: Quality
  cause: Cause
  hasGap: boolean
}

type StatusNews = Pick<Status, 'channel' | 'source' | 'quality' | 'cause'> | Omit<SourceStatus, 'since'>

const MEASURE_INTERVAL_MS = 1_000

/** The state behind the live table: the newest of every channel, how often it comes, and how far to trust it. */
export class WatchRows {
  readonly #watched = new Map<string, Watched>()
  #measuredMs: number
  #isConnected = false
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
    watched.hasGap = false
    this.#countSinceMeasure += 1
    if (watched.book === undefined) return
    if (update.type === 'snapshot') watched.book.load(update.data as Book)
    else watched.book.apply(update.data as Book)
  }

  noteAnswer(reply: SubscribeReply): void {
    if ('error' in reply) return
    for (const answer of reply.channels) {
      const { channel } = answer
      if (answer.ok) this.noteStatus({ channel, source: answer.source, quality: answer.quality, cause: 'none' })
    }
  }

  /** Takes note of the quality of one channel, or of all channels of a producer. */
  noteStatus(status: StatusNews): void {
    const { source, quality, cause } = status
    const concerned = 'channel' in status ? [this.#of(status.channel)] : this.#channelsOf(source)
    for (const watched of concerned) Object.assign(watched, { source, quality, cause })
  }

  noteGap(channel: string): void {
    this.#of(channel).hasGap = true
  }

  noteConnection(isConnected: boolean): void {
    this.#isConnected = isConnected
  }

  /** Every channel in alphabetical order. */
  rows(nowMs: number): readonly WatchRow[] {
    this.#measure(nowMs)
    const watched = [...this.#watched.values()].sort((a, b) => (a.channel < b.channel ? -1 : 1))
    return watched.map((one) => this.#rowOf(one, nowMs))
  }

  /** A channel whose producer is not known may be one of this: it is better doubted without reason than trusted so. */
  #channelsOf(source: string): readonly Watched[] {
    return [...this.#watched.values()].filter((watched) => (watched.source ?? source) === source)
  }

  #rowOf(watched: Watched, nowMs: number): WatchRow {
    const { channel, seq, receivedMs, ratePerSecond, quality, cause, hasGap } = watched
    const isDoubtful = !this.#isConnected || hasGap || (quality !== 'live' && quality !== 'delayed')
    const words = !this.#isConnected ? 'no connection' : hasGap ? 'gap, asked again' : qualityText(quality, cause)
    const ageMs = receivedMs === undefined ? undefined : nowMs - receivedMs
    return { channel, summary: summaryOf(watched), seq, ageMs, ratePerSecond, quality: words, isDoubtful }
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
      source: undefined,
      data: undefined,
      seq: 0,
      receivedMs: undefined,
      countSinceMeasure: 0,
      ratePerSecond: 0,
      quality: 'recovering',
      cause: 'starting',
      hasGap: false
    }
    this.#watched.set(channel, watched)
    return watched
  }
}

function summaryOf({ kind, data, book }: Watched): string {
  if (data === undefined) return 'nothing published yet'
  return book === undefined ? payloadSummary(kind, data) : bookSummary(book.best(), book.bidCount + book.askCount)
}

function qualityText(quality: Quality, cause: Cause): string {
  return cause === 'none' ? quality : `${quality}: ${cause}`
}
