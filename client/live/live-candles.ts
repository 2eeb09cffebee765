import type { Interval } from '../../src/market/candle-interval.ts'
import type { Candle } from '../../src/protocol/market-data.ts'
import type { Update } from '../../src/protocol/server-events.ts'
import type { LiveQuality } from '../feed.ts'
import type { FeedHub } from '../feed-hub.ts'
import { Listeners, type Off } from '../listeners.ts'
import { MarketError } from '../market-error.ts'
import type { Rest } from '../rest.ts'
import { CandleJoin } from './candle-join.ts'
import { type CandlePage, type CandleWish, readCandles } from './candle-page.ts'
import { Live, type LiveOptions } from './live.ts'

export interface CandlesOptions extends LiveOptions {
  /** Candles of the past to begin with; default 0: only what is in progress, and what follows. */
  readonly history?: number
  /** Candles of the past that were read already, to begin with. */
  readonly page?: CandlePage
}

/** What a candle tells in figures. */
export type CandleFigure = Exclude<keyof Candle, 'closed' | 'partial' | 'corrected'>

/** Waits between readings of a history that does not yet reach the stream, ms: it is written a moment later. */
const FIRST_WAIT_MS = 150
const MOST_WAIT_MS = 2_000
/** Candles held, unless more were asked for; the oldest are let go when there are a tenth more. */
const MOST_HELD = 10_000
/** Candles read beyond those held when a hole is mended, for what came meanwhile. */
const SPARE_CANDLES = 100

/** The candles of a symbol: history and the live stream, joined. */
export class LiveCandles extends Live<readonly Candle[]> {
  readonly interval: Interval
  readonly #rest: Rest
  readonly #history: number
  readonly #maxRateHz: number | undefined
  #mostHeld: number
  readonly #join = new CandleJoin()
  readonly #candles = new Listeners<[candle: Candle, isNew: boolean]>()
  readonly #mends = new Listeners<[]>()
  /** Since when history is read, ms since the Unix epoch; `undefined` while it is not needed. */
  #readingSinceMs: number | undefined
  /** Of the next reading. */
  #timer: ReturnType<typeof setTimeout> | undefined
  #isSettled = false
  #hasMore = true

  constructor(hub: FeedHub, rest: Rest, symbol: string, interval: Interval, options: CandlesOptions) {
    super(hub, symbol)
    const { history = 0, page, maxRateHz } = options
    this.interval = interval
    this.#rest = rest
    this.#history = history
    this.#maxRateHz = maxRateHz
    this.#mostHeld = Math.max(MOST_HELD, history, page?.candles.length ?? 0)
    if (page !== undefined) this.#begin(page)
    else if (history > 0) void this.#readFirst()
    else this.#follow()
  }

  /** Oldest first; the last one may be in progress. */
  get value(): readonly Candle[] | undefined {
    return this.#isSettled || this.#join.series.length > 0 ? this.#join.series.candles : undefined
  }

