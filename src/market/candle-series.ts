import type { Candle } from '../protocol/market-data.ts'
import type { Calendar } from './calendar.ts'
import { type BuiltCandle, CandleAggregate } from './candle-aggregate.ts'
import type { Interval, TimeSpan } from './candle-interval.ts'
import type { ScaledTrade } from './scaled-trade.ts'

/** A candle and the interval it is of. */
export interface IntervalCandle {
  readonly interval: Interval
  readonly candle: BuiltCandle
}

/** A trade of an earlier life. */
export interface PastTrade {
  readonly trade: ScaledTrade
  /** Trades may have been missed before it. */
  readonly isAfterGap: boolean
  /** Place in the order of their arrival. */
  readonly place: number
}

/** What is known of an interval's candles after the end of another builder. */
export interface PastCandles {
  readonly interval: string
  /** The newest candle that was told, in progress or closed. */
  readonly told: Candle | undefined
  /** Candles to go on from as they were told, oldest first, and the time of their last trade, ms. */
  readonly continued: readonly { readonly candle: Candle; readonly lastMs: number }[]
  /** In the order of their arrival: those that these candles do not hold, or all that make candles anew. */
  readonly trades: readonly PastTrade[]
  /** What became final by the trade of this place, or a later one, may not have been told. */
  readonly untoldFrom: number
  /** Candles that begin earlier lack trades, ms. */
  readonly knownSinceMs: number
  /** Moments at which trades are missing, ms: a candle with one of them is partial. */
  readonly gapsMs: readonly number[]
}

/** What became of a trade: counted in the candle in progress, in a closed one, or too late for any. */
export type TradePlace = 'current' | 'closed' | 'none'

/**
 * The candles of one interval: the one in progress, and closed ones for as long as late trades may correct them.
 *
 * A closed candle is kept until `lateWindowMs` after its end, so there are at most that time in candles, and one more.
 */
export class CandleSeries {
  readonly interval: Interval
  readonly #calendar: Calendar
  readonly #lateWindowMs: number
  /** Oldest first. */
  readonly #closed: CandleAggregate[] = []
  #current: CandleAggregate | undefined
  /** End of the newest interval that was closed. */
  #closedUntilMs = -Infinity
  /** Start of the first interval; what was before is not known here. */
  #firstMs = Infinity

  constructor(interval: Interval, calendar: Calendar, lateWindowMs: number) {
    this.interval = interval
    this.#calendar = calendar
    this.#lateWindowMs = lateWindowMs
  }

  /** The candle in progress. */
  get current(): CandleAggregate | undefined {
    return this.#current
  }

  /** Closed candles that late trades may still correct. */
  get keptCount(): number {
    return this.#closed.length
  }

  /** End of the interval in progress; `Infinity` when there is none. */
  get endMs(): number {
    return this.#current?.endMs ?? Infinity
  }

