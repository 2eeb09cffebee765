import { describe, expect, it } from 'vitest'
import { keptMs } from '../../src/history/retention.ts'
import { parseChannel } from '../../src/protocol/channel.ts'
import { TestStore } from './support/history-files.ts'
import { candleOf, candleUpdate, MINUTE_MS, MONDAY_MS, TRADES, tradeUpdate, tradeUpdates } from './support/updates.ts'

const HOUR_MS = 60 * MINUTE_MS
const retention = { tradesMs: 1, secondCandlesMs: 2, minuteCandlesMs: 3, coarseCandlesMs: 4 }

/** Prunes as the thread does; returns the slices. */
function prune(store: TestStore, nowMs: number): number[] {
  const slices: number[] = []
  for (;;) {
    const { rows, isDone } = store.prune(nowMs)
    slices.push(rows)
    if (isDone) return slices
  }
}

describe('Old data', () => {
  it.each([
    ['trade:SIM:AAPL', 1],
    ['candle:SIM:AAPL:1s', 2],
    ['candle:SIM:AAPL:59s', 2],
    ['candle:SIM:AAPL:1m', 3],
    ['candle:SIM:AAPL:299s', 3],
    ['candle:SIM:AAPL:5m', 4],
    ['candle:SIM:AAPL:1h', 4],
    ['candle:SIM:AAPL:1M', 4],
    ['candle:SIM:AAPL:range10', 3]
  ])('is kept by kind and length: %s', (name, expected) => {
    const parsed = parseChannel(name)
    expect(parsed && keptMs(parsed, retention)).toBe(expected)
  })

  it('goes when it is older than the setting, to the millisecond, and stays for ever at 0', () => {
    const store = new TestStore({ retention: { ...retention, tradesMs: 10, minuteCandlesMs: 0 } })
    const candles = Array.from({ length: 100 }, (_, place) => candleOf(MONDAY_MS + place * MINUTE_MS))
    store.keep('e1', ...tradeUpdates(100), ...candles.map((candle, place) => candleUpdate(place + 1, candle)))
    prune(store, MONDAY_MS + 24 * HOUR_MS)

    expect(store.trades(TRADES, { limit: 999 }).trades.map(({ seq }) => seq)).toEqual([
      90, 91, 92, 93, 94, 95, 96, 97, 98, 99, 100
    ])
    expect(store.candles('candle:SIM:AAPL:1m', { limit: 999 }).candles).toHaveLength(100)
  })

  it('is counted from the newest of its channel, so that a weekend or an old recording empties no chart', () => {
    const store = new TestStore({ retention: { ...retention, tradesMs: HOUR_MS } })
    store.keep('e1', tradeUpdate(1), tradeUpdate(2))
    expect(prune(store, MONDAY_MS + 365 * 24 * HOUR_MS)).toEqual([0])
    expect(store.trades(TRADES, { limit: 9 }).trades).toHaveLength(2)
  })

  it('is not driven out by a time in the future', () => {
    const store = new TestStore({ retention: { ...retention, tradesMs: HOUR_MS } })
    store.keep('e1', tradeUpdate(1), tradeUpdate(2, { time: MONDAY_MS + 100 * HOUR_MS }))
    prune(store, MONDAY_MS + HOUR_MS)
    expect(store.trades(TRADES, { limit: 9 }).trades).toHaveLength(2)
    prune(store, MONDAY_MS + HOUR_MS + 2)
    expect(store.trades(TRADES, { limit: 9 }).trades).toHaveLength(1)
  })

  it('goes in slices, all of it, over many channels, and takes its holes along', () => {
    const store = new TestStore({ retention: { ...retention, tradesMs: 1_000 } })
    store.keep('e1', ...tradeUpdates(4_000), ...tradeUpdates(1_000, 4_101), tradeUpdate(9_000))
    const others = Array.from({ length: 1_200 }, (_, place) => `trade:SIM:S${place}`)
    store.keep(
      'e1',
      ...others.flatMap((channel) => [1, 5_000].map((seq) => tradeUpdate(seq, { channel, prev: seq - 1 })))
    )
    expect(store.trades(TRADES, { limit: 1 }).holes).toHaveLength(1)
    const slices = prune(store, MONDAY_MS + HOUR_MS)

    expect(Math.max(...slices)).toBeLessThanOrEqual(4_000)
    expect(slices.length).toBeGreaterThanOrEqual(4)
    expect(slices.reduce((sum, rows) => sum + rows)).toBe(5_000 + 1_200)
    expect(store.trades(TRADES, { limit: 9_999 })).toMatchObject({
      trades: [{ seq: 9_000 }],
      holes: [{ to: MONDAY_MS + 9_001 }]
    })
    for (const channel of others) expect(store.trades(channel, { limit: 9 }).trades).toMatchObject([{ seq: 5_000 }])
    expect(prune(store, MONDAY_MS + HOUR_MS).reduce((sum, rows) => sum + rows)).toBe(0)
  })

  it('goes although a whole slice and more happened in one millisecond', () => {
    const store = new TestStore({ retention: { ...retention, tradesMs: 1 } })
    store.keep('e1', ...tradeUpdates(5_000, 1, { time: MONDAY_MS }), tradeUpdate(5_001))
    expect(prune(store, MONDAY_MS + HOUR_MS).reduce((sum, rows) => sum + rows)).toBe(5_000)
  })
})
