import { describe, expect, it } from 'vitest'
import { type CandleTextPage, MAX_PAGE_TRADES } from '../../src/history/history-store.ts'
import { SCHEMA_VERSION } from '../../src/history/schema.ts'
import type { Candle } from '../../src/protocol/market-data.ts'
import { historyFile, TestStore } from './support/history-files.ts'
import {
  candleOf,
  candleUpdate,
  MINUTE_MS,
  MINUTES,
  MONDAY_MS,
  TRADES,
  tradeUpdate,
  tradeUpdates
} from './support/updates.ts'

const minute = (place: number) => MONDAY_MS + place * MINUTE_MS
const minutes = (count: number) =>
  Array.from({ length: count }, (_, place) => candleUpdate(place + 1, candleOf(minute(place), `${place}.0`)))

/** A page of candles whose text was read again. */
function parsed({ text, ...page }: CandleTextPage) {
  return { ...page, candles: JSON.parse(`[${text}]`) }
}

describe('History', () => {
  it('gives trades back with every digit as the venue wrote it, also after it was closed and opened again', () => {
    const file = historyFile()
    const trade = { id: '0007', price: '64123.45000000', size: '0.000000010', side: 'buy', conditions: ['@', 'öT'] }
    const first = new TestStore({ file })
    first.keep('e1', { ...tradeUpdate(1), data: trade })
    first.close()

    const page = new TestStore({ file }).trades(TRADES, { limit: 10 })
    expect(page.trades).toEqual([{ ...trade, time: MONDAY_MS + 1, epoch: 'e1', seq: 1 }])
    expect(page.position).toEqual({ epoch: 'e1', seq: 1, time: MONDAY_MS + 1 })
  })

  it('gives candles back with every digit as their producer wrote it', () => {
    const store = new TestStore()
    const prices = { open: '0.10', high: '10.000', low: '0.001', close: '9', vwap: '5.123456789012345678901' }
    const sums = { volume: '100.0', quoteVolume: '512.3450', trades: 7, takerBuyVolume: '0' }
    const candle: Candle = { openTime: MONDAY_MS, ...prices, ...sums, closed: true, partial: true }
    store.keep('e1', candleUpdate(1, candle))

    expect(store.candles(MINUTES, { limit: 1 }).candles).toEqual([candle])
  })

  it('keeps the newest state of each candle, in one transaction or over several', () => {
    const store = new TestStore()
    const open = (price: string) => candleOf(minute(0), price, { closed: false })
    const result = store.keep('e1', candleUpdate(1, open('1.0')), candleUpdate(2, open('2.0')))
    expect(result).toMatchObject({ candles: 1, duplicates: 0, holes: 0 })
    store.keep('e1', candleUpdate(3, candleOf(minute(0), '3.0')), candleUpdate(4, candleOf(minute(1), '4.0')))
    // A correction of an earlier candle takes its place, too.
    store.keep('e1', candleUpdate(5, candleOf(minute(0), '3.5')))

    expect(store.candles(MINUTES, { limit: 9 }).candles).toEqual([
      candleOf(minute(0), '3.5'),
      candleOf(minute(1), '4.0')
    ])
  })

  it('skips what it has when a batch is sent again, over epochs too', () => {
    const store = new TestStore()
    const batches = [
      ['e1', tradeUpdate(1), tradeUpdate(2), candleUpdate(9, candleOf(minute(0), '1.0'))],
      ['e2', tradeUpdate(1, { time: MONDAY_MS + 5 }), candleUpdate(1, candleOf(minute(0), '2.0'))]
    ] as const
    for (const [epoch, ...updates] of batches) store.keep(epoch, ...updates)
    const before = [store.trades(TRADES, { limit: 9 }), store.candles(MINUTES, { limit: 9 })]
    const again = batches.map(([epoch, ...updates]) => store.keep(epoch, ...updates))

    expect(again.map(({ duplicates, trades, candles }) => [duplicates, trades, candles])).toEqual([
      [3, 0, 0],
      [2, 0, 0]
    ])
    expect([store.trades(TRADES, { limit: 9 }), store.candles(MINUTES, { limit: 9 })]).toEqual(before)
    expect(store.position(TRADES)).toEqual({ epoch: 'e2', seq: 1, time: MONDAY_MS + 5 })
  })

  it('leaves out and counts what does not have the documented form, and keeps the rest', () => {
    const store = new TestStore()
    const trade = tradeUpdate(2)
    const wrong = [
      null,
      7,
      { ...trade, channel: 'quote:SIM:AAPL' },
      { ...trade, channel: 'trade:sim:aapl' },
      { ...trade, channel: 'trade:SIM:AAPL:1m' },
      { ...trade, channel: 'candle:SIM:AAPL', data: candleOf(minute(0)) },
      { ...trade, seq: '2' },
      { ...trade, seq: 1.5 },
      { ...trade, exchangeTime: 1e300 },
      { ...trade, data: { ...(trade.data as object), price: 1.5 } },
      candleUpdate(1, candleOf(1e300))
    ]
    expect(store.keep('e1', ...wrong, trade)).toMatchObject({ trades: 1, candles: 0, refused: wrong.length })
    expect(store.trades(TRADES, { limit: 9 }).trades.map(({ seq }) => seq)).toEqual([2])
  })

  it('pages back through trades, however many happen in the same millisecond, without loss or repetition', () => {
    const store = new TestStore()
    const times = Array.from({ length: 500 }, (_, place) => MONDAY_MS + Math.floor(place / 70))
    store.keep('e1', ...times.slice(0, 300).map((time, place) => tradeUpdate(place + 1, { time })))
    store.keep('e2', ...times.slice(300).map((time, place) => tradeUpdate(place + 1, { time })))
    const pages: string[][] = []
    let before: string | undefined
    do {
      const page = store.trades(TRADES, { limit: 33, ...(before !== undefined && { before }) })
      pages.unshift(page.trades.map(({ epoch, seq }) => `${epoch} ${seq}`))
      before = page.before
    } while (before !== undefined)

    expect(pages.length).toBe(Math.ceil(500 / 33))
    expect(pages.flat()).toEqual(times.map((_, place) => (place < 300 ? `e1 ${place + 1}` : `e2 ${place - 299}`)))
  })

  it('gives the trades of a span from its first to before its last millisecond', () => {
    const store = new TestStore()
    store.keep('e1', ...tradeUpdates(100))
    const seqs = (from: number, to: number, limit = 1_000) =>
      store.trades(TRADES, { from: MONDAY_MS + from, to: MONDAY_MS + to, limit }).trades.map(({ seq }) => seq)

    expect(seqs(10, 13)).toEqual([10, 11, 12])
    expect(seqs(10, 20, 2)).toEqual([18, 19])
    expect(seqs(50, 50)).toEqual([])
    expect(store.trades('trade:SIM:NONE', { limit: 1 })).toMatchObject({ trades: [], before: undefined })
  })

  it('never gives more trades than a page may hold', () => {
    const store = new TestStore()
    store.keep('e1', ...tradeUpdates(MAX_PAGE_TRADES + 1))
    expect(store.trades(TRADES, { limit: 1_000_000 }).trades).toHaveLength(MAX_PAGE_TRADES)
    expect(store.trades(TRADES, { limit: -1 }).trades).toHaveLength(0)
  })

  it('refuses a cursor that no page has given', () => {
    expect(() => new TestStore().trades(TRADES, { limit: 1, before: 'yesterday' })).toThrow(
      'before must be that of an earlier page, was "yesterday"'
    )
  })

  it('answers ranges of candles as a plain filter over all of them would', () => {
    const store = new TestStore()
    store.keep('e1', ...minutes(50))
    const all = minutes(50).map(({ data }) => data as Candle)
    for (const from of [undefined, -1, 0, 1, 10, 49, 50]) {
      for (const to of [undefined, 0, 1, 11, 50, 99]) {
        for (const limit of [1, 10, 11, 50, 99]) {
          for (const countback of [undefined, 0, 5, 99]) {
            const range = {
              ...(from !== undefined && { from: minute(from) }),
              ...(to !== undefined && { to: minute(to) })
            }
            const start = from ?? -1
            const inside = all.filter(({ openTime }) => openTime >= minute(start) && openTime < minute(to ?? 99))
            const most = Math.min(limit, countback ?? limit)
            const isFromStart = from !== undefined && countback === undefined
            const expected = isFromStart
              ? inside.slice(0, most)
              : inside.slice(inside.length - Math.min(most, inside.length))
            const page = store.candles(MINUTES, { ...range, limit, ...(countback !== undefined && { countback }) })
            expect({ from, to, limit, countback, candles: page.candles }).toEqual({
              from,
              to,
              limit,
              countback,
              candles: expected
            })
            expect(page.hasMore).toBe(inside.length > expected.length)
            expect(
              parsed(store.candlesText(MINUTES, { ...range, limit, ...(countback !== undefined && { countback }) }))
            ).toEqual({
              ...{ ...page, count: expected.length },
              ...{ first: expected[0]?.openTime, last: expected.at(-1)?.openTime }
            })
          }
        }
      }
    }
  })

  it('makes text of entries as JSON does', () => {
    const store = new TestStore()
    const odd = { id: 'a "b" \\ \u0007 \u2028 é', price: '1.50', size: '2', side: 'sell', conditions: ['@', '"'] }
    store.keep('e "1"', ...tradeUpdates(3), { ...tradeUpdate(4), data: odd })
    store.keep(
      'e1',
      candleUpdate(1, candleOf(minute(0), '2.0', { closed: false, partial: true })),
      ...minutes(3).slice(1)
    )
    const { candles, ...candlePage } = store.candles(MINUTES, { limit: 9 })
    const { trades, ...tradePage } = store.trades(TRADES, { limit: 3 })

    const text = store.candlesText(MINUTES, { limit: 9 })
    expect(text).toEqual({
      ...{ ...candlePage, text: JSON.stringify(candles).slice(1, -1), count: 3 },
      ...{ first: minute(0), last: minute(2) }
    })
    const tradeText = store.tradesText(TRADES, { limit: 3 })
    expect(JSON.parse(`[${tradeText.text}]`)).toEqual(trades)
    expect(tradeText).toMatchObject({ ...tradePage, count: 3 })
    expect(store.candlesText('candle:SIM:NONE:1m', { limit: 9 })).toMatchObject({ text: '', count: 0, hasMore: false })
    expect(store.tradesText('trade:SIM:NONE', { limit: 9 })).toMatchObject({ text: '', count: 0, holes: [] })
  })

  it('knows the last candle before a time, and the bounds of a channel', () => {
    const store = new TestStore()
    expect(store.bounds(MINUTES)).toBeUndefined()
    expect(store.position(MINUTES)).toBeUndefined()
    store.keep('e1', ...minutes(3), ...tradeUpdates(5))

    expect(store.lastCandle(MINUTES, minute(2))?.openTime).toBe(minute(1))
    expect(store.lastCandle(MINUTES, minute(0))).toBeUndefined()
    expect(store.lastCandle('candle:SIM:NONE:1m', minute(2))).toBeUndefined()
    expect(store.bounds(MINUTES)).toEqual({ first: minute(0), last: minute(2) })
    expect(store.bounds(TRADES)).toEqual({ first: MONDAY_MS + 1, last: MONDAY_MS + 5 })
    expect(store.stats()).toMatchObject({ schemaVersion: SCHEMA_VERSION, channels: 2, fileBytes: expect.any(Number) })
  })

  it('keeps nothing of a transaction that fails', () => {
    const store = new TestStore({ maxFileBytes: 200_000 })
    store.keep('e1', ...tradeUpdates(100))
    expect(() => store.keep('e1', ...tradeUpdates(20_000, 101))).toThrow('full')
    expect(store.position(TRADES)?.seq).toBe(100)
    expect(store.keep('e1', ...tradeUpdates(10, 101))).toMatchObject({ trades: 10, holes: 0 })
    expect(store.trades(TRADES, { limit: 1_000 }).trades).toHaveLength(110)
  })
})

