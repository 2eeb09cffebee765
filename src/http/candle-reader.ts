import type { CandlePage, HistoryHole, HistoryPosition } from '../history/history-store.ts'
import type { Calendar } from '../market/calendar.ts'
import { INTERVALS, type Interval, type TimeSpan } from '../market/candle-interval.ts'
import { calendarNamed } from '../market/named-calendar.ts'
import { finerCandles, mostCandles, sourceInterval, wholeIntervals } from '../market/resample.ts'
import type { FilledCandle, FilledPage } from '../market/resample-fill.ts'
import type { Candle } from '../protocol/market-data.ts'
import { readCandles } from './history-pages.ts'
import type { HistoryView } from './history-view.ts'
import { type Jobs, runJob } from './jobs.ts'
import type { MarketView } from './market-view.ts'
import { HttpProblem } from './problems.ts'

/** Most finer candles read for one page of coarser ones; at least two of those are among them. */
const MAX_FINER_CANDLES_READ = 5_000
const END_OF_TIME = 253_402_300_799_999

/** Which candles: those with `from <= openTime < to`, times in ms. */
export interface CandleWish {
  readonly venue: string
  readonly symbol: string
  readonly interval: Interval
  readonly from?: number
  readonly to?: number
  /** The first so many from `from` on when forward, else the last before `to`. */
  readonly limit: number
  readonly isForward: boolean
  /** Intervals without a trade get a candle, too. */
  readonly fill: boolean
}

/** Candles, oldest first. */
export interface CandleReading {
  /** The channel in which they go on: of the interval asked for, or of a finer one that they were made of. */
  readonly channel: string
  readonly candles: readonly FilledCandle[]
  /** Where the next page begins when forward, else where it ends; null when there is none. */
  readonly next: number | null
  readonly holes: readonly HistoryHole[]
  readonly position: HistoryPosition | undefined
  /** Nothing that may still happen changes these candles. */
  readonly isClosed: boolean
}

/**
 * Reads candles of any interval: as they are stored, or made of finer ones where only those are.
 *
 * ```
 * history ── page ──► here ── coarser, filled: job ──► candles
 * ```
 */
export class CandleReader {
  readonly #view: MarketView
  readonly #history: HistoryView
  readonly #jobs: Jobs

  constructor(view: MarketView, history: HistoryView, jobs: Jobs) {
    this.#view = view
    this.#history = history
    this.#jobs = jobs
  }

  /** Intervals of which there are candles, finest first. */
  intervals(venue: string, symbol: string): Interval[] {
    const published = this.#published(venue, symbol)
    return INTERVALS.filter((interval) => sourceInterval(interval, published) !== undefined)
  }

