import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OrderBook } from '../../src/market/order-book.ts'
import type { Book, Level } from '../../src/protocol/market-data.ts'
import { crowdedPrice, scaled } from './decimal-oracle.ts'

const seed = 20_261_125
const DEPTHS = [1, 2, 3, 5, 8]

const bookOf = (...bids: readonly Level[]): Book => ({ bids, asks: [] })

/** One side of a book as a client keeps it: by value of the price, in no order. */
type Side = ReadonlyMap<bigint, Level>

const sideOf = (levels: readonly Level[]): Side => new Map(levels.map((level) => [scaled(level[0]), level]))

/** The smallest delta between two views, found by looking at every level of both. */
function slowDelta(before: readonly Level[], after: readonly Level[], direction: number): Level[] {
  const [old, present] = [sideOf(before), sideOf(after)]
  const changed = after.filter((level) => String(old.get(scaled(level[0]))) !== String(level))
  const gone = before.filter((level) => !present.has(scaled(level[0]))).map(([price]): Level => [price, '0'])
  return [...changed, ...gone].sort((a, b) => direction * (scaled(a[0]) < scaled(b[0]) ? -1 : 1))
}

/** Sets levels in a view one by one, as a client does. */
function applied(view: readonly Level[], delta: readonly Level[]): Side {
  const held = new Map(sideOf(view))
  for (const level of delta) {
    if (scaled(level[1]) === 0n) held.delete(scaled(level[0]))
    else held.set(scaled(level[0]), level)
  }
  return held
}

// Few prices, some of them spelled in two ways, so that levels meet, cross the edges and leave the book empty.
const price = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 14 }).map((units) => (units / 10).toFixed(1)) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 14 }).map((units) => (units / 10).toFixed(2)) },
  { weight: 1, arbitrary: crowdedPrice }
)
const size = fc.constantFrom('0', '0.00', '1', '1', '1.0', '2.50')
const levels = (maxLength: number) =>
  fc.array(fc.tuple(price, size) as unknown as fc.Arbitrary<Level>, { maxLength, size: 'max' })
const book = (maxLength: number) => fc.record({ bids: levels(maxLength), asks: levels(maxLength) })
const step = fc.oneof(
  { weight: 10, arbitrary: book(6).map((delta) => ({ kind: 'delta' as const, data: delta })) },
  { weight: 1, arbitrary: book(14).map((delta) => ({ kind: 'delta' as const, data: delta })) },
  { weight: 1, arbitrary: book(14).map((snapshot) => ({ kind: 'snapshot' as const, data: snapshot })) },
  { weight: 1, arbitrary: fc.constant({ kind: 'clear' as const, data: bookOf() }) }
)

/** A delta that takes away every level. */
function clearing(held: OrderBook): Book {
  const { bids, asks } = held.snapshot()
  const removal = ([levelPrice]: Level): Level => [levelPrice, '0']
  return { bids: bids.map(removal), asks: asks.map(removal) }
}

describe('The best levels of an order book', () => {
  it(`change by exactly what a look at all of them before and after finds (seed ${seed})`, () => {
    const seen = { changed: 0, unchanged: 0, cameIn: 0, fellOut: 0, emptied: 0 }
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 40, size: 'max' }), (steps) => {
        const [fast, plain] = [new OrderBook(), new OrderBook()]
        for (const { kind, data: given } of steps) {
          if (kind === 'snapshot') {
            for (const each of [fast, plain]) each.load(given)
            continue
          }
          const data = kind === 'clear' ? clearing(plain) : given
          const before = DEPTHS.map((depth) => plain.snapshot(depth))
          plain.apply(data)
          const deltas = fast.applyInDepths(data, DEPTHS)
          expect(fast.snapshot()).toEqual(plain.snapshot())
          for (const [place, depth] of DEPTHS.entries()) {
            const [old, present] = [before[place], plain.snapshot(depth)]
            const { bids, asks } = deltas[place] ?? { bids: [], asks: [] }
            expect(bids).toEqual(slowDelta(old?.bids ?? [], present.bids, -1))
            expect(asks).toEqual(slowDelta(old?.asks ?? [], present.asks, 1))
            expect(applied(old?.bids ?? [], bids)).toEqual(sideOf(present.bids))
            if (deltas[place] === undefined) seen.unchanged += 1
            else seen.changed += 1
            const named = new Set(data.bids.map(([levelPrice]) => scaled(levelPrice)))
            for (const [moved, movedSize] of bids) {
              if (named.has(scaled(moved))) continue
              if (movedSize === '0') seen.fellOut += 1
              else seen.cameIn += 1
            }
            if (present.bids.length === 0 && old?.bids.length !== 0) seen.emptied += 1
          }
        }
      }),
      { seed, numRuns: 150 }
    )
    // Without these the property would say little.
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(100)
  })

  it('tell of a level that fell out, of one that came in, and of nothing behind the edge', () => {
    const held = new OrderBook()
    held.load(bookOf(['10', '1'], ['9', '1'], ['8', '1'], ['7', '1']))
    const changes = (...levels: readonly Level[]) => held.applyInDepths(bookOf(...levels), [2])[0]?.bids

    expect(changes(['9.5', '3'])).toEqual([
      ['9.5', '3'],
      ['9', '0']
    ])
    expect(changes(['8', '2'], ['7', '0'])).toBeUndefined()
    expect(changes(['10', '0'], ['9.50', '4'])).toEqual([
      ['10', '0'],
      ['9.50', '4'],
      ['9', '1']
    ])
    expect(changes(['9', '1'])).toBeUndefined()
  })

  it('name the price that leaves as the client knows it, however the venue spells its end', () => {
    const held = new OrderBook()
    held.load(bookOf(['10.0', '1']))

    expect(held.applyInDepths(bookOf(['10.00', '0.000']), [5])).toEqual([{ bids: [['10.0', '0']], asks: [] }])
  })

  it('tell the id of the change, and no checksum, which covers other levels', () => {
    const held = new OrderBook()
    held.load(bookOf(['10', '1']))
    const delta = { ...bookOf(['10', '2']), venueSeq: 7, checksum: 99 }

    expect(held.applyInDepths(delta, [5])).toEqual([{ bids: [['10', '2']], asks: [], venueSeq: 7 }])
    expect(held.snapshot()).toMatchObject({ venueSeq: 7, checksum: 99 })
  })
})
