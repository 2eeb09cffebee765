import type { Calendar } from '../../src/market/calendar.ts'
import { CandleBuilder } from '../../src/market/candle-builder.ts'
import type { Interval } from '../../src/market/candle-interval.ts'
import type { IntervalCandle } from '../../src/market/candle-series.ts'
import { KNOWN_ID_LIMIT, RollingIds } from '../../src/market/rolling-ids.ts'
import { RollingTicker } from '../../src/market/rolling-ticker.ts'
import type { ChannelMessage } from '../../src/protocol/feed-message.ts'
import type { Candle, Quote, Trade } from '../../src/protocol/market-data.ts'
import type { OpenCandles } from '../../src/protocol/port-messages.ts'
import { continueCandles } from './continued-candles.ts'
import type { OutgoingMessage } from './derive-message.ts'
import { DeriveTime } from './derive-time.ts'

/** What became of the trades that were not simply counted. */
export interface DeriveCounts {
  /** Ignored: one with the same id came shortly before. */
  readonly duplicates: number
  /** Corrected closed candles. */
  readonly late: number
  /** Too late for at least one of their candles. */
  readonly tooLate: number
  /** How often statistics began anew because time had gone back for good. */
  readonly restarts: number
}

/** What a symbol's statistics are made with. */
export interface DeriveSymbolOptions {
  readonly intervals: readonly Interval[]
  readonly calendar: Calendar
  /** See `DeriveOptions`. */
  readonly closeDelayMs: number
}

/** Derives candles and a ticker from the trades and quotes of one symbol. */
export class DeriveSymbol {
  readonly #options: DeriveSymbolOptions
  readonly #tickerChannel: string
  readonly #candleChannels: ReadonlyMap<Interval, string>
  // The ids are checked here, once for both.
  #ids = new RollingIds(KNOWN_ID_LIMIT)
  #candles: CandleBuilder
  #ticker = new RollingTicker(0)
  #time = new DeriveTime()
  /** When the trade with the newest time came, by the clock of the caller; `undefined` before the first trade. */
  #newestCameMs: number | undefined
  /** Candles that were closed at the end of an earlier life, told with the first trade of this one. */
  #closedBefore: readonly IntervalCandle[] = []
  #tickerMs = 0
  #hasNewCandles = false
  #hasNewTicker = false
  #ownsCandles = true
  #ownsTicker = true
  #past = { duplicates: 0, late: 0, tooLate: 0, restarts: 0 }

  /** @param name `VENUE:SYMBOL`. */
  constructor(name: string, options: DeriveSymbolOptions) {
    this.#options = options
    this.#tickerChannel = `ticker:${name}`
    this.#candleChannels = new Map(options.intervals.map((interval) => [interval, `candle:${name}:${interval}`]))
    this.#candles = new CandleBuilder({ ...options, knownIdLimit: 0 })
  }

  /** The channels this publishes. */
  get channels(): string[] {
    const candles = this.#ownsCandles ? [...this.#candleChannels.values()] : []
    return this.#ownsTicker ? [...candles, this.#tickerChannel] : candles
  }

