import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RollingTicker } from '../../src/market/rolling-ticker.ts'
import type { Trade } from '../../src/protocol/market-data.ts'
import { summarise, type TimedTrade } from './candle-oracle.ts'
import { scaled } from './decimal-oracle.ts'

const seed = 20_240_815
const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const NOON = Date.parse('2024-08-08T12:00:00Z')
let nextId = 1
const trade = (price: string, size = '1'): Trade => ({ id: String(nextId++), price, size, side: 'buy' })

/** Every trade in a list; each number worked out from all of them that are in the window. */
class SlowTicker {
  readonly #accepted: TimedTrade[] = []
  readonly #ids = new Set<string>()
  #newestMs = -Infinity
  duplicateCount = 0
  tooLateCount = 0

  add(next: Trade, timeMs: number): boolean {
    if (this.#ids.has(next.id)) {
      this.duplicateCount += 1
      return false
    }
    this.#ids.add(next.id)
    this.advance(timeMs)
    if (timeMs < this.#startMs()) {
      this.tooLateCount += 1
      return false
    }
    this.#accepted.push({ trade: next, timeMs })
    return true
  }

  advance(timeMs: number): void {
    this.#newestMs = Math.max(this.#newestMs, timeMs)
  }

  snapshot(): object | undefined {
    if (this.#accepted.length === 0) return undefined
    const last = this.#accepted.toSorted((a, b) => a.timeMs - b.timeMs).at(-1)?.trade.price ?? ''
    const inWindow = this.#accepted.filter(({ timeMs }) => timeMs >= this.#startMs())
    const knownSinceMs = Math.min(...this.#accepted.map(({ timeMs }) => timeMs))
    const windowStart = Math.max(this.#startMs(), knownSinceMs)
    const still = { open: last, high: last, low: last, volume: 0, quoteVolume: 0, vwap: last, trades: 0 }
    const sums = inWindow.length === 0 ? still : summarise(inWindow)
    const change = scaled(last) - scaled(sums.open)
    return comparable({ ...sums, last, windowStart, change: String(change), percent: percentOf(change, sums.open) })
  }

  #startMs(): number {
    return Math.trunc(this.#newestMs / MINUTE_MS) * MINUTE_MS - DAY_MS
  }
}

/** In thousandths, cut off toward zero. */
const percentOf = (change: bigint, open: string) =>
  String(scaled(open) === 0n ? 0n : (change * 100_000n) / scaled(open))

interface Comparable {
  readonly last: string
  readonly open: string
  readonly high: string
  readonly low: string
  readonly volume: string | number
  readonly quoteVolume: string | number
  readonly vwap: string
  readonly trades: number
  readonly windowStart: number
  readonly change: string
  readonly percent: string
}
/** Without the number of decimals, which a window keeps from trades that left it. */
function comparable(seen: Comparable): object {
  const { last, open, trades, windowStart, change, percent } = seen
  const numbers = [seen.high, seen.low, seen.volume, seen.quoteVolume, seen.vwap].map((text) => scaled(String(text)))
  return { last, open, trades, windowStart, change, percent, numbers }
}

function seenOf(ticker: RollingTicker): object | undefined {
  const seen = ticker.snapshot()
  if (seen === undefined) return undefined
  const { bid: _bid, ask: _ask, change, changePercent, ...rest } = seen
  const percent = String(scaled(changePercent) / 10n ** 37n)
  return comparable({ ...rest, change: String(scaled(change)), percent })
}

const stepMs = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 20_000 }) },
  { weight: 3, arbitrary: fc.integer({ min: -5 * MINUTE_MS, max: 0 }) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: DAY_MS / 3 }) },
  { weight: 3, arbitrary: fc.constantFrom(0, MINUTE_MS, DAY_MS, DAY_MS - MINUTE_MS, -MINUTE_MS, -DAY_MS) },
  { weight: 1, arbitrary: fc.integer({ min: -DAY_MS - 5 * MINUTE_MS, max: DAY_MS + 5 * MINUTE_MS }) }
)
const price = fc.constantFrom('100', '101.5', '99.25', '0.5', '100.0', '12345.678', '0')
const size = fc.constantFrom('1', '0.001', '0', '12.5')
const event = fc.record({
  kind: fc.constantFrom('trade', 'trade', 'trade', 'trade', 'advance'),
  stepMs,
  trade: fc.record({ id: fc.integer({ min: 1, max: 300 }).map(String), price, size, side: fc.constant('sell') })
})

