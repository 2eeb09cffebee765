import type { Level } from '../../client/index.ts'

/** One price level as it is drawn. */
export interface LadderLevel {
  readonly price: string
  readonly size: string
  /** Sum of the sizes from the best price to this one. */
  readonly total: number
  /** `total` as a share of the larger side's sum, 0 to 1. */
  readonly share: number
}

/** The levels of both sides, best first, cut to `rows`, with running totals on one common scale. */
export function ladderLevels(
  bids: readonly Level[],
  asks: readonly Level[],
  rows: number
): { readonly bids: readonly LadderLevel[]; readonly asks: readonly LadderLevel[] } {
  const sides = [bids, asks].map((levels) => withTotals(levels.slice(0, rows)))
  const largest = Math.max(...sides.map((levels) => levels.at(-1)?.total ?? 0), Number.MIN_VALUE)
  const [bidLevels = [], askLevels = []] = sides.map((levels) =>
    levels.map((level) => ({ ...level, share: level.total / largest }))
  )
  return { bids: bidLevels, asks: askLevels }
}

function withTotals(levels: readonly Level[]): Omit<LadderLevel, 'share'>[] {
  let total = 0
  return levels.map(([price, size]) => {
    total += Number(size)
    return { price, size, total }
  })
}