  /** @throws HttpProblem `unknownChannel`, and those of history and jobs. */
  async read(wish: CandleWish, signal: AbortSignal): Promise<CandleReading> {
    const { venue, symbol, interval } = wish
    const published = this.#published(venue, symbol)
    // What no producer publishes now may still be stored, e.g. after a replay has ended.
    const source = sourceInterval(interval, published) ?? interval
    const channel = channelOf(venue, symbol, source)
    const calendar = calendarNamed(this.#history.calendarOf(venue, symbol))
    const { from = 0, to = END_OF_TIME } = wish
    const isRaw = source === interval && !wish.fill
    const range = isRaw ? { startMs: from, endMs: to } : wholeIntervals(interval, calendar, from, to)
    const previous = wish.fill && wish.isForward && (await this.#history.previousCandle(channel, range.startMs, signal))
    const stored: StoredRange = { ...range, channel, source, ...(previous && { previous }) }
    const page = await this.#page(wish, stored, signal)
    if (page.position === undefined && !published.includes(source)) throw unknownCandles(wish, published)
    const { candles, hasMore } = await this.#shaped(wish, stored, page, signal)
    const { position } = page
    const holes = page.holes.filter((hole) => hole.to >= range.startMs)
    const isClosed = position !== undefined && position.time >= calendar.spanOf(interval, to - 1).endMs
    return { channel, candles, next: nextPage(wish, candles, hasMore, calendar), holes, position, isClosed }
  }

  /** Start of the newest candle that begins before `before`, ms; `undefined` when there is none. */
  async previous(venue: string, symbol: string, interval: Interval, before: number, signal: AbortSignal) {
    const source = sourceInterval(interval, this.#published(venue, symbol)) ?? interval
    const candle = await this.#history.previousCandle(channelOf(venue, symbol, source), before, signal)
    const calendar = calendarNamed(this.#history.calendarOf(venue, symbol))
    return candle && calendar.spanOf(interval, candle.openTime).startMs
  }

  #published(venue: string, symbol: string): Interval[] {
    return INTERVALS.filter((interval) => this.#view.channel(channelOf(venue, symbol, interval)) !== undefined)
  }

  #page(wish: CandleWish, { channel, source, startMs, endMs, previous }: StoredRange, signal: AbortSignal) {
    const { interval, limit, isForward } = wish
    // One more than fits may be made of candles that the page does not hold in full.
    const finer = Math.min((limit + 1) * finerCandles(source, interval), MAX_FINER_CANDLES_READ)
    const most = (source === interval ? limit : finer) + (previous === undefined ? 0 : 1)
    // From the candle before: where something may be missing since then, its close is not the last price.
    const from = previous?.openTime ?? startMs
    // History knows no start of what is read backward: without this, much is read before the range for nothing.
    const bounded = Math.min(most, mostCandles(source, endMs - from))
    return readCandles(this.#history, channel, { from, to: endMs, limit: bounded, isForward }, signal)
  }

  async #shaped(wish: CandleWish, stored: StoredRange, page: CandlePage, signal: AbortSignal): Promise<FilledPage> {
    const { venue, symbol, interval, limit, isForward, fill } = wish
    const { source, startMs, endMs, previous } = stored
    const { hasMore, holes } = page
    const candles = page.candles.filter(({ openTime }) => openTime >= startMs)
    const isCut = hasMore && (isForward || candles.length === page.candles.length)
    // The trip to another thread and back costs more than this page is worth when nothing is to be made of it.
    if (source === interval && !fill) return { candles, hasMore: isCut }
    const calendar = this.#history.calendarOf(venue, symbol)
    const job = { candles, source, interval, calendar, from: startMs, to: endMs, limit, isForward, isCut }
    if (!fill) return runJob(this.#jobs, 'resample', job, signal)
    // A venue's clock may be ahead of ours, and what it has told of is not the future.
    const now = Math.max(this.#history.now(), page.position?.time ?? 0)
    const until = Math.min(wish.to ?? candles.at(-1)?.openTime ?? 0, now)
    const filling = { until, now, holes, ...(previous && { previous }) }
    return runJob(this.#jobs, 'resample', { ...job, fill: filling }, signal)
  }
}

/** What is read of history for a wish. */
interface StoredRange extends TimeSpan {
  readonly channel: string
  readonly source: Interval
  /** The candle before the range, where it is needed. */
  readonly previous?: Candle
}

function channelOf(venue: string, symbol: string, interval: Interval): string {
  return `candle:${venue}:${symbol}:${interval}`
}

function nextPage(
  { interval, isForward }: CandleWish,
  candles: readonly FilledCandle[],
  hasMore: boolean,
  calendar: Calendar
): number | null {
  const edge = isForward ? candles.at(-1) : candles[0]
  if (!hasMore || edge === undefined) return null
  return isForward ? calendar.spanOf(interval, edge.openTime).endMs : edge.openTime
}

function unknownCandles({ venue, symbol, interval }: CandleWish, published: readonly Interval[]): HttpProblem {
  const found = published.length === 0 ? 'none of the symbol' : `of the symbol ${published.join(', ')}`
  const detail = `Expected candles of ${venue}:${symbol}, interval ${interval}, published or stored; found ${found}`
  return new HttpProblem('unknownChannel', `${detail}. See /api/v1/channels?pattern=candle:*:*:*`)
}
