import type { Ticker, Trade } from '../protocol/market-data.ts'
import { DAY_MS } from './candle-interval.ts'
import { RollingExtreme } from './rolling-extreme.ts'
import { KNOWN_ID_LIMIT, RollingIds } from './rolling-ids.ts'
import type { RollingMinute } from './rolling-minute.ts'
import { minuteOf, RollingMinutes } from './rolling-minutes.ts'
import {
  compareScaled,
  divideScaled,
  formatScaled,
  multiplyScaled,
  parseScaled,
  type Scaled,
  subtractScaled,
  truncateScaled
} from './scaled.ts'
import { ScaledSum } from './scaled-sum.ts'
import { type ScaledPrice, type ScaledTrade, scaleTrade } from './scaled-trade.ts'
import { QUOTE_DECIMALS, vwapOf } from './scaled-vwap.ts'

const PERCENT_DECIMALS = 3
const HUNDRED: Scaled = { units: 100n, scale: 0 }

/** Rolling statistics as they are computed here: a best price is absent until the first quote. */
export type BuiltTicker = Omit<Ticker, 'bid' | 'ask'> & { readonly bid?: string; readonly ask?: string }

/**
 * Statistics of one symbol over the last 24 hours.
 *
 * The window begins at the edge of a minute, so that it is never shorter than 24 hours and less than a minute longer;
 * trades leave it a minute at a time. Memory is bounded by its 1,441 minutes, of which only those with trades are kept:
 * about 150 kB for a symbol that trades in all of them.
 * Sums are exact: they grow by what comes and shrink by what leaves, without ever drifting.
 *
 * Trades may come in any order as long as they belong into the window. Until 24 hours are known, the window begins with
 * the first trade that is.
 */
export class RollingTicker {
  readonly #minutes = new RollingMinutes()
  readonly #ids: RollingIds
  readonly #high = new RollingExtreme<RollingMinute>((a, b) => compareScaled(a.high, b.high) > 0)
  readonly #low = new RollingExtreme<RollingMinute>((a, b) => compareScaled(a.low, b.low) < 0)
  readonly #volume = new ScaledSum()
  readonly #quoteVolume = new ScaledSum()
  #trades = 0
  #last: ScaledPrice | undefined
  #lastMs = -Infinity
  #newestMs = -Infinity
  #knownSinceMs = Infinity
  #bid: string | undefined
  #ask: string | undefined
  #duplicateCount = 0
  #tooLateCount = 0

  /** @param knownIdLimit 0 when whoever calls sees to it that each trade comes once. */
  constructor(knownIdLimit = KNOWN_ID_LIMIT) {
    this.#ids = new RollingIds(knownIdLimit)
  }

  /** Trades ignored because one with the same id came shortly before. */
  get duplicateCount(): number {
    return this.#duplicateCount
  }

  /** Trades ignored because they were older than the window. */
  get tooLateCount(): number {
    return this.#tooLateCount
  }

  /**
   * Adds a trade; false when it changed nothing.
   *
   * @param timeMs venue clock, a whole number of ms since the Unix epoch.
   */
  add(trade: Trade, timeMs: number): boolean {
    if (!this.#ids.add(trade.id)) {
      this.#duplicateCount += 1
      return false
    }
    this.advance(timeMs)
    if (timeMs < this.#startMs()) {
      this.#tooLateCount += 1
      return false
    }
    this.#count(scaleTrade(trade, timeMs))
    return true
  }

  /** Tells that the venue's time has come to `timeMs`; true when trades left the window by it. */
  advance(timeMs: number): boolean {
    if (timeMs <= this.#newestMs) return false
    this.#newestMs = timeMs
    const startMs = this.#startMs()
    if (this.#minutes.oldestMs >= startMs) return false
    for (const { volume, quoteVolume, trades } of this.#minutes.drainBefore(startMs)) {
      this.#volume.subtract(volume)
      this.#quoteVolume.subtract(quoteVolume)
      this.#trades -= trades
    }
    this.#high.dropBefore(startMs)
    this.#low.dropBefore(startMs)
    return true
  }

  /** Sets the best prices; false when they are as before. */
  quote(bid: string, ask: string): boolean {
    if (bid === this.#bid && ask === this.#ask) return false
    this.#bid = bid
    this.#ask = ask
    return true
  }

  /** The statistics now; `undefined` before the first trade. In a window without trades all prices are the last one. */
  snapshot(): BuiltTicker | undefined {
    const last = this.#last
    if (last === undefined) return undefined
    const open = this.#minutes.open ?? last.text
    const openValue = parseScaled(open)
    const change = subtractScaled(last, openValue)
    return {
      last: last.text,
      change: formatScaled(change),
      changePercent: formatScaled(percentOf(change, openValue)),
      open,
      high: (this.#high.best?.high ?? last).text,
      low: (this.#low.best?.low ?? last).text,
      volume: formatScaled(this.#volume),
      quoteVolume: formatScaled(truncateScaled(this.#quoteVolume, QUOTE_DECIMALS)),
      vwap: vwapOf(this.#quoteVolume, this.#volume, last),
      trades: this.#trades,
      ...(this.#bid !== undefined && { bid: this.#bid }),
      ...(this.#ask !== undefined && { ask: this.#ask }),
      windowStart: Math.max(this.#startMs(), this.#knownSinceMs)
    }
  }

  #startMs(): number {
    return minuteOf(this.#newestMs) - DAY_MS
  }

  #count(trade: ScaledTrade): void {
    const minute = this.#minutes.add(trade)
    // Only then did the minute become better, or is it new.
    if (minute.high === trade.price) this.#high.note(minute)
    if (minute.low === trade.price) this.#low.note(minute)
    this.#volume.add(trade.size)
    this.#quoteVolume.add(trade.quoteSize)
    this.#trades += 1
    this.#knownSinceMs = Math.min(this.#knownSinceMs, trade.timeMs)
    if (trade.timeMs < this.#lastMs) return
    this.#lastMs = trade.timeMs
    this.#last = trade.price
  }
}

/** Cut off after three decimals, toward zero. */
function percentOf(change: Scaled, open: Scaled): Scaled {
  if (open.units === 0n) return { units: 0n, scale: 0 }
  return divideScaled(multiplyScaled(change, HUNDRED), open, PERCENT_DECIMALS)
}
