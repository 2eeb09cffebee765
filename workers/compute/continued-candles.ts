import type { Calendar } from '../../src/market/calendar.ts'
import { CandleBuilder, type RestoredCandle } from '../../src/market/candle-builder.ts'
import { INTERVALS } from '../../src/market/candle-interval.ts'
import type { IntervalCandle } from '../../src/market/candle-series.ts'
import { KNOWN_ID_LIMIT, RollingIds } from '../../src/market/rolling-ids.ts'
import type { OpenCandles } from '../../src/protocol/port-messages.ts'

/** Candles of an earlier life, brought up to the last trade that was stored. */
export interface ContinuedCandles {
  readonly open: readonly RestoredCandle[]
  /** Those that the last trades closed, though nobody was told any more. */
  readonly closed: readonly IntervalCandle[]
}

/**
 * Brings candles that were in progress at the end of an earlier life up to the last trade that was stored: each as it
 * was last told, and the trades after it. Whoever goes on from there marks them `partial`, since nobody knows what happened
 * meanwhile.
 */
export function continuedCandles({ candles, trades }: OpenCandles, calendar: Calendar): ContinuedCandles {
  const ids = new RollingIds(KNOWN_ID_LIMIT)
  const isRepeated = trades.map(({ id }) => !ids.add(id))
  const open: RestoredCandle[] = []
  const closed: IntervalCandle[] = []
  for (const { interval: name, candle, lastMs, tradesFrom } of candles) {
    const interval = INTERVALS.find((one) => one === name)
    if (interval === undefined) continue
    const builder = new CandleBuilder({ intervals: [interval], calendar, knownIdLimit: 0 })
    builder.restore([{ interval, candle, lastMs }])
    // What was closed stays so: it is gone on with from its end.
    const fromMs = candle.closed ? calendar.spanOf(interval, candle.openTime).endMs : -Infinity
    let newestMs = lastMs
    for (const [place, trade] of trades.entries()) {
      if (place < tradesFrom || isRepeated[place] === true || trade.time < fromMs) continue
      closed.push(...(builder.add(trade, trade.time) ?? []))
      newestMs = Math.max(newestMs, trade.time)
    }
    open.push(...builder.current().map((current) => ({ ...current, lastMs: newestMs })))
  }
  return { open, closed }
}
