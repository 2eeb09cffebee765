import type { Candle } from '../protocol/market-data.ts'
import type { Calendar } from './calendar.ts'
import type { Interval, TimeSpan } from './candle-interval.ts'

/** A candle, or what stands for one where nothing was traded. */
export type FilledCandle = Candle & {
  /** Nothing was traded: all prices are the previous close. */
  readonly filled?: true
}

/** How gaps are to be filled; plain data, so that it can cross to a job's thread. */
export interface FillWish {
  /** Intervals that begin at this time or later are not filled, ms. */
  readonly until: number
  /** Present time: an interval that ends later is in progress, ms. */
  readonly now: number
  /** The candle before the range, with whose close it may begin. */
  readonly previous?: Candle
  /** Times of which nothing is known, ms. From there to the next candle nothing is filled, as no close is known. */
  readonly holes: readonly { readonly from: number; readonly to: number }[]
}

/** A wish, and what the candles are of. */
export interface Filler extends FillWish {
  readonly interval: Interval
  readonly calendar: Calendar
}

/** Candles, oldest first. */
export interface FilledPage {
  readonly candles: readonly FilledCandle[]
  /** More candles of the range follow, or precede when the page was filled backward. */
  readonly hasMore: boolean
}

/** The first `limit` candles from `from` on, gaps filled: those between candles, that before them, and that after. */
export function fillForward(
  candles: readonly Candle[],
  filler: Filler,
  from: number,
  limit: number,
  isCut: boolean
): FilledPage {
  const filled: FilledCandle[] = []
  let { previous } = filler
  for (const candle of candles) {
    const { startMs } = spanOf(candle, filler)
    if (previous !== undefined) fillGap(filled, previous, { from, until: startMs }, filler, limit)
    if (filled.length >= limit) return { candles: filled, hasMore: true }
    filled.push(candle)
    previous = candle
  }
  // One more than fits tells whether there is more.
  if (previous !== undefined) fillGap(filled, previous, { from, until: filler.until }, filler, limit + 1)
  return { candles: filled.slice(0, limit), hasMore: isCut || filled.length > limit }
}

/** The last `limit` candles up to the filler's `until`, gaps filled. Before the first candle nothing is known. */
export function fillBackward(candles: readonly Candle[], filler: Filler, limit: number, isCut: boolean): FilledPage {
  const filled: FilledCandle[] = []
  let { until } = filler
  for (const candle of candles.toReversed()) {
    fillGapBackward(filled, candle, until, filler, limit)
    if (filled.length >= limit) return { candles: filled.reverse(), hasMore: true }
    filled.push(candle)
    until = spanOf(candle, filler).startMs
  }
  return { candles: filled.reverse(), hasMore: isCut }
}

function fillGap(
  filled: FilledCandle[],
  before: Candle,
  { from, until }: { readonly from: number; readonly until: number },
  filler: Filler,
  limit: number
): void {
  const gap = knownGap(before, until, filler)
  let timeMs = Math.max(from, gap.startMs)
  while (timeMs < gap.endMs && filled.length < limit) {
    const slot = filler.calendar.spanOf(filler.interval, timeMs)
    if (isTrading(slot, filler)) filled.push(emptyCandle(slot, before, filler))
    timeMs = slot.endMs
  }
}

function fillGapBackward(filled: FilledCandle[], before: Candle, until: number, filler: Filler, limit: number): void {
  const gap = knownGap(before, until, filler)
  let timeMs = gap.endMs
  while (timeMs > gap.startMs && filled.length < limit) {
    const slot = filler.calendar.spanOf(filler.interval, timeMs - 1)
    if (isTrading(slot, filler)) filled.push(emptyCandle(slot, before, filler))
    timeMs = slot.startMs
  }
}

/** What follows a candle as far as its close is known to have been the last price. */
function knownGap(before: Candle, until: number, filler: Filler): TimeSpan {
  const { interval, calendar, holes } = filler
  const startMs = spanOf(before, filler).endMs
  const hole = holes.find(({ from, to }) => to >= startMs && from < until)
  return { startMs, endMs: hole === undefined ? until : calendar.spanOf(interval, hole.from).startMs }
}

function spanOf({ openTime }: Candle, { interval, calendar }: Filler): TimeSpan {
  return calendar.spanOf(interval, openTime)
}

/** Weeks and months always have a session; a day when the calendar says so; the rest when the market is open. */
function isTrading({ startMs }: TimeSpan, { interval, calendar }: Filler): boolean {
  if (interval === '1w' || interval === '1M') return true
  return interval === '1d' ? calendar.sessionOf(startMs) !== undefined : calendar.isOpen(startMs)
}

function emptyCandle({ startMs, endMs }: TimeSpan, { close }: Candle, { now }: Filler): FilledCandle {
  return {
    openTime: startMs,
    open: close,
    high: close,
    low: close,
    close,
    volume: '0',
    quoteVolume: '0',
    trades: 0,
    takerBuyVolume: '0',
    vwap: close,
    closed: endMs <= now,
    filled: true
  }
}
