import type { Book } from '../../../../src/protocol/market-data.ts'
import type { Update } from '../../../../src/protocol/server-events.ts'

/** What a client holds of one channel, and how it came. */
export interface Held {
  epoch: string | undefined
  last: number
  /** Updates after snapshots that were applied, and those that what was held contained already. */
  applied: number
  duplicates: number
  snapshots: number
  /** What the applied updates stand for, `(prev, seq]`, since the last snapshot. */
  ranges: (readonly [prev: number, seq: number])[]
  newest: Update | undefined
  readonly book: BookLevels
}

/**
 * Does what the protocol asks of a client, and nothing more: drop if `seq ≤ last`; a snapshot sets; otherwise apply if
 * `prev ≤ last`; `prev > last` is a gap, which no test expects.
 */
export class Auditor {
  readonly channels = new Map<string, Held>()
  readonly violations: string[] = []

  /** Goes on from a position: what follows must join it. */
  enter(channel: string, epoch: string, seq: number): void {
    const held = this.#held(channel)
    held.epoch = epoch
    held.last = seq
  }

  held(channel: string): Held {
    const held = this.channels.get(channel)
    if (held === undefined) throw new Error(`nothing came on ${channel}`)
    return held
  }

  lastOf(channel: string): number {
    return this.channels.get(channel)?.last ?? 0
  }

  take(update: Update): void {
    const { channel, seq, prev = seq - 1, type, epoch } = update
    const held = this.#held(channel)
    if (prev >= seq || prev < 0) this.violations.push(`${channel}: stands for (${prev}, ${seq}]`)
    if (type === 'snapshot') {
      if (epoch === undefined) this.violations.push(`${channel}: snapshot ${seq} without an epoch`)
      held.epoch = epoch
      held.snapshots += 1
      held.ranges = []
      held.book.clear()
    } else if (seq <= held.last) {
      held.duplicates += 1
      return
    } else if (prev > held.last) {
      this.violations.push(`${channel}: gap from ${held.last} to ${prev}`)
      return
    } else {
      held.applied += 1
      held.ranges.push([prev, seq])
    }
    held.last = seq
    held.newest = update
    if (channel.startsWith('book:')) held.book.apply(update.data as Book)
  }

  #held(channel: string): Held {
    const known = this.channels.get(channel)
    if (known !== undefined) return known
    const held: Held = {
      ...{ epoch: undefined, last: 0, applied: 0, duplicates: 0, snapshots: 0, ranges: [], newest: undefined },
      book: new BookLevels()
    }
    this.channels.set(channel, held)
    return held
  }
}

/** An order book as two maps from price to size. */
export class BookLevels {
  readonly #bids = new Map<string, string>()
  readonly #asks = new Map<string, string>()

  clear(): void {
    this.#bids.clear()
    this.#asks.clear()
  }

  apply({ bids, asks }: Book): void {
    for (const [side, levels] of [[this.#bids, bids] as const, [this.#asks, asks] as const]) {
      for (const [price, size] of levels) {
        if (Number(size) === 0) side.delete(price)
        else side.set(price, size)
      }
    }
  }

  /** Both sides by price, to be compared. */
  levels(): {
    readonly bids: readonly (readonly [string, string])[]
    readonly asks: readonly (readonly [string, string])[]
  } {
    const byPrice = (a: readonly [string, string], b: readonly [string, string]) => Number(a[0]) - Number(b[0])
    return { bids: [...this.#bids].sort(byPrice), asks: [...this.#asks].sort(byPrice) }
  }
}
