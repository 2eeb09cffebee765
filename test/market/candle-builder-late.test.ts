import { describe, expect, it } from 'vitest'
import type { BuiltCandle } from '../../src/market/candle-aggregate.ts'
import { CandleBuilder, LATE_WINDOW_MS } from '../../src/market/candle-builder.ts'
import type { IntervalCandle } from '../../src/market/candle-series.ts'
import { KNOWN_ID_LIMIT } from '../../src/market/rolling-ids.ts'
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

describe('A trade that comes late', () => {
  it('corrects its closed candle, and says so; the open ones simply count it', () => {
    const builder = settledBuilder()
    builder.add(trade('100'), NOON)
    builder.add(trade('101'), NOON + 1_500)
    const finals = builder.add(trade('99'), NOON + 400)

    expect(intervalsOf(finals)).toEqual(['1s'])
    expect(of(finals, '1s')).toMatchObject({ low: '99', close: '99', trades: 2, closed: true, corrected: true })
    expect(of(builder.current(), '1m')).toMatchObject({ low: '99', close: '101', trades: 3 })
    expect(builder).toMatchObject({ lateCount: 1, tooLateCount: 0 })
  })

  it('corrects every coarser candle it belongs to', () => {
    const builder = settledBuilder()
    builder.add(trade('100'), NOON)
    builder.add(trade('101'), NOON + 60_000)
    const finals = builder.add(trade('102'), NOON + 59_000)

    expect(intervalsOf(finals)).toEqual(['1s', '1m'])
    expect(of(finals, '1s')).toMatchObject({ openTime: NOON + 59_000, trades: 1, corrected: true })
    expect(of(finals, '1m')).toMatchObject({ openTime: NOON, close: '102', trades: 2, corrected: true })
  })

  it('becomes the open of its candle when it is older than the first, and the close when it is as old as the last', () => {
    const builder = settledBuilder()
    builder.add(trade('100'), NOON + 10)
    builder.add(trade('101'), NOON + 20)
    builder.add(trade('102'), NOON + 10)
    builder.add(trade('103'), NOON + 9)
    builder.add(trade('104'), NOON + 20)

    expect(of(builder.current(), '1s')).toMatchObject({ open: '103', close: '104' })
  })

  it.each([
    ['just within the window', LATE_WINDOW_MS + 999, true, 0],
    ['a millisecond later', LATE_WINDOW_MS + 1_000, false, 1]
  ])('%s counts as far as it can', (_, agoMs, isCorrected, tooLateCount) => {
    const builder = new CandleBuilder()
    builder.add(trade('90'), NOON)
    builder.add(trade('100'), NOON + 600_000)
    builder.add(trade('101'), NOON + 600_000 + agoMs)

    expect(intervalsOf(builder.add(trade('99'), NOON + 600_000))?.includes('1s')).toBe(isCorrected)
    expect(of(builder.current(), '1h')).toMatchObject({ trades: 4, low: '90' })
    expect(builder.tooLateCount).toBe(tooLateCount)
  })

  it('from before everything that is known changes nothing, rather than making a candle of itself alone', () => {
    const builder = new CandleBuilder()
    builder.add(trade('100'), NOON)

    expect(builder.add(trade('99'), NOON - 86_400_000 * 60)).toBeUndefined()
    expect(builder.tooLateCount).toBe(1)
    expect(of(builder.current(), '1M')).toMatchObject({ trades: 1 })
  })

  it('can correct a bounded number of candles only, however long the builder runs', () => {
    const builder = new CandleBuilder()
    for (let second = 0; second < 4_000; second++) builder.add(trade('100'), NOON + second * 1_000)

    expect(builder.keptCount).toBeGreaterThan(120)
    expect(builder.keptCount).toBeLessThan(150)
  })
})

describe('A trade that comes twice', () => {
  it('counts once', () => {
    const builder = settledBuilder()
    const twice = trade('100')

    expect(builder.add(twice, NOON)).toBeDefined()
    expect(builder.add(twice, NOON)).toBeUndefined()
    expect(of(builder.current(), '1s')).toMatchObject({ trades: 1 })
    expect(builder.duplicateCount).toBe(1)
  })

  it.each([
    ['as many trades as are surely remembered', KNOWN_ID_LIMIT - 1, 1],
    ['more trades than are ever remembered', KNOWN_ID_LIMIT * 2, 0]
  ])('with %s in between is told: %i → %i', (_, between, duplicateCount) => {
    const builder = new CandleBuilder()
    const twice = trade('100')
    builder.add(twice, NOON)
    for (let count = 0; count < between; count++) builder.add(trade('100'), NOON)
    builder.add(twice, NOON)

    expect(builder.duplicateCount).toBe(duplicateCount)
  })

  it('counts each time when the venue gives no ids', () => {
    const builder = settledBuilder()
    for (let count = 0; count < 2; count++) builder.add({ ...trade('100'), id: '' }, NOON)

    expect(of(builder.current(), '1s')).toMatchObject({ trades: 2 })
  })
})