describe('What history does not know', () => {
  it('is told as a hole where trades are missing', () => {
    const store = new TestStore()
    store.keep('e1', tradeUpdate(1), tradeUpdate(2), tradeUpdate(5))
    expect(store.keep('e2', tradeUpdate(1, { time: MONDAY_MS + 50 }))).toMatchObject({ holes: 1 })
    const holes = [
      { from: MONDAY_MS + 2, to: MONDAY_MS + 6 },
      { from: MONDAY_MS + 5, to: MONDAY_MS + 51 }
    ]
    expect(store.trades(TRADES, { limit: 9 }).holes).toEqual(holes)
    expect(store.trades(TRADES, { limit: 9, from: MONDAY_MS + 6 }).holes).toEqual(holes.slice(1))
    expect(store.trades(TRADES, { limit: 9, to: MONDAY_MS + 2 }).holes).toEqual([])
  })

  it('is no hole where an update stands for several', () => {
    const store = new TestStore()
    const [first, second] = [candleUpdate(1, candleOf(minute(0))), candleUpdate(9, candleOf(minute(1)), { prev: 1 })]
    expect(store.keep('e1', first, second)).toMatchObject({ holes: 0 })
  })

  it('makes a candle partial whose last state never came', () => {
    const store = new TestStore()
    store.keep('e1', candleUpdate(1, candleOf(minute(0), '1.0', { closed: false })))
    store.keep('e1', candleUpdate(5, candleOf(minute(1), '2.0', { closed: false })))

    expect(store.candles(MINUTES, { limit: 9 }).candles).toEqual([
      candleOf(minute(0), '1.0', { closed: true, partial: true }),
      candleOf(minute(1), '2.0', { closed: false })
    ])
    store.keep('e1', candleUpdate(6, candleOf(minute(0), '1.5')))
    expect(store.candles(MINUTES, { limit: 1, to: minute(1) }).candles).toEqual([candleOf(minute(0), '1.5')])
  })

  it('leaves a candle whole whose later state arrived after a gap', () => {
    const store = new TestStore()
    store.keep('e1', candleUpdate(1, candleOf(minute(0), '1.0', { closed: false })))
    store.keep('e1', candleUpdate(5, candleOf(minute(0), '2.0')), candleUpdate(6, candleOf(minute(1))))

    expect(store.candles(MINUTES, { limit: 9 })).toMatchObject({ candles: [{ close: '2.0' }, {}], holes: [] })
    expect(store.candles(MINUTES, { limit: 1, to: minute(1) }).candles[0]?.partial).toBeUndefined()
  })

  it('is told as a hole where whole candles may be missing, and not where an interval merely had no trades', () => {
    const store = new TestStore()
    store.keep('e1', candleUpdate(1, candleOf(minute(0))), candleUpdate(2, candleOf(minute(7))))
    expect(store.candles(MINUTES, { limit: 9 }).holes).toEqual([])
    store.keep('e2', candleUpdate(1, candleOf(minute(8))))
    expect(store.candles(MINUTES, { limit: 9 }).holes).toEqual([])
    store.keep('e3', candleUpdate(1, candleOf(minute(20))))
    const holes = [{ from: minute(9), to: minute(20) }]
    expect(store.candles(MINUTES, { limit: 9 }).holes).toEqual(holes)
    expect(store.candles(MINUTES, { limit: 1 }).holes).toEqual(holes.slice(1))
    expect(store.candles(MINUTES, { limit: 3, from: minute(0) }).holes).toEqual([])
  })
})
