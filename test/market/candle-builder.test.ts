import { describe, expect, it } from 'vitest'
import { usEquities } from '../../src/market/calendar-us-equities.ts'
import type { BuiltCandle } from '../../src/market/candle-aggregate.ts'
import { CandleBuilder } from '../../src/market/candle-builder.ts'
import type { IntervalCandle, PastCandles } from '../../src/market/candle-series.ts'
import type { Trade } from '../../src/protocol/market-data.ts'

const NOON = Date.parse('2024-08-08T12:00:00Z')
let nextId = 1
const trade = (price: string, size = '1', side: Trade['side'] = 'buy'): Trade => ({
  id: String(nextId++),
  price,
  size,
  side
})
const of = (candles: readonly IntervalCandle[] | undefined, interval: string): BuiltCandle | undefined =>
  candles?.find((candle) => candle.interval === interval)?.candle
const intervalsOf = (candles: readonly IntervalCandle[] | undefined) => candles?.map(({ interval }) => interval)

/** A builder that has known everything for a while: a trade at 11:58:59.999 is the first it saw. */
function settledBuilder(): CandleBuilder {
  const builder = new CandleBuilder()
  builder.add(trade('90'), NOON - 60_001)
  return builder
}

describe('Candles', () => {
  it('hold first, highest, lowest and last price, and sums with the decimals of their parts', () => {
    const builder = settledBuilder()
    builder.add(trade('100.50', '0.10', 'buy'), NOON)
    builder.add(trade('101.00', '0.2', 'sell'), NOON + 1)
    builder.add(trade('99.5', '1', 'sell'), NOON + 2)
    builder.add(trade('100.0', '0.30', 'buy'), NOON + 900)

    expect(of(builder.current(), '1m')).toEqual({
      openTime: NOON,
      open: '100.50',
      high: '101.00',
      low: '99.5',
      close: '100.0',
      volume: '1.60',
      quoteVolume: '159.7500',
      trades: 4,
      takerBuyVolume: '0.40',
      vwap: '99.84375000',
      closed: false
    })
  })

  it('tell a volume bought by the aggressor of zero with the decimals of the volume', () => {
    const builder = settledBuilder()
    builder.add(trade('100', '0.10000000', 'sell'), NOON)

    expect(of(builder.current(), '1s')?.takerBuyVolume).toBe('0.00000000')
  })

  it('cut off digits of the quote volume after 8 decimals when it is told, not trade by trade', () => {
    const builder = settledBuilder()
    for (let count = 0; count < 3; count++) builder.add(trade('0.00001', '0.0004'), NOON)

    expect(of(builder.current(), '1s')).toMatchObject({ quoteVolume: '0.00000001', vwap: '0.00001000' })
  })

  it('have a volume-weighted price of as many decimals as prices, where those are more than 8', () => {
    const builder = settledBuilder()
    builder.add(trade('0.0000012345', '3'), NOON)
    builder.add(trade('0.0000012346', '4'), NOON)

    expect(of(builder.current(), '1s')?.vwap).toBe('0.0000012345')
  })

  it('have the last price as volume-weighted price when only empty sizes were traded', () => {
    const builder = settledBuilder()
    builder.add(trade('5.5', '0'), NOON)

    expect(of(builder.current(), '1s')).toMatchObject({ volume: '0', vwap: '5.5' })
  })

  it('are closed by the first trade of a later interval, finest first, and before that trade counts', () => {
    const builder = settledBuilder()
    builder.add(trade('100'), NOON)
    expect(builder.add(trade('101'), NOON + 999)).toEqual([])
    expect(intervalsOf(builder.add(trade('102'), NOON + 1_000))).toEqual(['1s'])
    const finals = builder.add(trade('103'), NOON + 60_000)

    expect(intervalsOf(finals)).toEqual(['1s', '1m'])
    expect(of(finals, '1m')).toMatchObject({ openTime: NOON, close: '102', trades: 3, closed: true })
    expect(of(builder.current(), '1m')).toMatchObject({
      openTime: NOON + 60_000,
      open: '103',
      trades: 1,
      closed: false
    })
  })

  it('are closed when their time is over, and not a millisecond before', () => {
    const builder = settledBuilder()
    builder.add(trade('100'), NOON + 5)

    expect(builder.closeUntil(NOON + 999)).toEqual([])
    expect(intervalsOf(builder.closeUntil(NOON + 1_000))).toEqual(['1s'])
    expect(builder.closeUntil(NOON + 1_000)).toEqual([])
    expect(intervalsOf(builder.closeUntil(NOON + 60_000))).toEqual(['1m'])
    expect(of(builder.current(), '1s')).toBeUndefined()
    expect(of(builder.current(), '3m')).toMatchObject({ trades: 1 })
  })

  it('do not exist for intervals without trades', () => {
    const builder = settledBuilder()
    builder.add(trade('100'), NOON)
    const finals = builder.add(trade('101'), NOON + 3_600_000)

    expect(intervalsOf(finals)).toEqual(['1s', '1m', '3m', '5m', '15m', '30m', '1h'])
    expect(finals?.every(({ candle }) => candle.trades === 1)).toBe(true)
  })

  it('are in the intervals of the calendar', () => {
    const builder = new CandleBuilder({ calendar: usEquities(), intervals: ['1d', '1h'] })
    builder.add(trade('100'), Date.parse('2024-08-08T13:30:00Z'))

    expect(
      builder.current().map(({ interval, candle }) => [interval, new Date(candle.openTime).toISOString()])
    ).toEqual([
      ['1h', '2024-08-08T13:30:00.000Z'],
      ['1d', '2024-08-08T04:00:00.000Z']
    ])
  })
})

