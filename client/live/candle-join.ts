import type { Candle } from '../../src/protocol/market-data.ts'
import type { Update } from '../../src/protocol/server-events.ts'
import type { CandlePage, Position } from './candle-page.ts'
import { CandleSeries } from './candle-series.ts'

/** What an update did to the series. */
export type CandleVerdict = 'ignored' | 'changed' | 'new' | 'rewound'

/**
 * Most updates that wait for history while a seam is open: one more, and the seam is opened anew at a later place.
 */
const MOST_WAITING = 5_000

/**
 * Joins candles of the past to the live stream: no candle missing, none twice, none older than what is known.
 *
 * Updates are shown as they come. But where one cannot be proven to follow on what is held, a *seam* opens: the series
 * is in doubt until history reaches at least as far as the place where the stream went on. Then history replaces what is
 * held, and what came since is put on top. No I/O, no clock.
 */
export class CandleJoin {
  readonly series = new CandleSeries()
  /** Whether what was before the first update belongs to the series, so that a seam opens there, too. */
  #needsPast = false
  /** The series holds everything up to here; `undefined` before the first. */
  #reached: Position | undefined
  /** Where the stream went on after a hole; `undefined` while the series is whole. */
  #seam: Position | undefined
  #heldTime = Number.POSITIVE_INFINITY
  #waiting: Update[] = []

  /** The past could not be read yet, but belongs to the series. */
  expectPast(): void {
    this.#needsPast = true
  }

  /** True while something may be missing: history has to be read. */
  get isOpen(): boolean {
    return this.#seam !== undefined
  }

  /** Where a stream has to go on for the series to stay whole. */
  get reached(): Position | undefined {
    return this.#reached
  }

  /** Start of the newest candle from before the seam, ms since the Unix epoch: history has to reach back to it. */
  get heldTime(): number {
    return this.#heldTime
  }

  /** @param epoch the life of the producer that the update belongs to. */
  take(update: Update, epoch: string): CandleVerdict {
    const { seq } = update
    const reached = this.#reached
    const isSameLife = reached?.epoch === epoch
    if (reached !== undefined && isSameLife && seq <= reached.seq) return 'ignored'
    if (!this.#follows(update, isSameLife)) {
      // A seam within a seam: what is held up to the first of them is still all that is certain.
      if (this.#seam === undefined) this.#heldTime = this.series.newest?.openTime ?? Number.POSITIVE_INFINITY
      this.#seam = { epoch, seq }
      this.#waiting = []
    }
    if (this.#seam !== undefined) this.#wait(update, epoch)
    this.#reached = { epoch, seq }
    const candle = update.data as Candle
    const isRewound = this.series.rewind(candle)
    if (isRewound) this.#heldTime = Math.min(this.#heldTime, candle.openTime)
    const isNew = this.series.set(candle)
    return isRewound ? 'rewound' : isNew ? 'new' : 'changed'
  }

  /**
   * Takes a page of history. What was held before the seam is let go where the page does not reach back to it: nobody
   * knows what was in between.
   *
   * @returns false when it does not reach the place where the stream went on: it has to be read again.
   */
  mend({ candles, position }: CandlePage): boolean {
    const seam = this.#seam
    // Where nothing at all is stored, what was told first is not written yet.
    if (seam !== undefined && (position !== null || candles.length === 0)) {
      if (position?.epoch !== seam.epoch || position.seq < seam.seq) return false
    }
    if ((candles[0]?.openTime ?? Number.POSITIVE_INFINITY) > this.#heldTime) this.series.clear()
    this.series.replace(candles)
    const reachedSeq = position?.seq ?? 0
    for (const { seq, data } of this.#waiting) if (seq > reachedSeq) this.series.set(data as Candle)
    const { epoch, seq } = position ?? {}
    const isAhead = this.#reached === undefined || (this.#reached.epoch === epoch && this.#reached.seq < (seq ?? 0))
    if (epoch !== undefined && seq !== undefined && isAhead) this.#reached = { epoch, seq }
    this.#close()
    return true
  }

  /** Goes on without the past, which cannot be had: with what the stream told since the hole. */
  giveUp(): void {
    this.series.clear()
    for (const { data } of this.#waiting) this.series.set(data as Candle)
    this.#close()
  }

  #follows({ type, seq, prev, data }: Update, isSameLife: boolean): boolean {
    const reached = this.#reached
    if (reached === undefined) return !this.#needsPast
    if (!isSameLife) return false
    if ((type === 'snapshot' ? seq - 1 : (prev ?? seq - 1)) > reached.seq) return false
    const { newest } = this.series
    // A merge that goes from one candle to the next may have swallowed the end of the first.
    return prev === undefined || newest === undefined || newest.closed || newest.openTime >= (data as Candle).openTime
  }

  #wait(update: Update, epoch: string): void {
    if (this.#waiting.length >= MOST_WAITING) {
      this.#seam = { epoch, seq: update.seq }
      this.#waiting = []
    }
    this.#waiting.push(update)
  }

  #close(): void {
    this.#seam = undefined
    this.#heldTime = Number.POSITIVE_INFINITY
    this.#waiting = []
  }
}
