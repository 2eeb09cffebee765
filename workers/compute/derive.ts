import { type Calendar, UTC_24X7 } from '../../src/market/calendar.ts'
import { INTERVALS, type Interval } from '../../src/market/candle-interval.ts'
import type {
  ChannelDeclaration,
  ChannelMessage,
  FeedMessage,
  QualityMessage
} from '../../src/protocol/feed-message.ts'
import type { Quote, Trade } from '../../src/protocol/market-data.ts'
import type { OpenCandles } from '../../src/protocol/port-messages.ts'
import type { OutgoingMessage } from './derive-message.ts'
import { DerivePace } from './derive-pace.ts'
import { DeriveRoutes } from './derive-routes.ts'
import { type DeriveCounts, DeriveSymbol } from './derive-symbol.ts'
import { FeedClock } from './derive-time.ts'

/** Settings of `Derive`; all have defaults. */
export interface DeriveOptions {
  /** Shortest time between two messages of a candle in progress or a ticker, ms. Default 250. */
  readonly deriveMs?: number
  /** How long after the end of an interval its candle is closed when no later trade does it, ms. Default 1,000. */
  readonly closeDelayMs?: number
  /** Default: all of them. */
  readonly intervals?: readonly Interval[]
  /** The calendar of a symbol. Default: always open, UTC. */
  readonly calendarOf?: (venue: string, symbol: string) => Calendar
  /** Symbols derived from at once; trades of further ones are passed on only, and counted. Default 5,000. */
  readonly symbolLimit?: number
  /**
   * Any clock that does not go back, ms; for a live feed. Default: the times of the feed's messages, so that what is
   * derived from a recording is the same at any speed.
   */
  readonly nowMs?: () => number
}

/** What became of messages that were not simply counted. */
export interface DeriveTotals extends DeriveCounts {
  /** Trades with a time no calendar has, or of symbols above the limit. */
  readonly ignored: number
}

/** 1 January of the year 10000: what comes after it was given in another unit than ms. */
const MAX_TIME_MS = 253_402_300_800_000
/** Messages of candles in progress and tickers, over all symbols: with more symbols each of them is told less often. */
const MAX_IN_PROGRESS_PER_SECOND = 20_000
/** Quality with which trades may be missing. */
const LOSSY: ReadonlySet<QualityMessage['quality']> = new Set(['recovering', 'stale'])

/**
 * Adds to a feed's messages what follows from them: the candles and the 24-hour ticker of every symbol with trades.
 *
 * ```
 * feed ── trade, quote, … ──► Derive ── trade, quote, …, candle, ticker ──► outbox
 * ```
 *
 * Messages of the feed go through in their order, each followed by what it made final: candles it closed or corrected,
 * marked `isFinal`. What is in progress follows at most every `deriveMs` for a symbol, the first change at once; more
 * rarely where there are more symbols than can be told of so often (some 400 with the defaults). A kind
 * of channel that a feed publishes itself for a symbol is left to it.
 */
export class Derive {
  readonly #deriveMs: number
  readonly #nowMs: (() => number) | undefined
  readonly #feedClock = new FeedClock()
  readonly #routes: DeriveRoutes
  readonly #pace: DerivePace<DeriveSymbol>
  #nextPassMs = -Infinity
  #ignoredCount = 0

  constructor(options: DeriveOptions = {}) {
    const { deriveMs = 250, closeDelayMs = 1_000, intervals = INTERVALS, symbolLimit = 5_000 } = options
    const calendarOf = options.calendarOf ?? (() => UTC_24X7)
    this.#deriveMs = deriveMs
    this.#pace = new DerivePace(deriveMs)
    this.#nowMs = options.nowMs
    this.#routes = new DeriveRoutes((venue, symbol) => {
      const restMs = ((this.#routes.size + 1) * (intervals.length + 1) * 1_000) / MAX_IN_PROGRESS_PER_SECOND
      this.#pace.restMs = Math.max(deriveMs, restMs)
      return new DeriveSymbol(`${venue}:${symbol}`, { intervals, closeDelayMs, calendar: calendarOf(venue, symbol) })
    }, symbolLimit)
  }

  get totals(): DeriveTotals {
    const totals = {
      duplicates: 0,
      late: 0,
      tooLate: 0,
      restarts: 0,
      ignored: this.#ignoredCount + this.#routes.refusedCount
    }
    for (const { counts } of this.#routes.symbols()) {
      totals.duplicates += counts.duplicates
      totals.late += counts.late
      totals.tooLate += counts.tooLate
      totals.restarts += counts.restarts
    }
    return totals
  }

