import type { Candle } from '../protocol/market-data.ts'
import { type Calendar, UTC_24X7 } from './calendar.ts'
import { CandleAggregate } from './candle-aggregate.ts'
import type { Interval } from './candle-interval.ts'

/**
 * Makes the candles of a coarser interval from finer ones, oldest first, whose intervals divide it; see `MADE_OF`.
 *
 * A candle is closed when a finer one of a later interval is there, or the last of its own ends where it ends and is
 * closed. It is partial when one of its own is.
 */
export function resampleCandles(
  candles: readonly Candle[],
  from: Interval,
  to: Interval,
  calendar: Calendar = UTC_24X7
): Candle[] {
  const resampled: Candle[] = []
  let aggregate: CandleAggregate | undefined
  for (const candle of candles) {
    if (aggregate !== undefined && candle.openTime < aggregate.endMs) {
      aggregate.append(candle)
      continue
    }
    if (aggregate !== undefined) resampled.push(aggregate.toCandle(true))
    aggregate = CandleAggregate.ofCandle(calendar.spanOf(to, candle.openTime), candle)
  }
  const last = candles.at(-1)
  if (aggregate !== undefined && last !== undefined) {
    const isComplete = last.closed && calendar.spanOf(from, last.openTime).endMs === aggregate.endMs
    resampled.push(aggregate.toCandle(isComplete))
  }
  return resampled
}
