import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { UTC_24X7 } from '../../../src/market/calendar.ts'
import { usEquities } from '../../../src/market/calendar-us-equities.ts'
import { CandleBuilder } from '../../../src/market/candle-builder.ts'
import { INTRADAY_MS, type Interval } from '../../../src/market/candle-interval.ts'
import type { Trade } from '../../../src/protocol/market-data.ts'
import type { OpenCandle, OpenCandles } from '../../../src/protocol/port-messages.ts'
import { continueCandles } from '../../../workers/compute/continued-candles.ts'
import { Derive } from '../../../workers/compute/derive.ts'
import { JUMP_BACK_COUNT } from '../../../workers/compute/derive-time.ts'
import { summarise } from '../../market/candle-oracle.ts'
import { candlesOf, tradeAt } from './derive-messages.ts'

const NOON = Date.parse('2024-08-08T12:00:00Z')
const SEED = 20_240_808
const INTERVALS = ['1s', '1m', '5m'] as const
type StoredTrade = Trade & { readonly time: number; readonly epoch: string }

const anyTrade = fc.record({
  time: fc.integer({ min: 0, max: 150_000 }).map((ms) => NOON + ms),
  price: fc.integer({ min: 1, max: 5_000 }).map((cents) => (cents / 100).toFixed(2)),
  size: fc.integer({ min: 1, max: 999 }).map((thousandths) => (thousandths / 1_000).toFixed(3)),
  side: fc.constantFrom('buy' as const, 'sell' as const)
})

/** Some trades in the order of their times, as a venue sends them. */
const anySession = fc
  .array(anyTrade, { minLength: 1, maxLength: 60 })
  .map((trades) =>
    trades.toSorted((a, b) => a.time - b.time).map((trade, place) => ({ ...trade, id: `t${place}`, epoch: 'e1' }))
  )

const spanOf = (interval: (typeof INTERVALS)[number], time: number) => time - (time % INTRADAY_MS[interval])

/** What is stored at a kill: candles as they were told after the first `told` trades, and all trades. */
function storedAt(
  trades: readonly StoredTrade[],
  told: readonly number[],
  knownFromMs = (trades[0]?.time ?? 0) + 1
): OpenCandles {
  const candles = INTERVALS.flatMap((interval, place): OpenCandle[] => {
    const tradesFrom = Math.min(told[place] ?? 1, trades.length)
    const builder = new CandleBuilder({ intervals: [interval] })
    for (const trade of trades.slice(0, tradesFrom)) builder.add(trade, trade.time)
    const lastMs = trades[tradesFrom - 1]?.time ?? 0
    return builder.current().map(({ candle }) => ({ interval, candle, lastMs, tradesFrom }))
  })
  return { venue: 'SIM', symbol: 'AAPL', candles, trades, knownFromMs, gapsMs: [] }
}

/** The candles in progress after that, and those that were closed and may not have been told. */
function continued(past: OpenCandles, calendar = UTC_24X7, intervals: readonly Interval[] = INTERVALS) {
  const builder = new CandleBuilder({ intervals, calendar, knownIdLimit: 0 })
  const closed = continueCandles(builder, past, calendar)
  return { builder, closed, open: builder.current() }
}

/** What all trades make of the candle that begins then. */
function expectedCandle(trades: readonly StoredTrade[], interval: (typeof INTERVALS)[number], openTime: number) {
  const inside = trades.filter(({ time }) => spanOf(interval, time) === openTime)
  return { openTime, ...summarise(inside.map((trade) => ({ timeMs: trade.time, trade }))) }
}

