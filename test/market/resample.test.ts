import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { UTC_24X7 } from '../../src/market/calendar.ts'
import { INTERVALS, type Interval } from '../../src/market/candle-interval.ts'
import {
  finerCandles,
  type ResampleJob,
  resamplePage,
  sourceInterval,
  wholeIntervals
} from '../../src/market/resample.ts'
import type { FilledCandle } from '../../src/market/resample-fill.ts'
import { candleOf } from '../support/fake-history-view.ts'

const minute = 60_000
const start = Date.UTC(2024, 0, 1)

describe('The interval that candles are made of', () => {
  it.each([
    ['1m', ['1s', '1m', '5m'], '1m'],
    ['5m', ['1s', '1m'], '1m'],
    ['4h', ['1m', '15m', '1h'], '1h'],
    ['3m', ['1m', '5m'], '1m'],
    ['1w', ['1h', '1d'], '1d'],
    ['1M', ['1d', '1w'], '1d'],
    ['30m', ['1s'], '1s'],
    ['1d', ['1m'], '1m']
  ] as const)('for %s with %j is %s, the coarsest that divides it', (interval, available, expected) => {
    expect(sourceInterval(interval, available)).toBe(expected)
  })

  it.each([
    ['1s', ['1m']],
    ['5m', ['3m']],
    ['1h', ['1s']],
    ['1w', ['1m']],
    ['1M', ['1w']],
    ['1m', []]
  ] as const)('for %s with %j is none: none divides it, or too many would be needed', (interval, available) => {
    expect(sourceInterval(interval, available)).toBeUndefined()
  })

  it('is never one of which a page could not hold two of the coarser ones', () => {
    for (const interval of INTERVALS) {
      for (const finer of INTERVALS) {
        const source = sourceInterval(interval, [finer])
        if (source !== undefined) expect(finerCandles(source, interval) * 2).toBeLessThanOrEqual(5_000)
      }
    }
  })
})

describe('The whole intervals of a range', () => {
  it.each([
    [0, 10, 0, 10],
    [1, 10, 5, 10],
    [5, 6, 5, 10],
    [6, 9, 10, 10],
    [0, 11, 0, 15]
  ])('from minute %i to %i are those from %i to %i', (from, to, first, end) => {
    const span = wholeIntervals('5m', UTC_24X7, start + from * minute, start + to * minute)
    expect(span).toEqual({ startMs: start + first * minute, endMs: start + end * minute })
  })
})

/** The candles of a market in which only some minutes have a trade, and what may be asked of them. */
const market = fc.record({
  present: fc.array(fc.boolean(), { minLength: 1, maxLength: 60 }),
  from: fc.integer({ min: -10, max: 60 }),
  length: fc.integer({ min: 1, max: 70 }),
  limit: fc.integer({ min: 1, max: 70 }),
  storedLimit: fc.integer({ min: 1, max: 70 }),
  clock: fc.integer({ min: 0, max: 80 }),
  hole: fc.option(fc.record({ from: fc.integer({ min: -5, max: 65 }), length: fc.integer({ min: 0, max: 20 }) }))
})
type Market = typeof market extends fc.Arbitrary<infer Value> ? Value : never

/** What the venue has told of is not the future. */
const nowOf = ({ present, clock }: Market) => Math.max(clock, present.lastIndexOf(true))
const stored = ({ present }: Market) => {
  return present.flatMap((isPresent, n) => (isPresent ? [candleOf(start + n * minute, n)] : []))
}

/** Minute by minute, from the beginning of all: what each interval is filled with. */
function filledOracle(market: Market): Map<number, boolean> {
  const { present, from, length, hole } = market
  const found = new Map<number, boolean>()
  let isKnown = false
  for (let n = 0; n < 200; n++) {
    const isPresent = present[n] === true
    const isLost = hole !== null && hole.from <= n && hole.from + hole.length >= n
    isKnown = isPresent || (isKnown && !isLost)
    const isFilled = !isPresent && isKnown && n < nowOf(market)
    if (n >= from && n < from + length && (isPresent || isFilled)) found.set(n, isFilled)
  }
  return found
}

