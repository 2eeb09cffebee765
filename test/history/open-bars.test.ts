import { describe, expect, it } from 'vitest'
import { MAX_PAGE_TRADES } from '../../src/history/history-store.ts'
import { TestStore } from './support/history-files.ts'
import { candleOf, candleUpdate, MINUTE_MS, MONDAY_MS, tradeUpdate, tradeUpdates } from './support/updates.ts'

const channel = (interval: string) => `candle:SIM:AAPL:${interval}`
const minute = (place: number) => MONDAY_MS + place * MINUTE_MS
const open = (openTime: number, price: string) => candleOf(openTime, price, { closed: false })

/** The trades that a producer adds to the candle of an interval, by their sequence. */
function missingFrom(store: TestStore, interval: string): number[] | undefined {
  const { bars, trades } = store.openBars('SIM', 'AAPL')
  const bar = bars.find((one) => one.interval === interval)
  return bar && trades.slice(bar.tradesFrom).map(({ seq }) => seq)
}

describe('After a restart', () => {
  it('a producer gets the newest candle of every interval, however long ago it was told', () => {
    const store = new TestStore()
    store.keep(
      'e1',
      candleUpdate(1, candleOf(minute(0), '1.0'), { channel: channel('1m') }),
      candleUpdate(2, open(minute(61), '2.0'), { channel: channel('1m'), time: minute(61) + 30_000 }),
      candleUpdate(1, open(minute(60), '3.0'), { channel: channel('1h') }),
      candleUpdate(1, candleOf(minute(0), '3.5'), { channel: channel('4h') }),
      candleUpdate(1, open(minute(0), '4.0'), { channel: 'candle:SIM:AAPL2:1h' }),
      candleUpdate(1, open(minute(60), '5.0'), { channel: channel('odd') })
    )
    const expected = (interval: string, candle: unknown, seq: number, time: number) => ({
      ...{ channel: channel(interval), interval, candle, tradesFrom: 0 },
      position: { epoch: 'e1', seq, time }
    })
    expect(store.openBars('SIM', 'AAPL')).toEqual({
      bars: [
        expected('1h', open(minute(60), '3.0'), 1, minute(60)),
        { ...expected('1m', open(minute(61), '2.0'), 2, minute(61) + 30_000), previous: candleOf(minute(0), '1.0') },
        expected('4h', candleOf(minute(0), '3.5'), 1, minute(0)),
        expected('odd', open(minute(60), '5.0'), 1, minute(60))
      ],
      trades: [],
      knownFrom: Number.MAX_SAFE_INTEGER,
      gaps: []
    })
    expect(store.openBars('SIM', 'NONE')).toEqual({
      bars: [],
      trades: [],
      knownFrom: Number.MAX_SAFE_INTEGER,
      gaps: []
    })
  })

  it('a producer learns which trades each candle lacks: those numbered after it, whatever their times', () => {
    const store = new TestStore()
    const time = minute(61)
    store.keep(
      'e1',
      tradeUpdate(1, { time }),
      candleUpdate(1, open(minute(60), '3.0'), { channel: channel('1h'), time }),
      tradeUpdate(2, { time }),
      candleUpdate(1, open(minute(61), '2.0'), { channel: channel('1m'), time }),
      tradeUpdate(3, { time }),
      tradeUpdate(4, { time: time - 5_000 }),
      tradeUpdate(5, { time: time + 1 })
    )
    expect(missingFrom(store, '1h')).toEqual([2, 3, 4, 5])
    expect(missingFrom(store, '1m')).toEqual([3, 4, 5])
    expect(store.openBars('SIM', 'AAPL').trades.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5])
  })

  it('a producer learns which trades came after a candle that was closed', () => {
    const store = new TestStore()
    const place = { channel: channel('1m'), time: minute(1) }
    store.keep('e1', tradeUpdate(1, { time: minute(0) }), candleUpdate(1, open(minute(0), '1.0'), place))
    store.keep('e1', candleUpdate(2, candleOf(minute(0), '1.0'), place))
    expect(missingFrom(store, '1m')).toEqual([])
    // The trade that closes a candle comes before it, and belongs to the next one.
    store.keep('e1', tradeUpdate(2, { time: minute(1) }), candleUpdate(3, candleOf(minute(0), '1.0'), place))
    expect(missingFrom(store, '1m')).toEqual([2])
  })

  it('a producer gets no more trades than a page, the newest, and some hundred from before', () => {
    const store = new TestStore()
    store.keep('e1', ...tradeUpdates(600, 1, { time: minute(2) }))
    store.keep('e1', candleUpdate(1, open(minute(0), '1.0'), { channel: channel('1h'), time: minute(2) }))
    store.keep('e1', tradeUpdate(601, { time: minute(2) }))
    const before = store.openBars('SIM', 'AAPL')
    expect(before.trades.map(({ seq }) => seq)).toEqual(Array.from({ length: 501 }, (_, place) => 101 + place))
    expect(before.bars).toMatchObject([{ tradesFrom: 500 }])

    store.keep('e1', ...tradeUpdates(MAX_PAGE_TRADES, 602, { time: minute(3) }))
    const { trades, bars } = store.openBars('SIM', 'AAPL')
    expect([trades.length, trades.at(-1)?.seq]).toEqual([MAX_PAGE_TRADES, 601 + MAX_PAGE_TRADES])
    expect(bars).toMatchObject([{ tradesFrom: 0 }])
  })

  it('a producer learns since when it has all trades that are stored', () => {
    const store = new TestStore()
    const place = { channel: channel('1h'), time: minute(2) }
    store.keep('e1', ...tradeUpdates(3, 1, { time: minute(1) }), candleUpdate(1, open(minute(0), '1.0'), place))
    // Others may have come in the millisecond of the very first one.
    expect(store.openBars('SIM', 'AAPL').knownFrom).toBe(minute(1) + 1)
    store.keep(
      'e1',
      ...tradeUpdates(2, 4, { time: minute(9) }),
      candleUpdate(2, open(minute(0), '1.0'), { ...place, time: minute(9) })
    )
    expect(store.openBars('SIM', 'AAPL').knownFrom).toBe(minute(7))
    // More of them than are given: the first ones are left out, one of which is later than what follows.
    store.keep('e1', tradeUpdate(6, { time: minute(9) + 7 }), ...tradeUpdates(500, 7, { time: minute(9) }))
    store.keep('e1', candleUpdate(3, open(minute(0), '1.0'), { ...place, time: minute(9) }))
    const { trades, knownFrom } = store.openBars('SIM', 'AAPL')
    expect([trades.length, trades[0]?.seq, knownFrom]).toEqual([500, 7, minute(9) + 8])
  })

  it('a producer learns where trades were missed, and that some are not stored', () => {
    const store = new TestStore()
    const second = (place: number) => minute(9) + place * 1_000
    const seconds = { channel: channel('1s'), time: second(5) }
    store.keep(
      'e1',
      tradeUpdate(1, { time: minute(1) }),
      ...[0, 1, 2, 3].map((n) => tradeUpdate(n + 2, { time: second(n) }))
    )
    store.keep('e1', candleUpdate(1, candleOf(second(0), '1.0', { trades: 2 }), seconds))
    store.keep('e1', candleUpdate(2, candleOf(second(2), '1.0', { partial: true }), seconds))
    expect(store.openBars('SIM', 'AAPL')).toMatchObject({ knownFrom: second(1), gaps: [second(2)] })
    // The first trade of a life: what was before it is not known.
    const other = new TestStore()
    other.keep('e1', tradeUpdate(1, { time: minute(1) }))
    other.keep('e2', tradeUpdate(1, { time: second(0) }))
    expect(other.openBars('SIM', 'AAPL')).toMatchObject({ knownFrom: second(0) + 1, gaps: [] })
  })

  it('a producer gets trades of which no candle was told yet', () => {
    const store = new TestStore()
    store.keep('e1', tradeUpdate(1, { time: minute(1) }), tradeUpdate(2, { time: minute(5) }))
    const { trades, ...rest } = store.openBars('SIM', 'AAPL')
    expect([trades.map(({ seq }) => seq), rest]).toEqual([[2], { bars: [], knownFrom: minute(3), gaps: [] }])
  })

  it('a candle of a file that does not tell which trades it holds is given only later ones', () => {
    const store = new TestStore()
    store.keep('e1', candleUpdate(1, open(minute(0), '1.0'), { channel: channel('1h'), time: minute(1) }))
    store.keep('e1', tradeUpdate(1, { time: minute(1) }), tradeUpdate(2, { time: minute(1) + 1 }))
    expect(missingFrom(store, '1h')).toEqual([2])
  })
})