  /** True when `publish` would give something. */
  get hasNews(): boolean {
    return (this.#ownsCandles && this.#hasNewCandles) || (this.#ownsTicker && this.#hasNewTicker)
  }

  get counts(): DeriveCounts {
    const { duplicates, late, tooLate, restarts } = this.#past
    const { tooLateCount } = this.#ownsCandles ? this.#candles : this.#ticker
    return { duplicates, late: late + this.#candles.lateCount, tooLate: tooLate + tooLateCount, restarts }
  }

  /** Leaves a kind of channels to the feed, which publishes them itself. */
  leave(kind: 'candle' | 'ticker'): void {
    if (kind === 'candle') this.#ownsCandles = false
    else this.#ownsTicker = false
  }

  /** Takes a trade; candles that are final by it are appended to `out`. */
  trade(trade: Trade, timeMs: number, nowMs: number, out: OutgoingMessage[]): void {
    // Repeated trades say nothing of the time: venues send their last ones again to whoever connects.
    if (!this.#ids.add(trade.id)) {
      this.#past.duplicates += 1
      return
    }
    if (this.#time.note(timeMs)) {
      this.restart()
      this.#ids.add(trade.id)
      this.#time.note(timeMs)
    }
    if (timeMs >= this.#time.newestMs || this.#newestCameMs === undefined) this.#newestCameMs = nowMs
    if (this.#ownsCandles) {
      this.#publishFinals(this.#closedBefore, out)
      this.#closedBefore = []
      const finals = this.#candles.add(trade, timeMs)
      if (finals !== undefined) this.#hasNewCandles = true
      if (finals !== undefined && finals.length > 0) this.#publishFinals(finals, out)
    }
    if (this.#ownsTicker && this.#ticker.add(trade, timeMs)) {
      this.#hasNewTicker = true
      this.#tickerMs = Math.max(this.#tickerMs, timeMs)
    }
  }

  quote({ bid, ask }: Quote, timeMs: number): void {
    if (!this.#ownsTicker || !this.#ticker.quote(bid, ask)) return
    this.#hasNewTicker = this.#time.newestMs !== -Infinity
    this.#tickerMs = Math.max(this.#tickerMs, timeMs)
  }

  /** Lets time pass: closes candles whose interval is over, and drops from the ticker what is too old. */
  pass(nowMs: number, out: OutgoingMessage[]): void {
    if (this.#newestCameMs === undefined) return
    // The two clocks may differ by seconds, so the venue's time is its last word and what has passed since.
    const venueMs = this.#time.newestMs + (nowMs - this.#newestCameMs)
    const finals = this.#candles.closeUntil(venueMs - this.#options.closeDelayMs)
    if (this.#ownsCandles && finals.length > 0) this.#publishFinals(finals, out)
    if (this.#ticker.advance(Math.floor(venueMs))) this.#hasNewTicker = true
  }

  /** Appends what changed since the last time to `out`: all candles in progress, the ticker. */
  publish(out: OutgoingMessage[]): void {
    if (this.#ownsCandles && this.#hasNewCandles) {
      for (const { interval, candle } of this.#candles.current()) out.push(this.#candleMessage(interval, candle))
    }
    const ticker = this.#ownsTicker && this.#hasNewTicker ? this.#ticker.snapshot() : undefined
    if (ticker !== undefined) out.push({ channel: this.#tickerChannel, exchangeTime: this.#tickerMs, data: ticker })
    this.#hasNewCandles = false
    this.#hasNewTicker = false
  }

  /**
   * Continues candles of an earlier life of the producer, from the first trade on: until it comes, nobody knows whether
   * the market goes on.
   */
  restore(past: OpenCandles): void {
    // A time that went back meanwhile left candles of a future that did not come; or it goes back among the last trades.
    const isAhead = past.candles.some(({ candle, lastMs }) => candle.openTime > lastMs)
    const time = new DeriveTime()
    const hasRestarted = past.trades.map((trade) => time.note(trade.time)).includes(true)
    if (isAhead || hasRestarted) return
    this.#closedBefore = continueCandles(this.#candles, past, this.#options.calendar)
    for (const { candle } of past.candles) this.#time.note(candle.openTime)
    for (const { id, time } of past.trades) {
      this.#ids.add(id)
      this.#time.note(time)
    }
  }

  /** Tells that trades may have been missed. */
  interrupt(): void {
    this.#candles.interrupt()
  }

  /** Forgets everything but the counts. */
  restart(): void {
    this.#past = { ...this.counts, restarts: this.#past.restarts + 1 }
    this.#ids = new RollingIds(KNOWN_ID_LIMIT)
    this.#candles = new CandleBuilder({ ...this.#options, knownIdLimit: 0 })
    this.#ticker = new RollingTicker(0)
    this.#time = new DeriveTime()
    this.#newestCameMs = undefined
    this.#closedBefore = []
    this.#tickerMs = 0
    this.#hasNewCandles = false
    this.#hasNewTicker = false
  }

  #publishFinals(finals: readonly IntervalCandle[], out: OutgoingMessage[]): void {
    for (const { interval, candle } of finals) out.push({ ...this.#candleMessage(interval, candle), isFinal: true })
  }

  #candleMessage(interval: Interval, candle: Candle): ChannelMessage {
    return {
      channel: this.#candleChannels.get(interval) ?? '',
      exchangeTime: this.#time.newestMs,
      data: candle
    }
  }
}
