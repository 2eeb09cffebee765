import type { SymbolInfo } from '../../client/index.ts'
import { type ChartInterval, INTERVALS } from '../chart/chart-interval.ts'
import { decimalsOf } from '../decimal-text.ts'
import type { Doubt } from '../doubt.ts'
import { SparkLine } from './spark-line.ts'

/**
 * One symbol of the watchlist: what its row shows. Changed in place; `version` grows with every change.
 *
 * `last` is the price of the newest trade; where a symbol has no trades, its best bid.
 */
export class WatchEntry {
  readonly ticker: string
  readonly symbol: string
  readonly venue: string
  /** Whether the server publishes 24-hour statistics of it; otherwise its quote is shown. */
  readonly hasTicker: boolean
  /** The intervals of which the server publishes candles of it, finest first. */
  intervals: readonly ChartInterval[]
  readonly spark = new SparkLine()
  last = ''
  /** Decimals of its prices: the most that were seen. */
  decimals = 0
  /** NaN where it is not known. */
  changePercent = Number.NaN
  doubt: Doubt | undefined
  /** How often `last` changed, and where to at last: what a flash is drawn by. */
  moveCount = 0
  isUp = false
  version = 0
  isSeeded = false

  constructor(info: SymbolInfo) {
    const { ticker, symbol, venue, kinds } = info
    this.ticker = ticker
    this.symbol = symbol
    this.venue = venue
    this.hasTicker = kinds.includes('ticker')
    this.intervals = intervalsOf(info)
  }

  /** A value that came live. */
  move(last: string, changePercent: number, timeMs: number): void {
    if (last !== this.last) {
      const price = Number(last)
      if (this.last !== '') {
        this.moveCount += 1
        this.isUp = price > Number(this.last)
      }
      this.spark.add(timeMs, price)
    }
    this.set(last, changePercent)
  }

  /** A value that was looked up: it moves nothing. */
  set(last: string, changePercent: number): void {
    if (last === this.last && Object.is(changePercent, this.changePercent)) return
    this.last = last
    this.changePercent = changePercent
    this.decimals = Math.max(this.decimals, decimalsOf(last))
    this.version += 1
  }

  setDoubt(doubt: Doubt | undefined): void {
    const { doubt: before } = this
    if (doubt?.quality === before?.quality && doubt?.cause === before?.cause && doubt?.sinceMs === before?.sinceMs)
      return
    this.doubt = doubt
    this.version += 1
  }
}

/** The intervals of a symbol's candles: the server's own are all of them, those of a producer whichever it publishes. */
export function intervalsOf({ ticker, channels }: SymbolInfo): readonly ChartInterval[] {
  const published = new Set(channels.map(({ channel }) => channel))
  return INTERVALS.filter((interval) => published.has(`candle:${ticker}:${interval}`))
}