  /** The channels that will be derived from a feed's, so that clients can subscribe before the first message. */
  declarations(channels: readonly ChannelDeclaration[]): ChannelDeclaration[] {
    for (const { channel } of channels) this.#routes.find(channel)
    return channels.flatMap(({ channel }) => {
      const route = this.#routes.find(channel)
      return route?.kind === 'trade' ? route.symbol.channels.map((derived) => ({ channel: derived })) : []
    })
  }

  /** Continues the candles of a symbol that were in progress when the producer ended; call it before the first trade. */
  restore(past: OpenCandles): void {
    this.#routes.symbolOf(past.venue, past.symbol)?.restore(past)
  }

  /** Takes a batch of the feed's messages; returns them with what follows from them. */
  apply(messages: readonly FeedMessage[]): OutgoingMessage[] {
    const out: OutgoingMessage[] = []
    let nowMs = this.#nowMs?.()
    for (const message of messages) {
      // What is known of the time that ends is told before the new one begins.
      if ('rewind' in message) out.push(...this.drain())
      out.push(message)
      if ('quality' in message) this.#interrupt(message)
      if ('rewind' in message) this.#rewind()
      if (!('channel' in message)) continue
      if (this.#nowMs === undefined) nowMs = this.#feedTime(message.exchangeTime)
      if (nowMs === undefined) continue
      this.#take(message, nowMs, out)
      this.#pass(nowMs, out)
    }
    return out
  }

  /** What has become due without a message; to be asked for every `deriveMs` of a live feed. */
  tick(): OutgoingMessage[] {
    const out: OutgoingMessage[] = []
    if (this.#nowMs !== undefined) this.#pass(this.#nowMs(), out)
    return out
  }

  /** What changed and was not told yet, however recently the rest was; for the end of the feed. */
  drain(): OutgoingMessage[] {
    const out: OutgoingMessage[] = []
    for (const symbol of this.#routes.symbols()) symbol.publish(out)
    return out
  }

  #take({ channel, exchangeTime, data }: ChannelMessage, nowMs: number, out: OutgoingMessage[]): void {
    const route = this.#routes.find(channel)
    if (route === undefined) return
    if (!isTime(exchangeTime)) {
      if (route.kind === 'trade') this.#ignoredCount += 1
      return
    }
    const { symbol, kind } = route
    if (kind === 'trade') symbol.trade(data as Trade, Math.floor(exchangeTime), nowMs, out)
    else symbol.quote(data as Quote, Math.floor(exchangeTime))
    this.#publish(symbol, nowMs, out)
  }

  /** Lets time pass: publishes what waited, and every `deriveMs` closes what is over. */
  #pass(nowMs: number, out: OutgoingMessage[]): void {
    for (const symbol of this.#pace.drainRested(nowMs)) this.#publish(symbol, nowMs, out)
    if (nowMs < this.#nextPassMs) return
    this.#nextPassMs = nowMs + this.#deriveMs
    for (const symbol of this.#routes.symbols()) {
      symbol.pass(nowMs, out)
      this.#publish(symbol, nowMs, out)
    }
  }

  #publish(symbol: DeriveSymbol, nowMs: number, out: OutgoingMessage[]): void {
    if (!symbol.hasNews || this.#pace.isResting(symbol)) return
    symbol.publish(out)
    this.#pace.rest(symbol, nowMs)
  }

  /** The time by the feed's clock; when that went back for good, everything starts anew. */
  #feedTime(exchangeTime: number): number {
    if (isTime(exchangeTime) && this.#feedClock.note(exchangeTime)) {
      for (const symbol of this.#routes.symbols()) symbol.restart()
    }
    return this.#feedClock.nowMs()
  }

  #rewind(): void {
    this.#feedClock.rewind()
    for (const symbol of this.#routes.symbols()) symbol.restart()
  }

  #interrupt({ quality, channels }: QualityMessage): void {
    if (!LOSSY.has(quality)) return
    if (channels === undefined) for (const symbol of this.#routes.symbols()) symbol.interrupt()
    for (const channel of channels ?? []) {
      const route = this.#routes.find(channel)
      if (route?.kind === 'trade') route.symbol.interrupt()
    }
  }
}

function isTime(timeMs: number): boolean {
  return timeMs >= 0 && timeMs <= MAX_TIME_MS
}
