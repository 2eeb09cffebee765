import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseChannel } from '../../../../src/protocol/channel.ts'
import { assetsOf } from '../../../../workers/feeds/synthetic/asset.ts'
import { BookSide } from '../../../../workers/feeds/synthetic/book-side.ts'
import { BurstSchedule } from '../../../../workers/feeds/synthetic/burst-schedule.ts'
import { DecimalText } from '../../../../workers/feeds/synthetic/decimal-text.ts'
import { FactorWalk } from '../../../../workers/feeds/synthetic/factor-walk.ts'
import { LevelList } from '../../../../workers/feeds/synthetic/level-list.ts'
import { listingOf } from '../../../../workers/feeds/synthetic/listing.ts'
import { OrderFlow } from '../../../../workers/feeds/synthetic/order-flow.ts'
import { Random } from '../../../../workers/feeds/synthetic/random.ts'

/** sfc32 as published, in 128 bits of BigInt instead of Int32 arithmetic. */
function plainSfc32(a: bigint, b: bigint, c: bigint): () => bigint {
  let counter = 1n
  const mask = 0xffffffffn
  const next = () => {
    const sum = (a + b + counter) & mask
    counter += 1n
    a = b ^ (b >> 9n)
    b = (c + (c << 3n)) & mask
    c = ((((c << 21n) & mask) | (c >> 11n)) + sum) & mask
    return sum
  }
  for (let round = 0; round < 15; round++) next()
  return next
}

describe('the random numbers', () => {
  it('are those of sfc32', () => {
    const random = new Random(5 * 2 ** 32 + 4_000_000_000, 7)
    const plain = plainSfc32(4_000_000_000n, 5n, 7n)
    for (let draw = 0; draw < 1_000; draw++) expect(random.next() * 2 ** 32).toBe(Number(plain()))
  })

  it('have the mean and deviation they promise', () => {
    const random = new Random(11)
    const normals = Array.from({ length: 50_000 }, () => random.normal())
    const exponentials = Array.from({ length: 50_000 }, () => random.exponential())
    const mean = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length
    expect(mean(normals)).toBeCloseTo(0, 1)
    expect(mean(normals.map((number) => number ** 2))).toBeCloseTo(1, 1)
    expect(mean(exponentials)).toBeCloseTo(1, 1)
  })
})

describe('a factor of price moves', () => {
  it('keeps to its long-run deviation instead of drifting away', () => {
    const random = new Random(3)
    const walk = new FactorWalk(0.001, 0.02)
    let squares = 0
    let farthest = 0
    for (let step = 0; step < 500_000; step++) {
      walk.advance(random)
      squares += walk.value ** 2
      farthest = Math.max(farthest, Math.abs(walk.value))
    }
    expect(Math.sqrt(squares / 500_000)).toBeCloseTo(0.02, 2)
    expect(farthest).toBeLessThan(0.12)
  })
})

describe('decimal text', () => {
  it.each([
    [2, 1, 23_005, '230.05'],
    [2, 1, 5, '0.05'],
    [5, 1, 0, '0.00000'],
    [8, 1, 1_234, '0.00001234'],
    [0, 100, 3, '300'],
    [1, 1, 3, '0.3']
  ])('with %i decimals and steps of %i writes %i as %s', (decimals, unitsPerStep, steps, text) => {
    const decimalText = new DecimalText(decimals, unitsPerStep)
    expect([decimalText.of(steps), decimalText.of(steps)]).toEqual([text, text])
  })

  it('never confuses numbers that share a slot of its cache', () => {
    const cents = new DecimalText(2)
    const texts = [1, 1 + 16_384, 1, 1 + 2 ** 33, 1].map((steps) => cents.of(steps))
    expect(texts).toEqual(['0.01', '163.85', '0.01', '85899345.93', '0.01'])
  })
})

describe('a list of levels', () => {
  it('holds what a sorted map would', () => {
    const change = fc.record({ outward: fc.integer({ min: -15, max: 15 }), size: fc.nat(9) })
    fc.assert(
      fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
        const list = new LevelList()
        const oracle = new Map<number, number>()
        for (const { outward, size } of changes) {
          if (size === 0) {
            list.remove(outward)
            oracle.delete(outward)
          } else {
            list.put(outward, size)
            oracle.set(outward, size)
          }
        }
        const levels = Array.from({ length: list.count }, (_, index) => [list.outwardAt(index), list.sizeAt(index)])
        expect(levels).toEqual([...oracle].toSorted(([left], [right]) => left - right))
      }),
      { seed: 42 }
    )
  })
})

