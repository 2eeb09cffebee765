import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SparkLine } from '../../web/watchlist/spark-line.ts'
import { WatchEntry } from '../../web/watchlist/watch-entry.ts'
import { nextOrder, sortEntries, sortOrder } from '../../web/watchlist/watch-sorting.ts'

function entry(symbol: string, last = '', changePercent = Number.NaN, venue = 'SIM'): WatchEntry {
  const made = new WatchEntry({ ticker: `${venue}:${symbol}`, symbol, venue, quality: 'live', kinds: [], channels: [] })
  made.set(last, changePercent)
  return made
}

const names = (entries: readonly WatchEntry[]) => entries.map(({ symbol }) => symbol).join(' ')

describe('The order of the watchlist', () => {
  const entries = [entry('C', '10', -2), entry('A', '9.5', 3), entry('D'), entry('B', '100', 0)]

  it.each([
    ['symbol', 'A B C D'],
    ['-symbol', 'D C B A'],
    ['last', 'A C B D'],
    ['-last', 'B C A D'],
    ['change', 'C B A D'],
    ['-change', 'A B C D'],
    ['nonsense', 'A B C D']
  ])('%s is %s, with unknown values at the end', (order, sorted) => {
    expect(names(sortEntries(entries, sortOrder(order)))).toBe(sorted)
  })

  it('begins numbers with the highest, and turns round when pressed again', () => {
    expect(nextOrder(sortOrder('symbol'), 'change')).toBe('-change')
    expect(nextOrder(sortOrder('-change'), 'change')).toBe('change')
    expect(nextOrder(sortOrder('symbol'), 'symbol')).toBe('-symbol')
    expect(nextOrder(sortOrder('-change'), 'symbol')).toBe('symbol')
  })
})

describe('A row of the watchlist', () => {
  it('flashes for a price that moved, and not for one that was looked up or came again', () => {
    const one = entry('A', '10', 0)
    one.move('10', 0, 1)
    expect(one.moveCount).toBe(0)
    one.move('10.5', 5, 2)
    expect([one.moveCount, one.isUp]).toEqual([1, true])
    one.move('9.25', -7.5, 3)
    expect([one.moveCount, one.isUp, one.decimals]).toEqual([2, false, 2])
    one.set('8', -20)
    expect(one.moveCount).toBe(2)
  })

  it('is drawn again only when something of it changed', () => {
    const one = entry('A', '10', 0)
    const { version } = one
    one.set('10', 0)
    one.setDoubt(undefined)
    expect(one.version).toBe(version)
    one.setDoubt({ quality: 'stale', cause: 'venue silent', sinceMs: 5 })
    one.setDoubt({ quality: 'stale', cause: 'venue silent', sinceMs: 5 })
    expect(one.version).toBe(version + 1)
  })
})

describe('A spark line', () => {
  const pointsOf = (line: SparkLine) => line.pointsIn(60, 20).split(' ').length

  it('holds a bounded number of points, however long and fast prices come', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 2, maxLength: 2_000 }), (steps) => {
        const line = new SparkLine()
        let timeMs = 0
        for (const step of steps) {
          timeMs += step
          line.add(timeMs, Math.sin(timeMs))
        }
        expect(pointsOf(line)).toBeLessThanOrEqual(91)
      })
    )
  })

  it('ends at the newest price and lies in its box', () => {
    const line = new SparkLine()
    for (let second = 0; second < 500; second++) line.add(second * 1_000, second % 7)
    line.add(500_000, 100)
    const points = line
      .pointsIn(60, 20)
      .split(' ')
      .map((point) => point.split(',').map(Number))
    expect(points.at(-1)).toEqual([60, 1.5])
    for (const [x = -1, y = -1] of points) {
      expect(x).toBeGreaterThanOrEqual(0)
      expect(x).toBeLessThanOrEqual(60)
      expect(y).toBeGreaterThanOrEqual(1.5)
      expect(y).toBeLessThanOrEqual(18.5)
    }
  })

  it('puts what came live behind a past that arrives later', () => {
    const line = new SparkLine()
    line.add(100_000, 5)
    line.add(160_000, 6)
    line.seed(
      [
        { timeMs: 0, price: 1 },
        { timeMs: 60_000, price: 2 },
        { timeMs: 120_000, price: 3 }
      ],
      60_000
    )
    expect([pointsOf(line), line.isUp]).toEqual([4, true])
  })
})