describe('Candles continued after a restart', () => {
  it('hold every trade that was stored, once, wherever each of them was told last; and no others', () => {
    process.stdout.write(`seed ${SEED}\n`)
    const anyTold = fc.tuple(...INTERVALS.map(() => fc.integer({ min: 1, max: 60 })))
    fc.assert(
      fc.property(anySession, anyTold, fc.nat(60), (trades, told, known) => {
        const past = storedAt(trades, told, (trades[known % trades.length]?.time ?? 0) + 1)
        const { open, closed } = continued(past)
        for (const [place, interval] of INTERVALS.entries()) {
          const last = spanOf(interval, trades.at(-1)?.time ?? 0)
          const { partial: _, ...newest } = open.find((one) => one.interval === interval)?.candle ?? {}
          expect(newest).toEqual({ ...expectedCandle(trades, interval, last), closed: false })
          // Every candle from the one that was told last on is closed, once.
          const tellings = [...closed].filter((one) => one.interval === interval).map(({ candle }) => candle)
          const first = past.candles[place]?.candle.openTime ?? 0
          const starts = new Set(trades.map(({ time }) => spanOf(interval, time)))
          const passed = [...starts].filter((start) => start >= first && start < last)
          expect(tellings.map(({ partial, ...candle }) => candle)).toEqual(
            passed.map((start) => ({ ...expectedCandle(trades, interval, start), closed: true }))
          )
        }
      }),
      { seed: SEED }
    )
  })

  it('begin after one that was closed, with the trades that came before anything of them was told', () => {
    const trades = [0, 500, 1_000, 1_400, 900].map((ms, place) => ({
      ...{ id: `t${place}`, price: String(100 + place), size: '1', side: 'buy' as const, epoch: 'e1' },
      time: NOON + ms
    }))
    const { candle } = storedAt(trades.slice(0, 2), [2]).candles[0] ?? {}
    if (candle === undefined) throw new Error('expected a candle')
    const closed = { interval: '1s', candle: { ...candle, closed: true }, lastMs: NOON + 500, tradesFrom: 2 }
    const past = { venue: 'SIM', symbol: 'AAPL', candles: [closed], trades, knownFromMs: NOON + 1, gapsMs: [] }

    expect(continued(past, UTC_24X7, ['1s'])).toMatchObject({
      open: [{ candle: { openTime: NOON + 1_000, open: '102', close: '103', trades: 2 } }],
      closed: []
    })
  })

  it('are in the intervals of the calendar of their symbol', () => {
    const openTime = NOON + 90 * 60_000
    const trades = [0, 1].map((place) => ({
      ...{ id: `t${place}`, price: '100', size: '1', side: 'buy' as const, epoch: 'e1' },
      time: openTime + place * 3_599_000
    }))
    const builder = new CandleBuilder({ intervals: ['1h'], calendar: usEquities() })
    for (const trade of trades.slice(0, 1)) builder.add(trade, trade.time)
    const candles = builder.current().map((one) => ({ ...one, lastMs: openTime, tradesFrom: 1 }))
    const past = { venue: 'NYSE', symbol: 'IBM', candles, trades, knownFromMs: openTime + 1, gapsMs: [] }
    const { open } = continued(past, usEquities(), ['1h'])

    expect(open).toMatchObject([{ candle: { openTime, trades: 2 } }])
  })

  it('count a trade that the venue repeats once', () => {
    const trade = (id: string, time: number) => ({
      id,
      price: '100',
      size: '1',
      side: 'buy' as const,
      time,
      epoch: 'e1'
    })
    const trades = [trade('a', NOON), trade('b', NOON + 1), trade('a', NOON), trade('b', NOON + 1)]
    const { open } = continued(storedAt(trades, [1, 2, 3]))
    expect(open.map(({ candle }) => candle.trades)).toEqual([2, 2, 2])
  })
})

describe('Candles that were made anew of stored trades', () => {
  const tradesAt = (...times: readonly number[]) =>
    times.map((ms, place) => ({
      ...{ id: `t${place}`, price: String(100 + place), size: '1', side: 'buy' as const, epoch: 'e1' },
      time: NOON + ms
    }))
  const late = (id: string, ms: number) => ({ id, price: '90', size: '1', side: 'buy' as const, time: NOON + ms })

  it('are partial where trades were missed, and only there', () => {
    const past = { ...storedAt(tradesAt(0, 1_100, 2_200, 3_300), [4]), gapsMs: [NOON + 2_000] }
    const { builder } = continued(past, UTC_24X7, ['1s'])
    const correct = (id: string, ms: number) => builder.add(late(id, ms), NOON + ms)?.map(({ candle }) => candle)
    expect(correct('l1', 1_500)).toMatchObject([{ openTime: NOON + 1_000, trades: 2, corrected: true }])
    expect(correct('l2', 1_600)?.[0]?.partial).toBeUndefined()
    expect(correct('l3', 2_500)).toMatchObject([{ openTime: NOON + 2_000, trades: 2, partial: true }])
  })

  it('do not come of one late trade where the others are not held', () => {
    const past = storedAt(tradesAt(0, 1_100, 2_200, 3_300), [4])
    // It was told with more trades than are stored.
    const candles = past.candles.map((one) => ({ ...one, candle: { ...one.candle, trades: 9 } }))
    const { builder } = continued({ ...past, candles }, UTC_24X7, ['1s'])
    expect(builder.add(late('l1', 1_500), NOON + 1_500)).toBeUndefined()
  })
})

