import type { Level } from '../protocol/market-data.ts'
import type { BookSide } from './book-side.ts'
import { isZeroDecimal } from './decimal.ts'
import { comparePrices, mergeLevels, sortLevels } from './levels.ts'

/** What one delta does to a side, and where the edge of a view was before it. */
interface SideChange {
  readonly side: BookSide
  /** Best first, each price once; the side has them already. */
  readonly levels: readonly Level[]
  /** What was at each of these prices before. */
  readonly befores: readonly (Level | undefined)[]
}

/**
 * Sets the levels of a delta in a side of an order book, and says what that changes among its best levels.
 *
 * A view of depth N ends at its edge, the N-th best level; without so many levels it has no edge and shows all. A level
 * of the delta is judged by where it is to the edge before and after. Beside those, only levels between the two edges
 * come in or fall out, and they are neighbours in the book: the work is in proportion to what changes, not to N.
 *
 * ```
 *   best  ●  ●  ●  ●  ●│ ○  ○      ● in view       before
 *   best  ●  ●  ✕  ●  ● ◉│ ○       ✕ removed, so that ◉ comes in
 * ```
 *
 * @returns for each depth the changed levels of the view, best first, each price once; a level that is not in view any
 * more has size `"0"`.
 */
export function setInDepths(side: BookSide, changes: readonly Level[], depths: readonly number[]): Level[][] {
  const levels = sortLevels(side.name, changes)
  const edges = depths.map((depth) => side.at(depth - 1))
  const befores = levels.map((level) => side.set(level))
  return depths.map((depth, place) => viewChanges({ side, levels, befores }, depth, edges[place]))
}

function viewChanges(change: SideChange, depth: number, edgeBefore: Level | undefined): Level[] {
  const { side, levels, befores } = change
  const edge = side.at(depth - 1)
  const changed: Level[] = []
  for (const [place, level] of levels.entries()) {
    const before = befores[place]
    const wasInView = before !== undefined && isWithin(side, before, edgeBefore)
    if (!isZeroDecimal(level[1]) && isWithin(side, level, edge)) {
      if (!wasInView || !isSame(before, level)) changed.push(level)
    } else if (wasInView) changed.push([before[0], '0'])
  }
  if (edge === edgeBefore) return changed
  const moved = isBeyond(side, edge, edgeBefore)
    ? cameIn(change, depth, edgeBefore)
    : fellOut(change, depth, edgeBefore)
  return moved.length === 0 ? changed : mergeLevels(side.name, moved, changed)
}

/** Levels that the delta does not name, behind the old edge and in view now. */
function cameIn({ side, levels }: SideChange, depth: number, edgeBefore: Level | undefined): Level[] {
  const moved: Level[] = []
  const named = new Set(levels)
  for (let rank = Math.min(depth, side.count) - 1; rank >= 0; rank--) {
    const level = side.at(rank)
    if (level === undefined || isWithin(side, level, edgeBefore)) break
    if (!named.has(level)) moved.push(level)
  }
  return moved.reverse()
}

/** Levels that the delta does not name, in view before and behind the edge now. */
function fellOut({ side, levels }: SideChange, depth: number, edgeBefore: Level | undefined): Level[] {
  const moved: Level[] = []
  const named = new Set(levels)
  for (let rank = depth; rank < side.count; rank++) {
    const level = side.at(rank)
    if (level === undefined || !isWithin(side, level, edgeBefore)) break
    if (!named.has(level)) moved.push([level[0], '0'])
  }
  return moved
}

/** Says whether a level is in a view with this edge. */
function isWithin(side: BookSide, level: Level, edge: Level | undefined): boolean {
  return edge === undefined || edge === level || comparePrices(side.name, level[0], edge[0]) <= 0
}

/** Says whether an edge is farther from the touch than another; farthest is none. */
function isBeyond(side: BookSide, edge: Level | undefined, other: Level | undefined): boolean {
  if (other === undefined) return false
  return edge === undefined || comparePrices(side.name, edge[0], other[0]) > 0
}

function isSame(a: Level, b: Level): boolean {
  return a[0] === b[0] && a[1] === b[1]
}
