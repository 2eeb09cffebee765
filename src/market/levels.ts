import type { Level } from '../protocol/market-data.ts'
import { compareDecimals, isDecimal, isZeroDecimal } from './decimal.ts'

/** One side of an order book. */
export type BookSideName = 'bids' | 'asks'

/** Orders two prices of a side, the better one first: bids descend, asks ascend. */
export function comparePrices(side: BookSideName, a: string, b: string): number {
  return side === 'bids' ? compareDecimals(b, a) : compareDecimals(a, b)
}

/**
 * Takes levels out of a venue's JSON: pairs of decimal strings, in any order.
 *
 * @returns the levels as they came but for zero sizes, which are spelled `"0"`; `undefined` when `value` is not a list
 * of levels.
 */
export function readLevels(value: unknown): Level[] | undefined {
  if (!Array.isArray(value)) return undefined
  const levels: Level[] = []
  for (const pair of value as readonly unknown[]) {
    if (!Array.isArray(pair)) return undefined
    const [price, size] = pair as readonly unknown[]
    if (!isDecimal(price) || !isDecimal(size)) return undefined
    levels.push([price, isZeroDecimal(size) ? '0' : size])
  }
  return levels
}

/** The levels best first, each price once: of several sizes for one price the last given. Sorted input is not copied. */
export function sortLevels(side: BookSideName, levels: readonly Level[]): readonly Level[] {
  if (isSorted(side, levels)) return levels
  // The sort is stable, so among equal prices the last given one stands first after the reversal.
  const sorted = levels.toReversed().sort((a, b) => comparePrices(side, a[0], b[0]))
  return sorted.filter((level, index) => {
    const before = sorted[index - 1]
    return before === undefined || comparePrices(side, before[0], level[0]) !== 0
  })
}

/** Joins two lists of levels that are sorted best first; where both name a price, the newer level stays. */
export function mergeLevels(side: BookSideName, older: readonly Level[], newer: readonly Level[]): Level[] {
  const merged: Level[] = []
  let olderIndex = 0
  for (const level of newer) {
    let held = older[olderIndex]
    while (held !== undefined) {
      const order = comparePrices(side, held[0], level[0])
      if (order > 0) break
      if (order < 0) merged.push(held)
      olderIndex += 1
      held = older[olderIndex]
    }
    merged.push(level)
  }
  for (; olderIndex < older.length; olderIndex++) {
    const held = older[olderIndex]
    if (held !== undefined) merged.push(held)
  }
  return merged
}

function isSorted(side: BookSideName, levels: readonly Level[]): boolean {
  return levels.every((level, index) => {
    const before = levels[index - 1]
    return before === undefined || comparePrices(side, before[0], level[0]) < 0
  })
}
