import { describe, expect, it } from 'vitest'
import { MAX_PAGE_TRADES } from '../../src/history/history-store.ts'
import { TestStore } from './support/history-files.ts'
import { candleOf, candleUpdate, MINUTE_MS, MONDAY_MS, tradeUpdate, tradeUpdates } from './support/updates.ts'

const channel = (interval: string) => `candle:SIM:AAPL:${interval}`
const minute = (place: number) => MONDAY_MS + place * MINUTE_MS
const open = (openTime: number, price: string) => candleOf(openTime, price, { closed: false })

describe('After a restart', () => {
  it('a producer gets the candle in progress of every interval, and the trades since the earliest was told', () => {
    const store = new TestStore()
    store.keep(
      'e1',
      candleUpdate(1, candleOf(minute(0), '1.0'), { channel: channel('1m') }),
      candleUpdate(2, open(minute(61), '2.0'), { channel: channel('1m'), time: minute(61) + 30_000 }),
      candleUpdate(1, open(minute(60), '3.0'), { channel: channel('1h') }),
      candleUpdate(1, open(minute(0), '4.0'), { channel: 'candle:SIM:AAPL2:1h' }),
      candleUpdate(1, open(minute(60), '5.0'), { channel: channel('odd') }),
      tradeUpdate(1, { time: minute(59) }),
      tradeUpdate(2, { time: minute(60) }),
      tradeUpdate(3, { time: minute(61) + 30_000 })
    )
    const state = store.openBars('SIM', 'AAPL', minute(61) + 40_000)

    expect(state.bars).toEqual([
      {
        channel: channel('1h'),
        interval: '1h',
        candle: open(minute(60), '3.0'),
        position: { epoch: 'e1', seq: 1, time: minute(60) }
      },
      {
        channel: channel('1m'),
        interval: '1m',
        candle: open(minute(61), '2.0'),
        position: { epoch: 'e1', seq: 2, time: minute(61) + 30_000 }
      }
    ])
    expect(state.trades.map(({ seq }) => seq)).toEqual([3])
  })

  it('a candle whose interval is over, or that is closed, is not continued', () => {
    const store = new TestStore()
    store.keep('e1', candleUpdate(1, open(minute(0), '1.0'), { channel: channel('1m') }))
    store.keep('e1', candleUpdate(1, candleOf(minute(0), '1.0'), { channel: channel('1h') }))
    expect(store.openBars('SIM', 'AAPL', minute(1) - 1).bars).toHaveLength(1)
    expect(store.openBars('SIM', 'AAPL', minute(1)).bars).toEqual([])
    expect(store.openBars('SIM', 'NONE', minute(1))).toEqual({ bars: [], trades: [] })
  })

  it('a producer gets the newest trades where there are too many', () => {
    const store = new TestStore()
    store.keep('e1', candleUpdate(1, open(minute(0), '1.0'), { channel: channel('1h'), time: minute(0) }))
    store.keep('e1', ...tradeUpdates(MAX_PAGE_TRADES + 1, 1, { time: minute(2) }))
    const { trades } = store.openBars('SIM', 'AAPL', minute(4))
    expect(trades).toHaveLength(MAX_PAGE_TRADES)
    expect(trades.at(-1)?.seq).toBe(MAX_PAGE_TRADES + 1)
  })
})
