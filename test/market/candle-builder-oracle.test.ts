import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CandleBuilder } from '../../src/market/candle-builder.ts'
import { INTERVALS, MADE_OF } from '../../src/market/candle-interval.ts'
import { resampleCandles } from '../../src/market/candle-resample.ts'
import type { IntervalCandle } from '../../src/market/candle-series.ts'
import type { Candle, Trade } from '../../src/protocol/market-data.ts'
import { SlowSeries } from './candle-oracle.ts'

const seed = 20_240_814

/** All candles by their definition: from the full list of trades, each time anew. */
class SlowBuilder {
  readonly #series
  readonly #ids = new Set<string>()
  #newestMs = -Infinity
  #knownSinceMs = Infinity
  duplicateCount = 0
  lateCount = 0
  tooLateCount = 0

  constructor(lateWindowMs: number) {
    this.#series = INTERVALS.map((interval) => ({ interval, series: new SlowSeries(interval, lateWindowMs) }))
  }

  add(trade: Trade, timeMs: number): IntervalCandle[] | undefined {
    if (this.#ids.has(trade.id)) {
      this.duplicateCount += 1
      return undefined
    }
    this.#ids.add(trade.id)
    this.#newestMs = Math.max(this.#newestMs, timeMs)
    if (this.#knownSinceMs === Infinity) this.#knownSinceMs = this.#newestMs + 1
    const results = this.#series.map(({ interval, series }) => ({
      interval,
      candles: series.add({ trade, timeMs }, this.#newestMs, this.#knownSinceMs)
    }))
    if (results.some(({ candles }) => candles?.some(({ corrected }) => corrected))) this.lateCount += 1
    if (results.some(({ candles }) => candles === undefined)) this.tooLateCount += 1
    if (results.every(({ candles }) => candles === undefined)) return undefined
    return results.flatMap(({ interval, candles }) => (candles ?? []).map((candle) => ({ interval, candle })))
  }

  closeUntil(timeMs: number): IntervalCandle[] {
    this.#newestMs = Math.max(this.#newestMs, timeMs)
    return this.#series.flatMap(({ interval, series }) => series.close(timeMs).map((candle) => ({ interval, candle })))
  }

  current(): IntervalCandle[] {
    return this.#series.flatMap(({ interval, series }) => series.current().map((candle) => ({ interval, candle })))
  }

  interrupt(): void {
    this.#knownSinceMs = Infinity
    for (const { series } of this.#series) series.interrupt()
  }
}

const EDGES = ['2024-02-29T23:59:58Z', '2024-03-31T23:59:59.500Z', '2024-08-08T14:59:55Z', '2024-12-29T23:58:59Z']
const HOUR_MS = 3_600_000
/** Mostly small steps forward, some back, and now and then a long silence. */
const stepMs = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 900 }) },
  { weight: 6, arbitrary: fc.constant(0) },
  { weight: 6, arbitrary: fc.constantFrom(1_000, -1_000, 2_000, -3_000, 60_000, -121_000) },
  { weight: 4, arbitrary: fc.integer({ min: -3_000, max: 0 }) },
  { weight: 2, arbitrary: fc.integer({ min: -90_000, max: 90_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 40 * 24 * HOUR_MS }) },
  { weight: 1, arbitrary: fc.integer({ min: -2 * HOUR_MS, max: 2 * HOUR_MS }) }
)
const price = fc.constantFrom('61837.64', '61837.64000000', '61837.6', '61838', '9.5', '0.0000012345', '70000.123')
const size = fc.constantFrom('1', '0.00001000', '0.5', '12.345678901', '0', '250')
const trade = fc.record({
  id: fc.integer({ min: 1, max: 400 }).map(String),
  price,
  size,
  side: fc.constantFrom('buy', 'sell')
})
const event = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('trade'), stepMs, trade }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('close'), stepMs }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('look') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('interrupt') }) }
)

describe('A candle builder', () => {
  it(`gives what an obvious builder gives, with late, repeated and shuffled trades, silences and gaps (seed ${seed})`, () => {
    const windows = fc.constantFrom(0, 2_000, 120_000)
    fc.assert(
      fc.property(fc.constantFrom(...EDGES), windows, fc.array(event, { maxLength: 60 }), (edge, window, events) => {
        const fast = new CandleBuilder({ lateWindowMs: window })
        const slow = new SlowBuilder(window)
        let timeMs = Date.parse(edge)
        for (const next of events) {
          if ('stepMs' in next) timeMs += next.stepMs
          if (next.kind === 'look') expect(fast.current()).toEqual(slow.current())
          else if (next.kind === 'close') expect(fast.closeUntil(timeMs)).toEqual(slow.closeUntil(timeMs))
          else if ('trade' in next) expect(fast.add(next.trade, timeMs)).toEqual(slow.add(next.trade, timeMs))
          else for (const each of [fast, slow]) each.interrupt()
        }
        expect(fast.current()).toEqual(slow.current())
        const { duplicateCount, lateCount, tooLateCount } = slow
        expect(fast).toMatchObject({ duplicateCount, lateCount, tooLateCount })
      }),
      { seed, numRuns: 500 }
    )
  })

  it(`makes coarser candles that are the sum of the finer ones they are made of (seed ${seed})`, () => {
    const steps = fc.array(fc.record({ stepMs: fc.integer({ min: 0, max: HOUR_MS }), trade }), { maxLength: 60 })
    fc.assert(
      fc.property(fc.constantFrom(...EDGES), steps, (edge, trades) => {
        const builder = new CandleBuilder()
        let timeMs = Date.parse(edge)
        const newest = new Map<string, Candle[]>()
        for (const [index, next] of trades.entries()) {
          timeMs += next.stepMs
          const finals = builder.add({ ...next.trade, id: String(index) }, timeMs) ?? []
          for (const { interval, candle } of finals) newest.set(interval, [...(newest.get(interval) ?? []), candle])
        }
        for (const { interval, candle } of builder.current())
          newest.set(interval, [...(newest.get(interval) ?? []), candle])
        for (const interval of INTERVALS) {
          const finer = MADE_OF[interval]
          if (finer === undefined) continue
          const whole = (candles: readonly Candle[] = []) => candles.map(withoutCutDigits)
          const resampled = resampleCandles(newest.get(finer) ?? [], finer, interval)
          expect(whole(resampled)).toEqual(whole(newest.get(interval)))
        }
      }),
      { seed, numRuns: 300 }
    )
  })
})

/** Each finer candle cut digits off its quote volume, from which the coarser one is summed up. */
function withoutCutDigits({ quoteVolume, vwap, ...rest }: Candle): object {
  return { ...rest, quoteVolume: Number(quoteVolume).toFixed(4) }
}
