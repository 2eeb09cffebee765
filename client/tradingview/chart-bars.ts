import type { Interval } from '../../src/market/candle-interval.ts'
import { type CandlePage, readCandles } from '../live/candle-page.ts'
import type { LiveCandles } from '../live/live-candles.ts'
import type { Market } from '../market.ts'
import type { Bar, OnTick, PeriodParams } from './charting-library.ts'
import { barOf } from './resolution.ts'

/** Where charts of so many symbols and resolutions were is remembered; of those before, they read history again. */
const MOST_PAGES = 500
/** Candles with which a stream begins: the one in progress, and the one before. */
const KEPT_CANDLES = 2

interface Followed {
  readonly key: string
  readonly live: LiveCandles
}

/**
 * Bars of the past and of the present for charts.
 *
 * A chart asks for history first, and then for what follows. The stream goes on exactly where that history ended, by
 * its position; so there is no hole and no bar twice. Only where the server cannot prove that nothing was missed, the
 * chart is told to forget what it has.
 */
export class ChartBars {
  readonly #market: Market
  /** Where the newest history ended that a chart was given, by symbol and interval. */
  readonly #pages = new Map<string, CandlePage>()
  readonly #followed = new Map<string, Followed>()

  constructor(market: Market) {
    this.#market = market
  }

  async read(symbol: string, interval: Interval, { to, countBack, firstDataRequest }: PeriodParams): Promise<Bar[]> {
    // The first request means up to now, which is not the same on every clock.
    const range = firstDataRequest ? {} : { to: to * 1_000 }
    const page = await readCandles(this.#market.rest, symbol, interval, { ...range, limit: Math.max(countBack, 1) })
    if (firstDataRequest) this.#remember(`${symbol} ${interval}`, page)
    return page.candles.map((candle) => barOf(interval, candle))
  }

  follow(id: string, symbol: string, interval: Interval, onTick: OnTick, onReset: () => void): void {
    this.end(id)
    const key = `${symbol} ${interval}`
    const page = this.#pages.get(key)
    const live = this.#market.candles(symbol, interval, page === undefined ? {} : { page })
    this.#followed.set(id, { key, live })
    let newestTime = page?.candles.at(-1)?.openTime ?? 0
    live.onCandle((candle) => {
      // Charts take the newest bar and newer ones; that an older one was corrected they see when they read it again.
      if (candle.openTime < newestTime) return
      newestTime = candle.openTime
      onTick(barOf(interval, candle))
    })
    live.onMended(() => {
      this.#pages.delete(key)
      newestTime = live.value?.at(-1)?.openTime ?? newestTime
      onReset()
    })
  }

  end(id: string): void {
    const followed = this.#followed.get(id)
    if (followed === undefined) return
    this.#followed.delete(id)
    const { key, live } = followed
    const page = live.page()
    live.close()
    if (page !== undefined) this.#remember(key, page)
  }

  #remember(key: string, page: CandlePage): void {
    // Set anew, so that the one not used for longest is the first.
    this.#pages.delete(key)
    this.#pages.set(key, { ...page, candles: page.candles.slice(-KEPT_CANDLES) })
    for (const oldest of this.#pages.keys()) {
      if (this.#pages.size <= MOST_PAGES) return
      this.#pages.delete(oldest)
    }
  }
}
