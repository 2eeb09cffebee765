import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { INTERVALS, type Interval, isInterval, MADE_OF, utcSpan } from '../../src/market/candle-interval.ts'

const seed = 20_240_812
const at = Date.parse
const spanOf = (interval: Interval, time: string) => {
  const { startMs, endMs } = utcSpan(interval, at(time))
  return [new Date(startMs).toISOString(), new Date(endMs).toISOString()]
}
const anyTime = fc.integer({ min: at('1965-01-01'), max: at('2110-01-01') })

describe('Intervals of candles in UTC', () => {
  it.each<[Interval, string, string, string]>([
    ['1s', '2024-08-08T23:59:59.999Z', '2024-08-08T23:59:59.000Z', '2024-08-09T00:00:00.000Z'],
    ['1m', '2024-08-08T23:59:59.999Z', '2024-08-08T23:59:00.000Z', '2024-08-09T00:00:00.000Z'],
    ['3m', '2024-08-08T10:05:00.000Z', '2024-08-08T10:03:00.000Z', '2024-08-08T10:06:00.000Z'],
    ['4h', '2024-08-08T11:59:59.999Z', '2024-08-08T08:00:00.000Z', '2024-08-08T12:00:00.000Z'],
    ['1d', '2024-08-08T23:59:59.999Z', '2024-08-08T00:00:00.000Z', '2024-08-09T00:00:00.000Z'],
    ['1w', '2024-08-11T23:59:59.999Z', '2024-08-05T00:00:00.000Z', '2024-08-12T00:00:00.000Z'],
    ['1w', '2024-08-12T00:00:00.000Z', '2024-08-12T00:00:00.000Z', '2024-08-19T00:00:00.000Z'],
    ['1w', '2025-01-01T00:00:00.000Z', '2024-12-30T00:00:00.000Z', '2025-01-06T00:00:00.000Z'],
    ['1M', '2024-02-29T12:00:00.000Z', '2024-02-01T00:00:00.000Z', '2024-03-01T00:00:00.000Z'],
    ['1M', '2024-12-31T23:59:59.999Z', '2024-12-01T00:00:00.000Z', '2025-01-01T00:00:00.000Z']
  ])('%s at %s is %s to %s', (interval, time, start, end) => {
    expect(spanOf(interval, time)).toEqual([start, end])
  })

  it(`hold the moment they are asked for, and follow each other without a hole (seed ${seed})`, () => {
    fc.assert(
      fc.property(fc.constantFrom(...INTERVALS), anyTime, (interval, timeMs) => {
        const { startMs, endMs } = utcSpan(interval, timeMs)
        expect(startMs <= timeMs && timeMs < endMs).toBe(true)
        expect(utcSpan(interval, startMs)).toEqual({ startMs, endMs })
        expect(utcSpan(interval, endMs).startMs).toBe(endMs)
        expect(utcSpan(interval, startMs - 1).endMs).toBe(startMs)
      }),
      { seed, numRuns: 2_000 }
    )
  })

  it(`lie whole within the coarser ones that are made of them (seed ${seed})`, () => {
    fc.assert(
      fc.property(fc.constantFrom(...INTERVALS), anyTime, (interval, timeMs) => {
        const finer = MADE_OF[interval]
        if (finer === undefined) return
        const coarse = utcSpan(interval, timeMs)
        const fine = utcSpan(finer, timeMs)
        expect(coarse.startMs <= fine.startMs && fine.endMs <= coarse.endMs).toBe(true)
      }),
      { seed, numRuns: 2_000 }
    )
  })

  it('start weeks on Monday and months on the first', () => {
    for (let day = 0; day < 400; day++) {
      const timeMs = at('2023-12-01') + day * 86_400_000
      expect(new Date(utcSpan('1w', timeMs).startMs).getUTCDay()).toBe(1)
      expect(new Date(utcSpan('1M', timeMs).startMs).getUTCDate()).toBe(1)
    }
  })

  it('are told apart by case: a minute is not a month', () => {
    expect(['1m', '1M', '1s', '4h'].every(isInterval)).toBe(true)
    expect(['1H', '2h', '', '1'].some(isInterval)).toBe(false)
  })
})
