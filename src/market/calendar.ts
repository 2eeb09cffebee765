import { type Interval, type TimeSpan, utcSpan } from './candle-interval.ts'

/** When a market trades, and where the intervals of its candles begin. */
export interface Calendar {
  /**
   * The interval that holds a moment. Intervals leave no moment out, also where the market is closed: trades do happen
   * after hours, and whoever does not want them in candles leaves them out.
   */
  spanOf(interval: Interval, timeMs: number): TimeSpan
  /** The regular session on the trading day that holds a moment; `undefined` on a day without one. */
  sessionOf(timeMs: number): TimeSpan | undefined
  /** Says whether a regular session is on. */
  isOpen(timeMs: number): boolean
}

/** Always open: days, weeks (from Monday) and months in UTC. Crypto venues use it. */
export const UTC_24X7: Calendar = {
  spanOf: utcSpan,
  sessionOf: (timeMs) => utcSpan('1d', timeMs),
  isOpen: () => true
}