  /**
   * Adds a trade to its candle; what is final by it, closed or corrected, is appended to `finals`.
   *
   * @param knownSinceMs trades before this moment may be missing.
   * @param newestMs the venue's time as far as it is known, this trade included.
   */
  add(trade: ScaledTrade, knownSinceMs: number, newestMs: number, finals: IntervalCandle[]): TradePlace {
    const { timeMs } = trade
    const current = this.#current
    if (current !== undefined && timeMs >= current.startMs && timeMs < current.endMs) {
      current.add(trade)
      return 'current'
    }
    if (timeMs < (current?.startMs ?? this.#closedUntilMs)) return this.#addLate(trade, knownSinceMs, newestMs, finals)
    this.close(newestMs, finals)
    const span = this.#calendar.spanOf(this.interval, timeMs)
    this.#current = CandleAggregate.ofTrade(span, trade, span.startMs < knownSinceMs)
    this.#firstMs = Math.min(this.#firstMs, span.startMs)
    return 'current'
  }

  /** Closes the candle in progress. */
  close(newestMs: number, finals: IntervalCandle[]): void {
    const closed = this.#current
    if (closed === undefined) return
    this.#current = undefined
    this.#closedUntilMs = closed.endMs
    this.#closed.push(closed)
    const kept = this.#closed.findIndex((candle) => this.#isKept(candle, newestMs))
    this.#closed.splice(0, kept === -1 ? this.#closed.length : kept)
    finals.push({ interval: this.interval, candle: closed.toCandle(true) })
  }

  /**
   * Continues the candles of another builder. The one in progress after that is partial, since trades may have been missed
   * meanwhile.
   *
   * @returns what became final and may not have been told.
   */
  restore({ told, continued, trades, untoldFrom, knownSinceMs, gapsMs }: PastCandles): IntervalCandle[] {
    for (const { candle, lastMs } of continued) this.#continue(candle, lastMs)
    const untold: IntervalCandle[] = []
    let sinceMs = knownSinceMs
    let newestMs = -Infinity
    for (const { trade, isAfterGap, place } of trades) {
      const before = this.#current
      if (isAfterGap) {
        sinceMs = trade.timeMs + 1
        if (this.#current !== undefined) this.#current.isPartial = true
      }
      newestMs = Math.max(newestMs, trade.timeMs)
      const finals: IntervalCandle[] = []
      this.add(trade, sinceMs, newestMs, finals)
      if (place >= untoldFrom) untold.push(...finals)
      const current = this.#current
      const hasBegun = current !== undefined && current !== before
      if (hasBegun) current.isPartial ||= gapsMs.some((ms) => ms >= current.startMs && ms < current.endMs)
    }
    this.#closeTold(told, newestMs, untold)
    if (this.#current !== undefined) this.#current.isPartial = true
    // Where only some candles are held, a late trade must not make one of those in between of itself alone.
    const isWhole = continued.every(({ candle }) => candle !== told)
    if (isWhole && knownSinceMs <= newestMs) this.#firstMs = Math.min(this.#firstMs, knownSinceMs)
    return untold
  }

  #continue(candle: Candle, lastMs: number): void {
    const span = this.#calendar.spanOf(this.interval, candle.openTime)
    this.close(span.startMs, [])
    this.#current = CandleAggregate.ofCandle(span, candle, lastMs)
    this.#firstMs = Math.min(this.#firstMs, span.startMs)
    if (candle.closed) this.close(span.endMs, [])
  }

  /** What was closed stays so, though no later trade closes it here. */
  #closeTold(told: Candle | undefined, newestMs: number, untold: IntervalCandle[]): void {
    if (told?.closed !== true || this.#current?.startMs !== told.openTime) return
    const finals: IntervalCandle[] = []
    this.close(newestMs, finals)
    untold.push(...finals.filter(({ candle }) => candle.trades !== told.trades))
  }

  #addLate(trade: ScaledTrade, knownSinceMs: number, newestMs: number, finals: IntervalCandle[]): TradePlace {
    const { timeMs } = trade
    let index = this.#closed.length
    while (index > 0 && (this.#closed[index - 1]?.startMs ?? 0) > timeMs) index -= 1
    const before = this.#closed[index - 1]
    const held = before !== undefined && timeMs < before.endMs ? before : undefined
    const span = held ?? this.#calendar.spanOf(this.interval, timeMs)
    if (span.startMs < this.#firstMs || !this.#isKept(span, newestMs)) return 'none'
    if (held !== undefined) held.add(trade)
    const candle = held ?? CandleAggregate.ofTrade(span, trade, span.startMs < knownSinceMs)
    if (held === undefined) this.#closed.splice(index, 0, candle)
    finals.push({ interval: this.interval, candle: candle.toCandle(true, true) })
    return 'closed'
  }

  #isKept({ endMs }: TimeSpan, newestMs: number): boolean {
    return endMs + this.#lateWindowMs > newestMs
  }
}
