import { catchUp } from '../broadcast/catch-up.ts'
import type { ChannelState } from '../broadcast/channel-state.ts'
import type { Journal } from '../broadcast/journal.ts'
import { type Cohort, Cohorts } from './cohort.ts'
import { mergedBook } from './merged-book.ts'
import type { MessageList } from './placed-messages.ts'
import { Routes } from './routes.ts'

/** What all lanes together may do in one flush, and what they did. */
export interface MergeBudget {
  /** Messages of order books that may still be read and merged; the last book may need more than are left. */
  messages: number
  /** Messages that newer ones stood for. */
  merged: number
}

/** Clients that take channels at one rate. */
export class Lane {
  /** Most updates a second on one channel. */
  readonly rateHz: number
  readonly cohorts = new Cohorts()
  readonly routes = new Routes(this.cohorts)
  /** Whether this lane takes every flush as it is. */
  readonly isFull: boolean
  readonly #channels = new Map<ChannelState, number>()
  /** Sequence number and epoch that were sent last, by the number of the channel. */
  readonly #sentSeqs: number[] = []
  readonly #sentEpochs: string[] = []
  /** Books with news that were left for the next flush. */
  readonly #left = new Set<ChannelState>()
  /** When the first of what is new came, monotonic ms; `undefined` while nothing is. */
  #newsMs: number | undefined
  #nextMs = 0

  constructor(rateHz: number, isFull: boolean) {
    this.rateHz = rateHz
    this.isFull = isFull
  }

  /** When the lane has something to send, monotonic ms; never for the full lane and while nothing new has come. */
  get nextMs(): number {
    if (this.#left.size > 0) return 0
    const isQuiet = this.#newsMs === undefined || this.#channels.size === 0
    return isQuiet ? Number.POSITIVE_INFINITY : this.#nextMs
  }

  /** Where the clients of the lane are on a channel. */
  position(channel: ChannelState): { epoch: string; seq: number } {
    if (this.isFull) return { epoch: channel.epoch, seq: channel.flushedSeq }
    return {
      epoch: this.#sentEpochs[channel.id] ?? channel.epoch,
      seq: this.#sentSeqs[channel.id] ?? channel.flushedSeq
    }
  }

  /** Counts the cohorts of this lane that take a channel. */
  retain(channel: ChannelState, change: 1 | -1): void {
    if (this.isFull) return
    const count = (this.#channels.get(channel) ?? 0) + change
    if (count <= 0) {
      this.#channels.delete(channel)
      return
    }
    if (!this.#channels.has(channel)) this.#note(channel)
    this.#channels.set(channel, count)
  }

  /** Looks whether there is something for the lane among the messages of a flush. */
  hear({ segments, indexes }: MessageList, nowMs: number): void {
    if (this.#newsMs !== undefined || this.#channels.size === 0) return
    for (let place = 0; place < segments.length; place++) {
      const channel = segments[place]?.channel(indexes[place] ?? 0)
      if (channel === undefined || !this.#channels.has(channel)) continue
      this.#newsMs = nowMs
      return
    }
  }

  /**
   * What is new since the lane last sent, once its time has come: the newest state of each channel, standing for all
   * that came in between. A book for whose merging nothing is left of the budget comes with a later flush.
   *
   * @returns the cohorts that get some of it.
   */
  collect(journal: Journal, nowMs: number, budget: MergeBudget): Cohort[] {
    for (const channel of this.#news(nowMs)) {
      if (channel.hasDeltas) this.#left.add(channel)
      else this.#take(channel, journal, budget)
    }
    for (const book of this.#left) {
      if (budget.messages <= 0) break
      this.#left.delete(book)
      // Since then its last client may have gone.
      if (this.#channels.has(book) && this.#isNew(book)) this.#take(book, journal, budget)
    }
    return this.routes.end()
  }

  /** What is new, once the time has come. */
  #news(nowMs: number): readonly ChannelState[] {
    const newsMs = this.#newsMs
    if (newsMs === undefined || nowMs < this.#nextMs) return []
    this.#newsMs = undefined
    const channels = [...this.#channels.keys()].filter((channel) => this.#isNew(channel))
    if (channels.length === 0) return []
    const periodMs = 1_000 / this.rateHz
    // News that waited for its time and was taken a little late does not slow the lane down.
    const isInTime = newsMs < this.#nextMs && nowMs - this.#nextMs < periodMs
    this.#nextMs = (isInTime ? this.#nextMs : nowMs) + periodMs
    return channels
  }

  #take(channel: ChannelState, journal: Journal, budget: MergeBudget): void {
    const { epoch, seq } = this.position(channel)
    const { messages } = catchUp(channel, epoch, seq, journal)
    const isMerged = channel.hasDeltas && messages.length > 1
    if (isMerged) budget.messages -= messages.length
    const sent = isMerged ? [mergedBook(messages)] : messages
    for (const message of sent) this.routes.add(message.segment, message.index, channel)
    if (epoch === channel.epoch && sent.length > 0) budget.merged += channel.seq - seq - sent.length
    this.#note(channel)
  }

  /** A channel that has begun a new epoch has nothing to send before its first message. */
  #isNew({ id, epoch, seq, lastSegment }: ChannelState): boolean {
    return (seq !== this.#sentSeqs[id] || epoch !== this.#sentEpochs[id]) && lastSegment !== undefined
  }

  #note(channel: ChannelState): void {
    this.#sentSeqs[channel.id] = channel.seq
    this.#sentEpochs[channel.id] = channel.epoch
  }
}
