import { catchUp } from '../broadcast/catch-up.ts'
import type { ChannelState } from '../broadcast/channel-state.ts'
import type { Journal } from '../broadcast/journal.ts'
import type { Counters } from '../telemetry/counters.ts'
import { type Cohort, Cohorts } from './cohort.ts'
import { mergedBook } from './merged-book.ts'
import { Routes } from './routes.ts'

/** The rates a client can be granted, Hz, beside one update per flush. */
const RATES_HZ = [50, 25, 20, 10, 5, 4, 2, 1, 0.5, 0.2, 0.1] as const

/** Messages of order books that are read and merged in one flush; with more, books that are left come in the next. */
const MAX_MERGED = 2_000

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
  /** Channels with news that were left for the next flush. */
  #left: readonly ChannelState[] = []
  #nextMs = 0

  constructor(rateHz: number, isFull: boolean) {
    this.rateHz = rateHz
    this.isFull = isFull
  }

  /** When the lane has something to send, monotonic ms; never for the full lane and while there is nothing new. */
  get nextMs(): number {
    if (this.#left.length > 0) return 0
    for (const channel of this.#channels.keys()) if (this.#isNew(channel)) return this.#nextMs
    return Number.POSITIVE_INFINITY
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

  /**
   * What is new since the lane last sent, once its time has come: the newest state of each channel, standing for all
   * that came in between.
   *
   * @param counters where it is counted what was not sent one by one.
   * @returns the cohorts that get some of it.
   */
  collect(journal: Journal, nowMs: number, counters: Pick<Counters, 'rateMessagesMerged'>): Cohort[] {
    if (this.#left.length === 0) this.#begin(nowMs)
    let toMerge = MAX_MERGED
    let done = 0
    for (const channel of this.#left) {
      if (toMerge <= 0) break
      done += 1
      // Since then its last client may have gone.
      if (!this.#channels.has(channel) || !this.#isNew(channel)) continue
      const { epoch, seq } = this.position(channel)
      const { messages, merged } = catchUp(channel, epoch, seq, journal)
      this.#note(channel)
      counters.rateMessagesMerged += merged
      const isMerged = channel.hasDeltas && messages.length > 1
      if (isMerged) {
        counters.rateMessagesMerged += messages.length - 1
        toMerge -= messages.length
      }
      for (const { segment, index } of isMerged ? [mergedBook(messages)] : messages) {
        this.routes.add(segment, index, channel)
      }
    }
    this.#left = this.#left.slice(done)
    return this.routes.end()
  }

  /** Finds what is new, once the time has come. */
  #begin(nowMs: number): void {
    if (nowMs < this.#nextMs) return
    this.#left = [...this.#channels.keys()].filter((channel) => this.#isNew(channel))
    // What comes after a rest is sent at once.
    if (this.#left.length === 0) return
    const periodMs = 1_000 / this.rateHz
    // A little late does not slow the lane down; very late does not let it send twice in a row.
    this.#nextMs = nowMs - this.#nextMs < periodMs ? this.#nextMs + periodMs : nowMs + periodMs
  }

  #isNew({ id, epoch, seq }: ChannelState): boolean {
    return seq !== this.#sentSeqs[id] || epoch !== this.#sentEpochs[id]
  }

  #note(channel: ChannelState): void {
    this.#sentSeqs[channel.id] = channel.seq
    this.#sentEpochs[channel.id] = channel.epoch
  }
}

/** All lanes: the full one, and one for each rate that somebody was granted. */
export class Lanes {
  readonly full: Lane
  readonly #limited = new Map<number, Lane>()
  #list: readonly Lane[]
  #timer: NodeJS.Timeout | undefined
  #timerMs = 0

  /** @param fullRateHz flushes a second at most. */
  constructor(fullRateHz: number) {
    this.full = new Lane(fullRateHz, true)
    this.#list = [this.full]
  }

  /** The full lane first. */
  all(): readonly Lane[] {
    return this.#list
  }

  /** Asks for a flush when the next lane may send, although nothing new may come until then. */
  schedule(nowMs: number, wake: () => void): void {
    const nextMs = Math.min(...this.#list.map((lane) => lane.nextMs))
    if (nextMs === Number.POSITIVE_INFINITY || (this.#timer !== undefined && this.#timerMs <= nextMs)) return
    clearTimeout(this.#timer)
    this.#timerMs = nextMs
    const fire = () => {
      this.#timer = undefined
      wake()
    }
    this.#timer = setTimeout(fire, Math.max(1, nextMs - nowMs))
    this.#timer.unref()
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  /** The lane for a wish: the highest rate that is not above it, or the lowest of all; events as they come. */
  grant(channel: ChannelState, maxRateHz: number | undefined): Lane {
    if (maxRateHz === undefined || channel.contract === 'event') return this.full
    const slowest = RATES_HZ[RATES_HZ.length - 1] ?? 1
    const flushesHz = this.full.rateHz
    const fitting = RATES_HZ.find((rate) => rate <= maxRateHz && rate < flushesHz) ?? slowest
    const rateHz = maxRateHz >= flushesHz ? flushesHz : fitting
    const known = this.#limited.get(rateHz)
    if (known !== undefined) return known
    const lane = new Lane(rateHz, false)
    this.#limited.set(rateHz, lane)
    this.#list = [...this.#list, lane]
    return lane
  }
}

/** How many clients take a channel, at whatever rate. */
export function subscribersOf(channel: ChannelState, lanes: Lanes): number {
  let count = 0
  for (const { cohorts } of lanes.all()) {
    for (const number of cohorts.numbersOf(channel)) count += cohorts.at(number).size
  }
  return count
}
