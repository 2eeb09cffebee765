import { CandleBuilder } from '../../src/market/candle-builder.ts'
import { INTERVALS, type Interval } from '../../src/market/candle-interval.ts'
import type { Candle } from '../../src/protocol/market-data.ts'
import type { OpenCandles } from '../../src/protocol/port-messages.ts'

/**
 * Brings candles that were in progress at the end of an earlier life up to the last trade that was stored: each as it
 * was last told, and the trades after it. What happened since is not known, so all are marked `partial`.
 */
export function continuedCandles({ candles, trades }: OpenCandles): { interval: Interval; candle: Candle }[] {
  return candles.flatMap(({ interval: name, candle, time }) => {
    const interval = INTERVALS.find((one) => one === name)
    if (interval === undefined) return []
    const builder = new CandleBuilder({ intervals: [interval] })
    builder.restore([{ interval, candle }])
    // Of trades in the same millisecond it is not known whether the candle holds them: none is counted twice.
    for (const trade of trades) if (trade.time > time) builder.add(trade, trade.time)
    return builder.current()
  })
}
