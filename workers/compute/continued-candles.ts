import type { Calendar } from '../../src/market/calendar.ts'
import type { CandleBuilder } from '../../src/market/candle-builder.ts'
import type { Interval, TimeSpan } from '../../src/market/candle-interval.ts'
import type { IntervalCandle, PastCandles, PastTrade } from '../../src/market/candle-series.ts'
import { KNOWN_ID_LIMIT, RollingIds } from '../../src/market/rolling-ids.ts'
import { scaleTrade } from '../../src/market/scaled-trade.ts'
import type { OpenCandle, OpenCandles } from '../../src/protocol/port-messages.ts'

/**
 * Brings the candles of an earlier life up to the last trade that was stored. An interval of which all trades are there
 * is made of them anew, so that late trades still find the candles they belong to; a longer one goes on from the candle
 * that was told last, with the trades after it. What is in progress then is `partial`, since nobody knows what happened
 * meanwhile.
 *
 * @returns the candles that the last trades closed or corrected, though nobody may have been told any more.
 */
export function continueCandles(builder: CandleBuilder, past: OpenCandles, calendar: Calendar): IntervalCandle[] {
  const trades = placedTrades(past)
  return builder.restore(builder.intervals.map((interval) => pastOf(interval, past, trades, calendar)))
}

/** The trades that are not repetitions, made ready once for all intervals. */
function placedTrades({ trades }: OpenCandles): PastTrade[] {
  const ids = new RollingIds(KNOWN_ID_LIMIT)
  const placed: PastTrade[] = []
  let isAfterGap = false
  for (const [place, trade] of trades.entries()) {
    // The first one may follow others of its life that are not given.
    if (place > 0 && trade.epoch !== trades[place - 1]?.epoch) isAfterGap = true
    // A new life often begins with trades that its venue sends once more.
    if (!ids.add(trade.id)) continue
    placed.push({ trade: scaleTrade(trade, trade.time), isAfterGap, place })
    isAfterGap = false
  }
  return placed
}

function pastOf(
  interval: Interval,
  { candles, knownFromMs, gapsMs }: OpenCandles,
  trades: readonly PastTrade[],
  calendar: Calendar
): PastCandles {
  const last = candles.find((one) => one.interval === interval)
  const knownSinceMs = trades.length === 0 ? Infinity : firstStart(calendar, interval, knownFromMs)
  const known = { interval, knownSinceMs, gapsMs }
  if (last === undefined) return { ...known, told: undefined, continued: [], trades, untoldFrom: 0 }
  const { candle: told, lastMs, previous, tradesFrom: untoldFrom } = last
  const span = calendar.spanOf(interval, told.openTime)
  const isContinued = span.startMs < knownSinceMs || !isAllOf(last, span, trades)
  // What was closed stays so, and what is before it may hold late trades already.
  const goesOnMs = told.closed ? span.endMs : span.startMs
  const goesOn = ({ trade, place }: PastTrade) => place >= untoldFrom && trade.timeMs >= goesOnMs
  const isKnown = ({ trade }: PastTrade) => trade.timeMs >= knownSinceMs
  const isBefore = previous !== undefined && (isContinued || previous.openTime < knownSinceMs)
  // Of a closed candle nobody knows the time of the last trade: a late one is taken to be earlier.
  const before = isBefore ? [{ candle: { ...previous, closed: true }, lastMs: span.startMs }] : []
  const continued = isContinued ? [...before, { candle: told, lastMs }] : before
  return { ...known, told, continued, trades: trades.filter(isContinued ? goesOn : isKnown), untoldFrom }
}

/** Start of the first interval that begins at a time or later. */
function firstStart(calendar: Calendar, interval: Interval, timeMs: number): number {
  const { startMs, endMs } = calendar.spanOf(interval, timeMs)
  return startMs === timeMs ? startMs : endMs
}

/** Says whether the trades that were stored are all that a candle was told with: some may be gone. */
function isAllOf({ candle, tradesFrom }: OpenCandle, span: TimeSpan, trades: readonly PastTrade[]): boolean {
  const held = trades.filter(
    ({ place, trade }) =>
      trade.timeMs >= span.startMs && trade.timeMs < span.endMs && (candle.closed || place < tradesFrom)
  )
  return held.length >= candle.trades
}