describe('A candle is partial', () => {
  it('when it began before the first trade that is known', () => {
    const builder = new CandleBuilder()
    builder.add(trade('100'), NOON + 999)
    expect(builder.current().every(({ candle }) => candle.partial)).toBe(true)

    builder.add(trade('101'), NOON + 1_000)
    expect(of(builder.current(), '1s')?.partial).toBeUndefined()
    expect(of(builder.current(), '1m')?.partial).toBe(true)
    expect(of(builder.add(trade('102'), NOON + 60_000), '1m')?.partial).toBe(true)
    expect(of(builder.current(), '1m')?.partial).toBeUndefined()
  })

  it('when trades may have been missed in it, before and after the hole', () => {
    const builder = settledBuilder()
    builder.add(trade('100'), NOON)
    builder.interrupt()
    const finals = builder.add(trade('101'), NOON + 60_500)

    expect(of(finals, '1m')).toMatchObject({ openTime: NOON, partial: true })
    expect(of(builder.current(), '1m')).toMatchObject({ openTime: NOON + 60_000, partial: true })
    expect(of(builder.add(trade('102'), NOON + 61_000), '1s')?.partial).toBe(true)
    expect(of(builder.current(), '1s')?.partial).toBeUndefined()
  })

  it('when it is continued after a restart, and holds what was stored of it', () => {
    const earlier = settledBuilder()
    earlier.add(trade('100', '2'), NOON)
    earlier.add(trade('105', '1', 'sell'), NOON + 100)
    const builder = new CandleBuilder()
    expect(builder.restore(earlier.current().map((told) => toldOnly(told)))).toEqual([])
    builder.add(trade('95', '1'), NOON + 30_000)

    expect(of(builder.current(), '1m')).toEqual({
      openTime: NOON,
      open: '100',
      high: '105',
      low: '95',
      close: '95',
      volume: '4',
      quoteVolume: '400',
      trades: 3,
      takerBuyVolume: '3',
      vwap: '100.00000000',
      closed: false,
      partial: true
    })
  })

  it('but a stored one that was closed stays so, and is corrected by a late trade', () => {
    const builder = new CandleBuilder()
    const earlier = settledBuilder()
    earlier.add(trade('100'), NOON)
    const [second] = earlier.closeUntil(NOON + 1_000)
    const [minute] = earlier.current()
    if (second === undefined || minute === undefined) throw new Error('expected candles')
    builder.restore([toldOnly(second), { ...toldOnly(minute), interval: '7m' }])
    expect(builder.current()).toEqual([])

    builder.add(trade('101'), NOON + 5_000)
    expect(of(builder.add(trade('102'), NOON + 100), '1s')).toMatchObject({
      ...{ openTime: NOON, open: '100', close: '102', trades: 2, corrected: true }
    })
    expect(builder.add(trade('103'), NOON - 1)).toEqual([])
    expect(builder.tooLateCount).toBe(1)
  })
})

/** A candle of which nothing is known but how it was told. */
function toldOnly({ interval, candle }: IntervalCandle): PastCandles {
  return {
    interval,
    told: candle,
    continued: [{ candle, lastMs: candle.openTime }],
    trades: [],
    untoldFrom: 0,
    knownSinceMs: Infinity,
    gapsMs: []
  }
}