describe('Rolling statistics', () => {
  it(`are what the trades of the window make, also late, repeated and shuffled ones (seed ${seed})`, () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        const fast = new RollingTicker()
        const slow = new SlowTicker()
        let timeMs = NOON
        for (const next of events) {
          timeMs += next.stepMs
          if (next.kind === 'advance') for (const each of [fast, slow]) each.advance(timeMs)
          else expect(fast.add(next.trade, timeMs)).toBe(slow.add(next.trade, timeMs))
          expect(seenOf(fast)).toEqual(slow.snapshot())
        }
        expect(fast).toMatchObject({ duplicateCount: slow.duplicateCount, tooLateCount: slow.tooLateCount })
      }),
      { seed, numRuns: 1_000 }
    )
  })

  it('tell the change since the first trade of the window, in percent cut off after three decimals', () => {
    const ticker = new RollingTicker()
    ticker.add(trade('61837.63'), NOON)
    ticker.add(trade('61602.0200', '0.5'), NOON + 1_000)
    ticker.quote('61602.01', '61602.02')

    expect(ticker.snapshot()).toEqual({
      last: '61602.0200',
      change: '-235.6100',
      changePercent: '-0.381',
      open: '61837.63',
      high: '61837.63',
      low: '61602.0200',
      volume: '1.5',
      quoteVolume: '92638.64000',
      vwap: '61759.09333333',
      trades: 2,
      bid: '61602.01',
      ask: '61602.02',
      windowStart: NOON
    })
  })

  it('have no best prices before the first quote, and nothing at all before the first trade', () => {
    const ticker = new RollingTicker()
    expect(ticker.quote('1', '2')).toBe(true)
    expect(ticker.quote('1', '2')).toBe(false)
    expect(ticker.snapshot()).toBeUndefined()

    const unquoted = new RollingTicker()
    unquoted.add(trade('1.5'), NOON)
    expect(unquoted.snapshot()).not.toHaveProperty('bid')
  })

  it.each([
    ['still counts in the same minute a day later', DAY_MS + MINUTE_MS - 1, 2],
    ['no longer counts in the next minute', DAY_MS + MINUTE_MS, 1]
  ])('lose trades by the minute: a trade %s', (_, laterMs, trades) => {
    const ticker = new RollingTicker()
    ticker.add(trade('100'), NOON)
    ticker.add(trade('101'), NOON + laterMs)

    expect(ticker.snapshot()).toMatchObject({ trades, open: trades === 2 ? '100' : '101' })
  })

  it('begin with the first known trade until a day is known, then with the minute a day ago', () => {
    const ticker = new RollingTicker()
    ticker.add(trade('100'), NOON + 17)
    ticker.add(trade('100'), NOON + DAY_MS)
    expect(ticker.snapshot()?.windowStart).toBe(NOON + 17)

    ticker.advance(NOON + DAY_MS + MINUTE_MS + 5)
    expect(ticker.snapshot()?.windowStart).toBe(NOON + MINUTE_MS)
  })

  it('of a window that became empty tell the last price and no volume', () => {
    const ticker = new RollingTicker()
    ticker.add(trade('100.5', '0.25'), NOON)

    expect(ticker.advance(NOON + 2 * DAY_MS)).toBe(true)
    expect(ticker.advance(NOON + 2 * DAY_MS)).toBe(false)
    expect(ticker.snapshot()).toMatchObject({
      last: '100.5',
      open: '100.5',
      high: '100.5',
      change: '0.0',
      changePercent: '0.000',
      volume: '0.00',
      vwap: '100.5',
      trades: 0
    })
  })

  it('find the next highest price when the highest leaves, through a day of falling prices', () => {
    const ticker = new RollingTicker()
    for (let minute = 0; minute < 3_000; minute++) {
      ticker.add(trade(String(10_000 - minute)), NOON + minute * MINUTE_MS)
      const oldest = Math.max(0, minute - 1_440)
      const { high, low, trades } = ticker.snapshot() ?? {}
      expect([high, low, trades]).toEqual([String(10_000 - oldest), String(10_000 - minute), minute - oldest + 1])
    }
  })
})
