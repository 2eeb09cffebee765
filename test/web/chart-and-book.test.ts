import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ladderLevels } from '../../web/book/ladder-rows.ts'
import { lastMovingAverage, movingAverages } from '../../web/chart/moving-average.ts'

describe('The moving average', () => {
  it('is the mean of the last values, told for the whole series as for its end', () => {
    const prices = fc.array(fc.double({ min: 1, max: 1_000, noNaN: true }), { maxLength: 60 })
    fc.assert(
      fc.property(prices, fc.integer({ min: 1, max: 20 }), (values, period) => {
        const averages = movingAverages(values, period)
        for (const [index, average] of averages.entries()) {
          const window = values.slice(Math.max(0, index - period + 1), index + 1)
          if (window.length < period) expect(average).toBeUndefined()
          else expect(average).toBeCloseTo(window.reduce((sum, value) => sum + value, 0) / period, 6)
        }
        const last = lastMovingAverage(values, period)
        if (last === undefined) expect(averages.at(-1)).toBeUndefined()
        else expect(averages.at(-1)).toBeCloseTo(last, 6)
      })
    )
  })
})

describe('The ladder', () => {
  it('adds sizes up from the best price, on one scale for both sides', () => {
    const { bids, asks } = ladderLevels(
      [
        ['10', '1'],
        ['9', '3'],
        ['8', '50']
      ],
      [
        ['11', '2.5'],
        ['12', '5.5']
      ],
      2
    )
    expect(bids.map(({ total }) => total)).toEqual([1, 4])
    expect(asks.map(({ total }) => total)).toEqual([2.5, 8])
    expect([...bids, ...asks].map(({ share }) => share)).toEqual([1 / 8, 0.5, 2.5 / 8, 1])
  })

  it('is empty where there is no book', () => {
    expect(ladderLevels([], [], 10)).toEqual({ bids: [], asks: [] })
  })
})
