import type { Market } from '../../client/index.ts'
import type { WatchEntry } from './watch-entry.ts'

const SEED_INTERVAL = '1m'
const MINUTE_MS = 60_000
/** Minutes of the past that a spark line shows. */
const MINUTES = 60
/** Of a market that is younger than so many minutes, the line goes on in seconds: it would be a single stroke. */
const LEAST_POINTS = 15
const SECOND_MS = 1_000
/** Requests under way at once: the chart's own history must not wait behind those of many rows. */
const MOST_UNDER_WAY = 2

/** Gives the spark lines of the rows in sight their past, a few at a time. */
export class SparkSeeds {
  readonly #market: Market
  readonly #onChange: () => void
  #wanted: readonly WatchEntry[] = []
  #underWay = 0

  constructor(market: Market, onChange: () => void) {
    this.#market = market
    this.#onChange = onChange
  }

  /** Which rows are in sight now; those that were scrolled past before their turn are left out. */
  follow(entries: readonly WatchEntry[]): void {
    this.#wanted = entries
    this.#next()
  }

  #next(): void {
    while (this.#underWay < MOST_UNDER_WAY) {
      const entry = this.#wanted.find(({ isSeeded, intervals }) => intervals.includes(SEED_INTERVAL) && !isSeeded)
      if (entry === undefined) return
      entry.isSeeded = true
      this.#underWay += 1
      void this.#seed(entry).finally(() => {
        this.#underWay -= 1
        this.#next()
      })
    }
  }

  async #seed(entry: WatchEntry): Promise<void> {
    const live = this.#market.candles(entry.ticker, SEED_INTERVAL, { history: MINUTES })
    try {
      await live.ready()
      const candles = live.value ?? []
      // In the middle of its minute: the close of a candle is no older than its end.
      const points = candles.map(({ openTime, close }) => ({ timeMs: openTime + MINUTE_MS / 2, price: Number(close) }))
      entry.spark.seed(points, points.length < LEAST_POINTS ? SECOND_MS : MINUTE_MS)
      entry.version += 1
      this.#onChange()
    } catch {
      // No past is kept of it: the line begins with what comes live.
    } finally {
      live.close()
    }
  }
}
