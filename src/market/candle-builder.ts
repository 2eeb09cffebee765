import type { Trade } from '../protocol/market-data.ts'
import { type Calendar, UTC_24X7 } from './calendar.ts'
import { CandleAggregate } from './candle-aggregate.ts'
import { INTERVALS, type Interval, type TimeSpan } from './candle-interval.ts'
import { CandleSeries, type IntervalCandle, type PastCandles } from './candle-series.ts'
import { KNOWN_ID_LIMIT, RollingIds } from './rolling-ids.ts'
import { type ScaledTrade, scaleTrade } from './scaled-trade.ts'

/** How long after its end a closed candle can be corrected by late trades, ms: 120 candles of one second. */
export const LATE_WINDOW_MS = 120_000

/** Settings of a candle builder; all have defaults. */
export interface CandleBuilderOptions {
  /** Default: all of them. */
  readonly intervals?: readonly Interval[]
  /** Default: always open, UTC. */
  readonly calendar?: Calendar
  /** Default `LATE_WINDOW_MS`. */
  readonly lateWindowMs?: number
  /** Default `KNOWN_ID_LIMIT`; 0 when whoever calls sees to it that each trade comes once. */
  readonly knownIdLimit?: number
}

const NOTHING: readonly IntervalCandle[] = []
const NO_TIME: TimeSpan = { startMs: 0, endMs: 0 }

/**
 * Builds the candles of one symbol, of all intervals, from its trades.
 *
 * A candle is open from its first trade until a trade of a later interval comes or the caller says that its time is
 * over; an interval without trades has no candle. Each trade goes into the candle of its interval whenever it comes: a
 * late one corrects closed candles, as long as they are kept, and the coarser ones it belongs to. So every candle is
 * what its trades, in the order of their times, make it.
 *
 * Most trades fall into the finest candle in progress, and hence into all candles in progress. They are summed up once,
 * and that sum is added to the candles when one of them is asked for or closed; a trade costs little more with eleven
 * intervals than with one.
 *
 * Candles begun before the first trade that is known here, or before an interruption ended, are marked `partial`.
 */
export class CandleBuilder {
  readonly #series: readonly CandleSeries[]
  readonly #ids: RollingIds
  /** Where a trade belongs to all candles in progress: the interval of the finest one. */
  #sharedSpan = NO_TIME
  /** Trades of that time which the candles in progress do not hold yet. */
  #pending: CandleAggregate | undefined
  #newestMs = -Infinity
  /** Trades before this may be missing; `Infinity` until a trade came since the start or the last interruption. */
  #knownSinceMs = Infinity
  #duplicateCount = 0
  #lateCount = 0
  #tooLateCount = 0

  constructor(options: CandleBuilderOptions = {}) {
    const { intervals = INTERVALS, calendar = UTC_24X7, lateWindowMs = LATE_WINDOW_MS } = options
    this.#series = INTERVALS.filter((interval) => intervals.includes(interval)).map(
      (interval) => new CandleSeries(interval, calendar, lateWindowMs)
    )
    this.#ids = new RollingIds(options.knownIdLimit ?? KNOWN_ID_LIMIT)
  }

  get intervals(): readonly Interval[] {
    return this.#series.map(({ interval }) => interval)
  }

  /** Closed candles that late trades may still correct; about 150 with all intervals and the default window. */
  get keptCount(): number {
    return this.#series.reduce((count, series) => count + series.keptCount, 0)
  }

  /** Trades ignored because one with the same id came shortly before. */
  get duplicateCount(): number {
    return this.#duplicateCount
  }

  /** Trades that changed at least one closed candle. */
  get lateCount(): number {
    return this.#lateCount
  }

  /** Trades that came too late for at least one of their candles; coarser ones may have counted them. */
  get tooLateCount(): number {
    return this.#tooLateCount
  }

  /**
   * Adds a trade.
   *
   * @param timeMs venue clock, a whole number of ms since the Unix epoch.
   * @returns the candles this made final, finest interval first: those it closed, and closed ones it corrected; see
   * `current` for the others it changed. `undefined` when it changed nothing.
   */
  add(trade: Trade, timeMs: number): readonly IntervalCandle[] | undefined {
    if (!this.#ids.add(trade.id)) {
      this.#duplicateCount += 1
      return undefined
    }
    const scaled = scaleTrade(trade, timeMs)
    this.#newestMs = Math.max(this.#newestMs, timeMs)
    if (timeMs >= this.#sharedSpan.startMs && timeMs < this.#sharedSpan.endMs) {
      if (this.#pending === undefined) this.#pending = CandleAggregate.ofTrade(this.#sharedSpan, scaled, false)
      else this.#pending.add(scaled)
      return NOTHING
    }
    // Others in the same millisecond may have been missed, too.
    if (this.#knownSinceMs === Infinity) this.#knownSinceMs = this.#newestMs + 1
    return this.#addToEach(scaled)
  }

  /** Tells that the venue's time has come to `timeMs`, and closes the candles whose interval ended by then. */
  closeUntil(timeMs: number): readonly IntervalCandle[] {
    this.#newestMs = Math.max(this.#newestMs, timeMs)
    const over = this.#series.filter((series) => series.endMs <= timeMs)
    if (over.length === 0) return NOTHING
    this.#settle()
    this.#sharedSpan = NO_TIME
    const finals: IntervalCandle[] = []
    for (const series of over) series.close(this.#newestMs, finals)
    return finals
  }

  /** Copies the candles in progress, finest interval first. */
  current(): IntervalCandle[] {
    this.#settle()
    const candles: IntervalCandle[] = []
    for (const { interval, current } of this.#series) {
      if (current !== undefined) candles.push({ interval, candle: current.toCandle(false) })
    }
    return candles
  }

  /** Tells that trades may have been missed since the last one: candles in progress are `partial`. */
  interrupt(): void {
    this.#settle()
    this.#sharedSpan = NO_TIME
    this.#knownSinceMs = Infinity
    for (const { current } of this.#series) if (current !== undefined) current.isPartial = true
  }

  /**
   * Continues the candles of another builder that ended; call it before the first trade. Intervals that are not built
   * here are passed over.
   *
   * @returns what became final and may not have been told.
   */
  restore(past: readonly PastCandles[]): IntervalCandle[] {
    for (const { continued, trades } of past) {
      const times = [...continued.map(({ lastMs }) => lastMs), ...trades.map(({ trade }) => trade.timeMs)]
      this.#newestMs = times.reduce((newest, timeMs) => Math.max(newest, timeMs), this.#newestMs)
    }
    return past.flatMap((one) => this.#series.find(({ interval }) => interval === one.interval)?.restore(one) ?? [])
  }

  #addToEach(trade: ScaledTrade): readonly IntervalCandle[] | undefined {
    this.#settle()
    const finals: IntervalCandle[] = []
    let closedPlaces = 0
    let missedPlaces = 0
    for (const series of this.#series) {
      const place = series.add(trade, this.#knownSinceMs, this.#newestMs, finals)
      if (place === 'closed') closedPlaces += 1
      else if (place === 'none') missedPlaces += 1
    }
    if (closedPlaces > 0) this.#lateCount += 1
    if (missedPlaces > 0) this.#tooLateCount += 1
    if (closedPlaces + missedPlaces === 0) this.#sharedSpan = this.#series[0]?.current ?? NO_TIME
    return missedPlaces === this.#series.length ? undefined : finals
  }

  /** Adds what is pending to the candles in progress. */
  #settle(): void {
    const pending = this.#pending
    if (pending === undefined) return
    this.#pending = undefined
    for (const { current } of this.#series) current?.merge(pending)
  }
}
