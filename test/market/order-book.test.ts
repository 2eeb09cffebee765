import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OrderBook } from '../../src/market/order-book.ts'
import type { Book, Level } from '../../src/protocol/market-data.ts'
import { crowdedPrice, scaled } from './decimal-oracle.ts'

const seed = 20_240_809

/** A book as slow and obvious as can be: a list that is searched from end to end and sorted when it is asked for. */
class SlowBook {
  #levels: { side: 'bids' | 'asks'; level: Level }[] = []

  load(book: Book): void {
    this.#levels = []
    this.apply(book)
  }

  apply(delta: Book): void {
    for (const side of ['bids', 'asks'] as const) {
      for (const level of delta[side]) {
        this.#levels = this.#levels.filter((held) => held.side !== side || scaled(held.level[0]) !== scaled(level[0]))
        if (scaled(level[1]) !== 0n) this.#levels.push({ side, level })
      }
    }
  }

  truncate(depth: number): void {
    const { bids, asks } = this.snapshot()
    this.load({ bids: bids.slice(0, depth), asks: asks.slice(0, depth) })
  }

  snapshot(): Book {
    const sorted = (side: 'bids' | 'asks', direction: number) =>
      this.#levels
        .filter((held) => held.side === side)
        .map((held) => held.level)
        .sort((a, b) => direction * (scaled(a[0]) < scaled(b[0]) ? -1 : 1))
    return { bids: sorted('bids', -1), asks: sorted('asks', 1) }
  }
}

const price = fc.oneof(
  crowdedPrice,
  fc.integer({ min: 1, max: 60 }).map((cents) => (cents / 100).toFixed(2))
)
const size = fc.constantFrom('0', '0.00000000', '1', '0.5', '2.50')
const levels = fc.array(
  fc.tuple(price, size).map(([levelPrice, levelSize]): Level => [levelPrice, levelSize]),
  { maxLength: 12 }
)
const book = fc.record({ bids: levels, asks: levels })
const step = fc.oneof(
  { weight: 8, arbitrary: book.map((delta) => ({ kind: 'apply' as const, delta })) },
  { weight: 1, arbitrary: book.map((snapshot) => ({ kind: 'load' as const, snapshot })) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 8 }).map((depth) => ({ kind: 'truncate' as const, depth })) }
)

describe('An order book', () => {
  it(`holds what an obvious book holds after any snapshots, deltas, and truncations (seed ${seed})`, () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const fast = new OrderBook()
        const slow = new SlowBook()
        for (const next of steps) {
          if (next.kind === 'apply') for (const each of [fast, slow]) each.apply(next.delta)
          else if (next.kind === 'load') for (const each of [fast, slow]) each.load(next.snapshot)
          else for (const each of [fast, slow]) each.truncate(next.depth)
          const { bids, asks } = slow.snapshot()
          expect(fast.snapshot()).toEqual({ bids, asks })
          expect([fast.bidCount, fast.askCount]).toEqual([bids.length, asks.length])
          expect(fast.best()).toEqual({
            bid: bids[0]?.[0],
            bidSize: bids[0]?.[1],
            ask: asks[0]?.[0],
            askSize: asks[0]?.[1]
          })
        }
      }),
      { seed, numRuns: 500 }
    )
  })

  it('gives prices and sizes back exactly as they came', () => {
    const levels: Level[] = [
      ['61837.64000000', '1.54698000'],
      ['61837.63', '0.5']
    ]
    const held = new OrderBook()
    held.load({ bids: levels, asks: [] })

    expect(held.snapshot().bids).toEqual(levels)
  })

  it('removes a level at any spelling of size zero, also when its price is spelled otherwise', () => {
    const held = new OrderBook()
    held.load({ bids: [['10.50', '1']], asks: [['11', '1']] })
    held.apply({ bids: [['10.5', '0.00000000']], asks: [['11.00', '0']] })

    expect(held.snapshot()).toEqual({ bids: [], asks: [] })
  })

  it('has no best price on an empty side, and is not crossed by it', () => {
    const held = new OrderBook()
    held.load({ bids: [['10', '1']], asks: [] })

    expect(held.best()).toEqual({ bid: '10', bidSize: '1', ask: undefined, askSize: undefined })
    expect(held.isCrossed()).toBe(false)
  })

  it.each([
    ['10.0', '10.1', false],
    ['10.1', '10.10', true],
    ['10.2', '10.1', true]
  ])('with bid %s and ask %s is crossed: %s', (bid, ask, isCrossed) => {
    const held = new OrderBook()
    held.load({ bids: [[bid, '1']], asks: [[ask, '1']] })

    expect(held.isCrossed()).toBe(isCrossed)
  })

  it('cuts a snapshot to the depth asked for: below, at, and above what it has', () => {
    const held = new OrderBook()
    held.load({
      bids: [
        ['3', '1'],
        ['2', '1'],
        ['1', '1']
      ],
      asks: []
    })

    expect([0, 2, 3, 4].map((depth) => held.snapshot(depth).bids.map((level) => level[0]))).toEqual([
      [],
      ['3', '2'],
      ['3', '2', '1'],
      ['3', '2', '1']
    ])
  })

  it("tells the venue's id and checksum of its last change, and no checksum for a part of it", () => {
    const held = new OrderBook()
    held.load({ bids: [], asks: [], venueSeq: 1, checksum: 11 })
    held.apply({ bids: [['1', '1']], asks: [], venueSeq: 2, checksum: 22 })

    expect(held.snapshot()).toEqual({ bids: [['1', '1']], asks: [], venueSeq: 2, checksum: 22 })
    expect(held.snapshot(1)).toEqual({ bids: [['1', '1']], asks: [], venueSeq: 2 })
  })
})
