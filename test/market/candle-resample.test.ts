import { describe, expect, it } from 'vitest'
import { resampleCandles } from '../../src/market/candle-resample.ts'
import type { Candle } from '../../src/protocol/market-data.ts'

const NOON = Date.parse('2024-08-08T12:00:00Z')
const minute = (
  offset: number,
  prices: readonly [string, string, string, string],
  more: Partial<Candle> = {}
): Candle => {
  const [open, high, low, close] = prices
  return {
    openTime: NOON + offset * 60_000,
    open,
    high,
    low,
    close,
    volume: '2',
    quoteVolume: '20.5',
    trades: 3,
    takerBuyVolume: '0.5',
    vwap: '10.25',
    closed: true,
    ...more
  }
}

describe('Finer candles put together', () => {
  it('give the coarser one: first open, highest, lowest, last close, and sums', () => {
    const [candle, ...others] = resampleCandles(
      [
        minute(0, ['10', '12', '9', '11']),
        minute(2, ['11', '13', '10', '10.5']),
        minute(4, ['10.5', '10.6', '8', '9'])
      ],
      '1m',
      '5m'
    )

    expect(others).toEqual([])
    expect(candle).toEqual({
      openTime: NOON,
      open: '10',
      high: '13',
      low: '8',
      close: '9',
      volume: '6',
      quoteVolume: '61.5',
      trades: 9,
      takerBuyVolume: '1.5',
      vwap: '10.25000000',
      closed: true
    })
  })

  it.each([
    ['the last finer one is closed and ends it', 4, true, true],
    ['the last finer one is still open', 4, false, false],
    ['more finer ones may follow', 3, true, false]
  ])('are closed or not: %s', (_, offset, lastIsClosed, closed) => {
    const candles = [minute(0, ['1', '1', '1', '1']), minute(offset, ['1', '1', '1', '1'], { closed: lastIsClosed })]

    expect(resampleCandles(candles, '1m', '5m')[0]?.closed).toBe(closed)
  })

  it('are partial where one of them is, and leave intervals without candles out', () => {
    const flat = ['1', '1', '1', '1'] as const
    const candles = [minute(0, flat), minute(3, flat, { partial: true }), minute(6, flat), minute(61, flat)]

    expect(resampleCandles(candles, '1m', '5m').map(({ openTime, partial }) => [openTime - NOON, partial])).toEqual([
      [0, true],
      [300_000, undefined],
      [3_600_000, undefined]
    ])
  })

  it('are none where there are none', () => {
    expect(resampleCandles([], '1s', '1m')).toEqual([])
  })
})