describe('A producer that starts again', () => {
  const trades = [NOON, NOON + 500, NOON + 1_200].map((time, place) => ({
    ...{ id: `t${place}`, price: `${100 + place}`, size: '1', side: 'buy' as const, epoch: 'e1' },
    time
  }))
  const restored = () => {
    const derive = new Derive({ intervals: ['1s', '1m'] })
    derive.restore(storedAt(trades, [1, 1]))
    return derive
  }

  it('tells nothing before its first trade, and with that the candles that were closed and never told', () => {
    const derive = restored()
    expect(derive.drain()).toEqual([])
    const told = derive.apply([tradeAt(NOON + 1_300, '50')])

    expect(candlesOf(told, '1s')).toMatchObject([
      { openTime: NOON, trades: 2, close: '101', closed: true, partial: true },
      { openTime: NOON + 1_000, trades: 2, low: '50', closed: false, partial: true }
    ])
    expect(candlesOf(told, '1m')).toMatchObject([{ openTime: NOON, open: '100', trades: 4, partial: true }])
    expect(candlesOf(derive.apply([tradeAt(NOON + 2_000)]), '1s')[0]).toMatchObject({
      openTime: NOON + 1_000,
      trades: 2
    })
  })

  it('does not count the trades that its venue sends once more', () => {
    const derive = restored()
    const [first, ...again] = trades.map(({ time, epoch: _, ...data }) => ({
      channel: 'trade:SIM:AAPL',
      exchangeTime: time,
      data
    }))
    const told = derive.apply([...(first === undefined ? [] : [first]), ...again, tradeAt(NOON + 1_300)])
    expect(candlesOf(told, '1m')).toMatchObject([{ trades: 4 }])
  })

  it('leaves candles alone that lie in a future which did not come', () => {
    const derive = new Derive({ intervals: ['1s'] })
    const past = storedAt(trades, [3])
    derive.restore({ ...past, candles: past.candles.map((one) => ({ ...one, lastMs: NOON - 3_600_000 })) })
    expect(candlesOf(derive.apply([tradeAt(NOON + 1_300)]), '1s')).toMatchObject([
      { openTime: NOON + 1_000, trades: 1 }
    ])
  })

  it('forgets them when its own time turns out to have gone back', () => {
    const derive = restored()
    const yesterday = NOON - 86_400_000
    const told = Array.from({ length: JUMP_BACK_COUNT + 1 }, (_, place) => derive.apply([tradeAt(yesterday + place)]))
    expect(candlesOf([...told.flat(), ...derive.drain()], '1m').at(-1)).toMatchObject({ openTime: yesterday })
  })
})

describe('Time that begins anew', () => {
  it('is told after what was held back, and with nothing of the time before', () => {
    const derive = new Derive({ intervals: ['1m'] })
    derive.apply([tradeAt(NOON, '1'), tradeAt(NOON + 1, '2')])
    const told = derive.apply([{ rewind: true }, tradeAt(NOON, '3')])

    const place = told.findIndex((message) => 'rewind' in message)
    expect(candlesOf(told.slice(0, place), '1m')).toMatchObject([{ trades: 2, close: '2' }])
    expect(candlesOf([...told.slice(place), ...derive.drain()], '1m')).toMatchObject([{ trades: 1, open: '3' }])
  })
})
