import type { LiveQuote, LiveTicker, Market } from '../../client/index.ts'
import { doubtOf } from '../doubt.ts'
import type { WatchEntry } from './watch-entry.ts'

/** Most updates a second of a row that shows a quote: faster than the eye. Tickers come no more often by themselves. */
const QUOTE_RATE_HZ = 4
/** A row that was scrolled past is not asked for: only those that stay in sight for so long, ms. */
const SETTLE_MS = 120

type RowLive = LiveTicker | LiveQuote

/** Holds the live values of the rows in sight, and of no others. */
export class WatchSubscriptions {
  readonly #market: Market
  readonly #onChange: () => void
  readonly #lives = new Map<WatchEntry, RowLive>()
  #wanted: readonly WatchEntry[] = []
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(market: Market, onChange: () => void) {
    this.#market = market
    this.#onChange = onChange
  }

  /** Which rows are in sight now; the first ones at once, changes when they have settled. */
  follow(entries: readonly WatchEntry[]): void {
    this.#wanted = entries
    if (this.#lives.size === 0) this.#settle()
    else this.#timer ??= setTimeout(() => this.#settle(), SETTLE_MS)
  }

  #settle(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const wanted = new Set(this.#wanted)
    for (const entry of wanted) if (!this.#lives.has(entry)) this.#lives.set(entry, this.#open(entry))
    for (const [entry, live] of this.#lives) {
      if (wanted.has(entry)) continue
      this.#lives.delete(entry)
      live.close()
    }
  }

  #open(entry: WatchEntry): RowLive {
    const { ticker } = entry
    if (entry.hasTicker) {
      const live = this.#market.ticker(ticker)
      const take = () => {
        const { value } = live
        if (value !== undefined) entry.move(value.last, Number(value.changePercent), Date.now())
        this.#took(entry, live)
      }
      live.onChange(take)
      take()
      return live
    }
    const live = this.#market.quote(ticker, { maxRateHz: QUOTE_RATE_HZ })
    const take = () => {
      const { value } = live
      if (value !== undefined) entry.move(value.bid, Number.NaN, Date.now())
      this.#took(entry, live)
    }
    live.onChange(take)
    take()
    return live
  }

  #took(entry: WatchEntry, live: RowLive): void {
    const isWaiting = live.value === undefined && live.quality.sinceMs === 0
    entry.setDoubt(isWaiting ? undefined : doubtOf(live.quality))
    this.#onChange()
  }
}
