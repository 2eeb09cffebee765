import type { CandlePage, HistoryHole, HistoryPosition } from '../history/history-store.ts'
import type { Calendar } from '../market/calendar.ts'
import { INTERVALS, type Interval, type TimeSpan } from '../market/candle-interval.ts'
import { calendarNamed } from '../market/named-calendar.ts'
import { finerCandles, sourceInterval, wholeIntervals } from '../market/resample.ts'
import type { FilledCandle, FilledPage } from '../market/resample-fill.ts'
import type { Candle } from '../protocol/market-data.ts'
import { type CandleStretch, readCandles, readCandleText } from './history-pages.ts'
import type { HistoryView } from './history-view.ts'
import { type Jobs, runJob } from './jobs.ts'
import type { MarketView } from './market-view.ts'
import { HttpProblem } from './problems.ts'
import { listText } from './range-answer.ts'

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

/** What is told of candles, whatever their form. */
interface ReadingInfo {
  /** The channel in which they go on: of the interval asked for, or of a finer one that they were made of. */
  readonly channel: string
  /** Where the next page begins when forward, else where it ends; null when there is none. */
  readonly next: number | null
  readonly holes: readonly HistoryHole[]
  readonly position: HistoryPosition | undefined
  /** Nothing that may still happen changes these candles. */
  readonly isClosed: boolean
}

/** Candles, oldest first. */
export interface CandleReading extends ReadingInfo {
  readonly candles: readonly FilledCandle[]
}

/** Candles as JSON without the brackets around it, oldest first. */
interface CandleTextReading extends ReadingInfo {
  readonly text: string
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
  read(wish: CandleWish, signal: AbortSignal): Promise<CandleReading> {
    return this.#read(this.#plan(wish), signal)
  }

  /** The same as JSON. What is stored as it is asked for passes through here as the text that the history thread made. */
  async readText(wish: CandleWish, signal: AbortSignal): Promise<CandleTextReading> {
    const plan = this.#plan(wish)
    if (!plan.isStored) {
      const { candles, ...info } = await this.#read(plan, signal)
      return { ...info, text: await listText(candles) }
    }
    const { channel, startMs: from, endMs: to } = plan
    const { limit, isForward } = wish
    const page = await readCandleText(this.#history, channel, { from, to, limit, isForward }, signal)
    checkKnown(plan, page.position)
    return { ...infoOf(plan, page, page), text: page.text }
  }

  async #read(plan: Plan, signal: AbortSignal): Promise<CandleReading> {
    const { wish, channel, startMs } = plan
    const previous = wish.fill && wish.isForward && (await this.#history.previousCandle(channel, startMs, signal))
    const stored: StoredRange = { ...plan, ...(previous && { previous }) }
    const page = await readCandles(this.#history, channel, stretchOf(stored), signal)
    checkKnown(plan, page.position)
    const { candles, hasMore } = await this.#shaped(stored, page, signal)
    const edges = { first: candles[0]?.openTime, last: candles.at(-1)?.openTime, hasMore }
    return { ...infoOf(plan, page, edges), candles }
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

  #plan(wish: CandleWish): Plan {
    const { venue, symbol, interval, from = 0, to = END_OF_TIME } = wish
    const published = this.#published(venue, symbol)
    // What no producer publishes now may still be stored, e.g. after a replay has ended.
    const source = sourceInterval(interval, published) ?? interval
    const calendar = calendarNamed(this.#history.calendarOf(venue, symbol))
    const isStored = source === interval && !wish.fill
    const range = isStored ? { startMs: from, endMs: to } : wholeIntervals(interval, calendar, from, to)
    return { ...range, wish, published, source, channel: channelOf(venue, symbol, source), calendar, isStored }
  }

  async #shaped(stored: StoredRange, page: CandlePage, signal: AbortSignal): Promise<FilledPage> {
    const { wish, source, startMs, endMs, previous, isStored } = stored
    const { venue, symbol, interval, limit, isForward, fill } = wish
    const { hasMore: isCut, holes } = page
    // The trip to another thread and back costs more than this page is worth when nothing is to be made of it.
    if (isStored) return page
    const candles = page.candles.filter(({ openTime }) => openTime >= startMs)
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

/** What a wish means: what is read of history, and where. */
interface Plan extends TimeSpan {
  readonly wish: CandleWish
  readonly published: readonly Interval[]
  readonly channel: string
  readonly source: Interval
  readonly calendar: Calendar
  /** Candles are answered as they are stored. */
  readonly isStored: boolean
}

interface StoredRange extends Plan {
  /** The candle before the range, where it is needed. */
  readonly previous?: Candle
}

function stretchOf({ wish, source, startMs, endMs, previous }: StoredRange): CandleStretch {
  const { interval, limit, isForward } = wish
  // One more than fits may be made of candles that the page does not hold in full.
  const finer = Math.min((limit + 1) * finerCandles(source, interval), MAX_FINER_CANDLES_READ)
  const most = (source === interval ? limit : finer) + (previous === undefined ? 0 : 1)
  // From the candle before: where something may be missing since then, its close is not the last price.
  return { from: previous?.openTime ?? startMs, to: endMs, limit: most, isForward }
}

/** Start of the first and the last candle of a page, ms. */
interface PageEdges {
  readonly first: number | undefined
  readonly last: number | undefined
  readonly hasMore: boolean
}

/** @throws HttpProblem `unknownChannel`. */
function checkKnown({ wish, published, source }: Plan, position: HistoryPosition | undefined): void {
  if (position === undefined && !published.includes(source)) throw unknownCandles(wish, published)
}

function infoOf(
  plan: Plan,
  { position, holes }: Pick<CandlePage, 'position' | 'holes'>,
  { first, last, hasMore }: PageEdges
): ReadingInfo {
  const { wish, channel, calendar, startMs } = plan
  const { interval, isForward, to = END_OF_TIME } = wish
  const edge = isForward ? last : first
  const after = isForward && edge !== undefined ? calendar.spanOf(interval, edge).endMs : edge
  return {
    channel,
    next: hasMore ? (after ?? null) : null,
    holes: holes.filter((hole) => hole.to >= startMs),
    position,
    isClosed: position !== undefined && position.time >= calendar.spanOf(interval, to - 1).endMs
  }
}

function channelOf(venue: string, symbol: string, interval: Interval): string {
  return `candle:${venue}:${symbol}:${interval}`
}

function unknownCandles({ venue, symbol, interval }: CandleWish, published: readonly Interval[]): HttpProblem {
  const found = published.length === 0 ? 'none of the symbol' : `of the symbol ${published.join(', ')}`
  const detail = `Expected candles of ${venue}:${symbol}, interval ${interval}, published or stored; found ${found}`
  return new HttpProblem('unknownChannel', `${detail}. See /api/v1/channels?pattern=candle:*:*:*`)
}
