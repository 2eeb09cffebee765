import { RollingMinute } from './rolling-minute.ts'
import type { ScaledTrade } from './scaled-trade.ts'

const MINUTE_MS = 60_000

/** Start of the minute that holds a moment. */
export function minuteOf(timeMs: number): number {
  return Math.floor(timeMs / MINUTE_MS) * MINUTE_MS
}

/**
 * The minutes of a window that have trades, oldest first.
 *
 * All but the newest are kept as text: there are up to 1,441 for each symbol, and hardly any is touched again before it
 * leaves.
 */
export class RollingMinutes {
  readonly #pastStarts: number[] = []
  readonly #pastTexts: string[] = []
  #newest: RollingMinute | undefined

  /** Price of the first trade of the oldest minute. */
  get open(): string | undefined {
    const [oldest] = this.#pastTexts
    return oldest === undefined ? this.#newest?.open : oldest.slice(0, oldest.indexOf(' '))
  }

  /** Start of the oldest minute; `Infinity` when there is none. */
  get oldestMs(): number {
    return this.#pastStarts[0] ?? this.#newest?.startMs ?? Infinity
  }

  /** Adds a trade to its minute, and returns that. */
  add(trade: ScaledTrade): RollingMinute {
    const startMs = minuteOf(trade.timeMs)
    const newest = this.#newest
    if (newest !== undefined && startMs < newest.startMs) return this.#addLate(startMs, trade)
    if (newest !== undefined && startMs === newest.startMs) {
      newest.add(trade)
      return newest
    }
    if (newest !== undefined) {
      this.#pastStarts.push(newest.startMs)
      this.#pastTexts.push(newest.pack())
    }
    this.#newest = minuteWith(startMs, trade)
    return this.#newest
  }

  /** Removes and returns the minutes that started before `startMs`. */
  drainBefore(startMs: number): RollingMinute[] {
    const index = this.#pastStarts.findIndex((start) => start >= startMs)
    const count = index === -1 ? this.#pastStarts.length : index
    const starts = this.#pastStarts.splice(0, count)
    const gone = this.#pastTexts.splice(0, count).map((text, place) => RollingMinute.unpack(starts[place] ?? 0, text))
    if (this.#newest !== undefined && this.#newest.startMs < startMs) {
      gone.push(this.#newest)
      this.#newest = undefined
    }
    return gone
  }

  #addLate(startMs: number, trade: ScaledTrade): RollingMinute {
    let place = this.#pastStarts.length
    while (place > 0 && (this.#pastStarts[place - 1] ?? 0) >= startMs) place -= 1
    const text = this.#pastStarts[place] === startMs ? this.#pastTexts[place] : undefined
    if (text === undefined) {
      const minute = minuteWith(startMs, trade)
      this.#pastStarts.splice(place, 0, startMs)
      this.#pastTexts.splice(place, 0, minute.pack())
      return minute
    }
    const minute = RollingMinute.unpack(startMs, text)
    minute.add(trade)
    this.#pastTexts[place] = minute.pack()
    return minute
  }
}

function minuteWith(startMs: number, trade: ScaledTrade): RollingMinute {
  const minute = new RollingMinute(startMs, trade.timeMs, trade.price)
  minute.add(trade)
  return minute
}
