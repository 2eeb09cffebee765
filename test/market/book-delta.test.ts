import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mergeDeltas } from '../../src/market/book-delta.ts'
import { comparePrices, readLevels } from '../../src/market/levels.ts'
import { OrderBook } from '../../src/market/order-book.ts'
import type { Level } from '../../src/protocol/market-data.ts'
import { crowdedPrice } from './decimal-oracle.ts'

const seed = 20_240_810

const price = fc.oneof(crowdedPrice, fc.integer({ min: 1, max: 30 }).map(String))
const levels = fc.array(
  fc.tuple(price, fc.constantFrom('0', '0.000', '1', '2')).map(([levelPrice, size]): Level => [levelPrice, size]),
  { maxLength: 10 }
)
const book = fc.record({ bids: levels, asks: levels })

describe('A merged book delta', () => {
  it(`changes any book as its two parts would, one after the other (seed ${seed})`, () => {
    fc.assert(
      fc.property(book, book, book, (start, older, newer) => {
        const stepwise = new OrderBook()
        stepwise.load(start)
        stepwise.apply(older)
        stepwise.apply(newer)
        const merged = new OrderBook()
        merged.load(start)
        merged.apply(mergeDeltas(older, newer))
        expect(merged.snapshot()).toEqual(stepwise.snapshot())
      }),
      { seed, numRuns: 1_000 }
    )
  })

  it(`names each price once, best first (seed ${seed})`, () => {
    fc.assert(
      fc.property(book, book, (older, newer) => {
        const merged = mergeDeltas(older, newer)
        for (const side of ['bids', 'asks'] as const) {
          merged[side].forEach(([levelPrice], index) => {
            const before = merged[side][index - 1]
            if (before !== undefined) expect(comparePrices(side, before[0], levelPrice)).toBeLessThan(0)
          })
        }
      }),
      { seed }
    )
  })

  it('keeps removals, since the book may hold the level from before', () => {
    const merged = mergeDeltas({ bids: [['10', '1']], asks: [] }, { bids: [['10', '0']], asks: [['11', '0']] })

    expect(merged).toEqual({ bids: [['10', '0']], asks: [['11', '0']] })
  })

  it("tells the newer delta's venue id and checksum", () => {
    const empty = { bids: [], asks: [] }

    expect(mergeDeltas({ ...empty, venueSeq: 1, checksum: 1 }, { ...empty, venueSeq: 2 })).toEqual({
      ...empty,
      venueSeq: 2
    })
  })
})

describe('Levels from a venue', () => {
  it('are taken as they came, with zero sizes spelled "0"', () => {
    const raw = [
      ['10.50', '0.00000000'],
      ['10.40', '1.20']
    ]

    expect(readLevels(raw)).toEqual([
      ['10.50', '0'],
      ['10.40', '1.20']
    ])
  })

  it.each([[undefined], [{}], [['10', '1']], [[['10']]], [[['10', 1]]], [[['1e5', '1']]], [[null]]])(
    'are refused when they are malformed: %j',
    (raw) => {
      expect(readLevels(raw)).toBeUndefined()
    }
  )
})
