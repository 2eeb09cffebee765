import type {
  CandlePage,
  CandleRange,
  CandleTextPage,
  HistoryHole,
  StoredTrade,
  TradePage,
  TradeRange,
  TradeTextPage
} from '../../src/history/history-store.ts'
import type { HistoryView } from '../../src/http/history-view.ts'
import type { CalendarName } from '../../src/protocol/calendar-rule.ts'
import type { Candle } from '../../src/protocol/market-data.ts'

interface FakeChannel<Entry> {
  readonly entries: Entry[]
  holes: HistoryHole[]
  epoch: string
  seq: number
  time: number
}

/** A past of which a test says what there is; pages as slow and plain as can be. */
export class FakeHistoryView implements HistoryView {
  readonly candleChannels = new Map<string, FakeChannel<Candle>>()
  readonly tradeChannels = new Map<string, FakeChannel<StoredTrade>>()
  calendar: CalendarName = 'utc'
  time = 1_700_000_000_000
  /** Limits that candles were asked with. */
  readonly asked: number[] = []

  /** Stores candles, oldest first; the venue's clock is at the last one's start unless given. */
  addCandles(channel: string, candles: readonly Candle[], clock = candles.at(-1)?.openTime ?? 0): void {
    this.candleChannels.set(channel, {
      entries: [...candles],
      holes: [],
      epoch: 'e1',
      seq: candles.length,
      time: clock
    })
  }

  addTrades(channel: string, trades: readonly StoredTrade[], clock = trades.at(-1)?.time ?? 0): void {
    this.tradeChannels.set(channel, { entries: [...trades], holes: [], epoch: 'e1', seq: trades.length, time: clock })
  }

  async candles(channel: string, range: CandleRange, signal: AbortSignal): Promise<CandlePage> {
    signal.throwIfAborted()
    this.asked.push(range.limit)
    const held = this.candleChannels.get(channel)
    if (held === undefined) return { candles: [], hasMore: false, holes: [], position: undefined }
    const { to = Infinity, limit, countback } = range
    const isForward = range.from !== undefined && countback === undefined
    const from = range.from ?? 0
    const most = Math.min(limit, countback ?? limit)
    const found = held.entries.filter(({ openTime }) => openTime >= from && openTime < to)
    const candles = isForward ? found.slice(0, most) : found.slice(Math.max(0, found.length - most))
    const { holes, epoch, seq, time } = held
    return { candles, hasMore: found.length > most, holes, position: { epoch, seq, time } }
  }

  async candlesText(channel: string, range: CandleRange, signal: AbortSignal): Promise<CandleTextPage> {
    const { candles, ...page } = await this.candles(channel, range, signal)
    const [first, last] = [candles[0]?.openTime, candles.at(-1)?.openTime]
    return { ...page, text: JSON.stringify(candles).slice(1, -1), count: candles.length, first, last }
  }

  async tradesText(channel: string, range: TradeRange, signal: AbortSignal): Promise<TradeTextPage> {
    const { trades, ...page } = await this.trades(channel, range, signal)
    return { ...page, text: JSON.stringify(trades).slice(1, -1), count: trades.length }
  }

  async trades(channel: string, range: TradeRange, signal: AbortSignal): Promise<TradePage> {
    signal.throwIfAborted()
    const held = this.tradeChannels.get(channel)
    if (held === undefined) return { trades: [], before: undefined, holes: [], position: undefined }
    const { from = 0, to = Infinity, limit, before = 'Infinity' } = range
    const found = held.entries.filter((trade) => trade.time >= from && trade.time < to && trade.seq < Number(before))
    const trades = found.slice(Math.max(0, found.length - limit))
    const { holes, epoch, seq, time } = held
    const oldest = found.length > trades.length ? String(trades[0]?.seq) : undefined
    return { trades, before: oldest, holes, position: { epoch, seq, time } }
  }

  async previousCandle(channel: string, before: number): Promise<Candle | undefined> {
    return this.candleChannels.get(channel)?.entries.findLast(({ openTime }) => openTime < before)
  }

  calendarOf(): CalendarName {
    return this.calendar
  }

  readonly now = () => this.time
}

/** A candle whose prices follow from `n`. */
export function candleOf(openTime: number, n: number, changes: Partial<Candle> = {}): Candle {
  const price = (cents: number) => (100 + n + cents / 100).toFixed(2)
  return {
    openTime,
    open: price(10),
    high: price(90),
    low: price(5),
    close: price(50),
    volume: `${n + 1}.5`,
    quoteVolume: `${(n + 1) * 100}.25`,
    trades: n + 1,
    takerBuyVolume: `${n}.5`,
    vwap: price(40),
    closed: true,
    ...changes
  }
}

/** `count` candles in a row; the last one is in progress. */
export function candlesFrom(openTime: number, lengthMs: number, count: number): Candle[] {
  return Array.from({ length: count }, (_, n) => candleOf(openTime + n * lengthMs, n, { closed: n < count - 1 }))
}