/** Reads page by page as a client would; each page is cut out of what is stored as history does it. */
function readPages(market: Market, isForward: boolean): FilledCandle[] {
  const { from, length, limit, storedLimit, hole } = market
  const now = nowOf(market)
  const candles = stored(market)
  const at = (n: number) => start + n * minute
  let [low, high] = [at(Math.max(0, from)), at(from + length)]
  const found: FilledCandle[] = []
  for (let page = 0; page < 300 && low < high; page++) {
    // Backward a page begins where it does, not where the range does.
    const inRange = candles.filter(({ openTime }) => (!isForward || openTime >= low) && openTime < high)
    const most = Math.max(limit, storedLimit)
    const read = isForward ? inRange.slice(0, most) : inRange.slice(-most)
    const previous = candles.findLast(({ openTime }) => openTime < low)
    const fill = {
      until: Math.min(high, at(now)),
      now: at(now),
      holes: hole === null ? [] : [{ from: at(hole.from), to: at(hole.from + hole.length) }],
      ...(isForward && previous !== undefined && { previous })
    }
    const job: ResampleJob = {
      ...{ candles: read, source: '1m', interval: '1m', calendar: 'utc', limit, isForward, fill },
      ...{ from: isForward ? low : 0, to: high, isCut: read.length < inRange.length }
    }
    const result = resamplePage(job)
    expect(result.candles.length).toBeLessThanOrEqual(limit)
    found.splice(isForward ? found.length : 0, 0, ...result.candles)
    if (!result.hasMore) break
    if (isForward) low = (result.candles.at(-1)?.openTime ?? low) + minute
    else high = result.candles[0]?.openTime ?? high
  }
  return found.filter(({ openTime }) => openTime >= at(from))
}

describe('Filled pages', () => {
  it.each([true, false])('hold each interval once, filled where nothing was traded; forward: %s', (isForward) => {
    fc.assert(
      fc.property(market, (market) => {
        const found = readPages(market, isForward)
        const minutes = found.map(({ openTime, filled = false }) => [(openTime - start) / minute, filled] as const)
        expect(new Map(minutes)).toEqual(filledOracle(market))
        expect(minutes.map(([n]) => n)).toEqual([...new Set(minutes.map(([n]) => n))].sort((a, b) => a - b))
        for (const { filled, openTime, open, close } of found) {
          if (filled !== true) continue
          const before = stored(market).findLast((candle) => candle.openTime < openTime)
          expect([open, close]).toEqual([before?.close, before?.close])
        }
      }),
      { numRuns: 500 }
    )
  })

  it('are no slower where a hole is as long as a year of seconds', () => {
    const year = 365 * 86_400_000
    const candles = [candleOf(start, 1), candleOf(start + year, 2)]
    const fill = {
      until: start + year + 1,
      now: start + year + 1,
      holes: [{ from: start + 1_000, to: start + year - 1 }]
    }
    const range = { from: start, to: start + year + 1, limit: 5_000, isCut: false, fill }
    for (const isForward of [true, false]) {
      const job = {
        candles,
        source: '1s' as Interval,
        interval: '1s' as Interval,
        calendar: 'utc' as const,
        ...range,
        isForward
      }
      expect(resamplePage(job).candles).toEqual(candles)
    }
  })
})

describe('Coarser pages', () => {
  it('leave out a candle of which the page holds a part only', () => {
    const candles = Array.from({ length: 12 }, (_, n) => candleOf(start + (n + 3) * minute, n))
    const range = { from: 0, to: start + 60 * minute, limit: 10 }
    const job = { candles, source: '1m', interval: '5m', calendar: 'utc', ...range } as const
    const openTimes = (isForward: boolean, isCut: boolean) =>
      resamplePage({ ...job, isForward, isCut }).candles.map(({ openTime }) => (openTime - start) / minute)
    expect(openTimes(true, false)).toEqual([0, 5, 10])
    expect(openTimes(true, true)).toEqual([0, 5])
    expect(openTimes(false, true)).toEqual([5, 10])
  })
})