describe('one side of a book', () => {
  it('follows the market when it jumps, and leaves no hole behind', () => {
    const [depth, gapTicks] = [10, 3]
    for (const jumpTicks of [1, 20, 59, 60, 61, 500]) {
      const side = new BookSide(1, depth, gapTicks)
      const random = new Random(8)
      side.set(1_000, 5)
      side.maintain(random, 5)
      side.set(1_000 - jumpTicks, 5)
      for (let step = 0; step < 10; step++) side.maintain(random, 5)
      const { levels } = side
      expect(levels.outwardAt(levels.count - 1) - side.best).toBeLessThanOrEqual(2 * gapTicks * depth)
      expect(levels.count).toBeGreaterThanOrEqual(depth)
      expect(levels.count).toBeLessThanOrEqual(depth + 4)
    }
  })

  it('is never locked, not even when the fair value is exactly a tick', () => {
    const listing = listingOf({ symbol: 'TEST', assetClass: 'equity', sector: 'technology', price: 100 }, 0)
    const random = new Random(9)
    const sides = { bids: new BookSide(-1, 10, 1), asks: new BookSide(1, 10, 1) }
    const flow = new OrderFlow(listing, sides, random)
    flow.open(10_000)
    for (let step = 0, fairTicks = 10_000; step < 2_000; step++) {
      fairTicks += random.below(7) - 3
      flow.reprice(fairTicks)
      flow.maintain()
      const [bid, ask] = [-sides.bids.best, sides.asks.best]
      expect([bid < ask, bid <= fairTicks, ask >= fairTicks]).toEqual([true, true, true])
    }
  })
})

describe('the schedule of bursts', () => {
  it.each([1, 2, 3, 4, 5])('peaks at 2.5 times the rate and is exact each second, seed %i', (seed) => {
    const schedule = new BurstSchedule(1_000, seed)
    let before = 0
    let peak = 0
    for (let slot = 1; slot <= 20 * 1_000; slot++) {
      const due = schedule.dueAt(slot * 50)
      peak = Math.max(peak, (due - before) / 50)
      before = due
      if (slot % 20 === 0) expect(due).toBeCloseTo(slot * 50, 6)
    }
    expect(peak).toBeGreaterThan(2.4)
    expect(peak).toBeLessThan(2.5 + 1e-6)
  })

  it('knows when a message will be due, or at least when to look again', () => {
    const schedule = new BurstSchedule(100, 6)
    let dueCount = schedule.dueAt(0)
    for (let count = 1; count < 5_000; count++) {
      let atMs = schedule.timeOf(count)
      dueCount = schedule.dueAt(atMs)
      if (dueCount < count - 1e-6) {
        expect(atMs % 1_000).toBe(0)
        atMs = schedule.timeOf(count)
        dueCount = schedule.dueAt(atMs)
      }
      expect(dueCount).toBeCloseTo(count, 6)
    }
    expect(schedule.timeOf(1_000_000)).toBe(50_000)
  })
})

describe('the list of assets', () => {
  it('names 5,000 different symbols that make valid channels', () => {
    const assets = assetsOf(5_000)
    expect(new Set(assets.map(({ symbol }) => symbol)).size).toBe(5_000)
    expect(assets.filter(({ symbol }) => parseChannel(`quote:SIM:${symbol}`) === undefined)).toEqual([])
    expect(assets.filter(({ price }) => !(price > 0.000001 && price < 1_000_000))).toEqual([])
  })

  it('has equities, currencies and crypto, also when it is short', () => {
    for (const count of [24, 5_000]) {
      expect(new Set(assetsOf(count).map(({ assetClass }) => assetClass))).toEqual(new Set(['equity', 'fx', 'crypto']))
    }
  })

  it('begins with the shorter list, so that the n-th symbol is always the same', () => {
    const longest = assetsOf(5_000)
    for (const count of [1, 24, 39, 40, 41, 500]) expect(assetsOf(count)).toEqual(longest.slice(0, count))
  })
})