  /** A figure of the newest candle as a double; `NaN` before the first, and where the candle does not have it. */
  number(field: CandleFigure): number {
    return Number(this.#join.series.newest?.[field])
  }

  /** The same of every candle, oldest first. */
  numbers(field: CandleFigure): number[] {
    return this.#join.series.candles.map((candle) => Number(candle[field]))
  }

  /** How many there are, without the list of them. */
  get length(): number {
    return this.#join.series.length
  }

  /** Whether there may be older candles to load. */
  get hasMore(): boolean {
    return this.#hasMore
  }

  /** Told of every candle that changed or began; also of an older one that was corrected. */
  onCandle(listener: (candle: Candle, isNew: boolean) => void): Off {
    return this.#candles.add(listener)
  }

  /**
   * Told when candles were read again because the stream could not be proven to go on where it was, and when later ones
   * are gone because a recording began anew: read `value`.
   */
  onMended(listener: () => void): Off {
    return this.#mends.add(listener)
  }

  /** What it has reached: another `candles` with this page goes on from here. `undefined` while something is missing. */
  page(): CandlePage | undefined {
    const { reached, isOpen, series } = this.#join
    if (reached === undefined || isOpen) return undefined
    const time = series.newest?.openTime ?? 0
    return {
      candles: series.candles,
      next: series.oldest?.openTime ?? null,
      position: { ...reached, channel: this.channel, time }
    }
  }

  /**
   * Loads up to `count` candles older than those held.
   *
   * @returns how many there were.
   * @throws MarketError when history cannot be read.
   */
  async loadBefore(count: number): Promise<number> {
    const { series } = this.#join
    const to = series.oldest?.openTime
    const { candles, next } = await readCandles(this.#rest, this.symbol, this.interval, { to, limit: count })
    // Meanwhile the oldest may have been let go: these would not join what is held now.
    if (to !== undefined && (series.oldest?.openTime ?? to) > to) return this.loadBefore(count)
    const before = series.length
    // Meanwhile a hole may have been mended, with all of these in it.
    series.prepend(candles)
    this.#hasMore = next !== null
    this.#mostHeld = Math.max(this.#mostHeld, this.length)
    this.changed()
    return this.length - before
  }

  protected take(update: Update): void {
    const verdict = this.#join.take(update, this.feed?.epoch ?? '')
    if (verdict === 'rewound') this.#mends.tell()
    else if (verdict !== 'ignored') this.#candles.tell(update.data as Candle, verdict === 'new')
    if (this.length > this.#mostHeld * 1.1) {
      this.#join.series.keepNewest(this.#mostHeld)
      this.#hasMore = true
    }
    if (this.#join.isOpen && this.#readingSinceMs === undefined) void this.#mend()
  }

  protected override presentQuality(): LiveQuality {
    const quality = super.presentQuality()
    const sinceMs = this.#readingSinceMs
    if (sinceMs === undefined || quality.quality === 'disconnected') return quality
    return { ...quality, quality: 'recovering', cause: 'history', sinceMs }
  }

  override close(): void {
    super.close()
    clearTimeout(this.#timer)
  }

  protected override ended(): void {
    super.ended()
    clearTimeout(this.#timer)
  }

  async #readFirst(): Promise<void> {
    this.#readingSinceMs = Date.now()
    const page = await this.#read({ limit: this.#history }).catch(() => undefined)
    this.#readingSinceMs = undefined
    if (this.isClosed) return
    if (page !== undefined) {
      this.#begin(page)
      return
    }
    this.#join.expectPast()
    this.#follow()
  }

  #begin(page: CandlePage): void {
    // What is told meanwhile is written a moment later.
    if (!page.candles.length) this.#join.expectPast()
    this.#join.mend(page)
    this.#hasMore = page.next !== null
    this.#isSettled = true
    this.#follow()
    this.changed()
  }

  #follow(): void {
    const options = { resume: this.#join.reached, maxRateHz: this.#maxRateHz }
    this.hold(`candle:${this.symbol}:${this.interval}`, options)
  }

  /** Reads history until it reaches the place where the stream went on. */
  async #mend(waitMs = FIRST_WAIT_MS): Promise<void> {
    this.#readingSinceMs ??= Date.now()
    const isMended = await this.#tryMend()
    if (this.isClosed) return
    if (!isMended) {
      const again = () => void this.#mend(Math.min(waitMs * 2, MOST_WAIT_MS))
      if (this.end === undefined) this.#timer = setTimeout(again, waitMs)
      return
    }
    this.#readingSinceMs = undefined
    this.#isSettled = true
    this.#mends.tell()
    this.changed()
  }

  async #tryMend(): Promise<boolean> {
    const { series, heldTime } = this.#join
    const limit = Math.max(this.#history, series.length) + SPARE_CANDLES
    try {
      const page = await this.#read({ limit, since: heldTime, most: Math.max(limit, MOST_HELD) })
      if (this.isClosed) return true
      if (!this.#join.mend(page)) return false
      // Older ones may be held still, of which nothing new is known.
      const startTime = page.candles[0]?.openTime ?? 0
      if ((series.oldest?.openTime ?? 0) >= startTime) this.#hasMore = page.next !== null
      return true
    } catch (error) {
      // What is not stored is not to be had: without it, only what came since the hole is certain.
      const isHopeless = error instanceof MarketError && !error.temporary
      if (isHopeless) this.#join.giveUp()
      return isHopeless
    }
  }

  async #read(wish: CandleWish): Promise<CandlePage> {
    const page = await readCandles(this.#rest, this.symbol, this.interval, wish)
    // Candles made of finer ones are numbered by those.
    const isOurs = page.position?.channel === `candle:${this.symbol}:${this.interval}`
    return isOurs ? page : { ...page, position: null }
  }
}
