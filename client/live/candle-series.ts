import type { Candle } from '../../src/protocol/market-data.ts'

/** Candles that may be corrected without a word of it: a producer of its own may know no better. */
const MOST_LATE = 2

/** Candles by their start, each once. */
export class CandleSeries {
  #candles: Candle[] = []
  #copy: readonly Candle[] | undefined

  /** Oldest first; the same array until something changes. */
  get candles(): readonly Candle[] {
    this.#copy ??= [...this.#candles]
    return this.#copy
  }

  get length(): number {
    return this.#candles.length
  }

  get oldest(): Candle | undefined {
    return this.#candles[0]
  }

  get newest(): Candle | undefined {
    return this.#candles.at(-1)
  }

  /** Sets a candle, in place of one that starts at the same time. @returns true when it is the newest, and new. */
  set(candle: Candle): boolean {
    this.#copy = undefined
    const candles = this.#candles
    let place = candles.length
    while (place > 0 && (candles[place - 1]?.openTime ?? 0) > candle.openTime) place -= 1
    const isHeld = candles[place - 1]?.openTime === candle.openTime
    if (isHeld) candles[place - 1] = candle
    else candles.splice(place, 0, candle)
    return !isHeld && place === candles.length - 1
  }

  /**
   * Removes what is later than `candle` when that tells of a time that began anew, as a recording does that is played again.
   * A late trade changes old candles, too, but it says so.
   *
   * @returns true when something was removed.
   */
  rewind(candle: Candle): boolean {
    if (candle.corrected === true) return false
    const candles = this.#candles
    const later = candles.length - 1 - candles.findLastIndex(({ openTime }) => openTime <= candle.openTime)
    if (later <= MOST_LATE) return false
    this.#copy = undefined
    candles.length -= later
    return true
  }

  /** Sets candles that are in order, in place of all that are held from the first of them on. */
  replace(candles: readonly Candle[]): void {
    this.#copy = undefined
    const startTime = candles[0]?.openTime ?? Number.POSITIVE_INFINITY
    this.#candles = [...this.#candles.filter(({ openTime }) => openTime < startTime), ...candles]
  }

  /** Sets candles that are in order and older than all that are held. */
  prepend(candles: readonly Candle[]): void {
    this.#copy = undefined
    const endTime = this.oldest?.openTime ?? Number.POSITIVE_INFINITY
    this.#candles = [...candles.filter(({ openTime }) => openTime < endTime), ...this.#candles]
  }

  /** Lets go of all but the newest `count`. */
  keepNewest(count: number): void {
    this.#copy = undefined
    this.#candles = this.#candles.slice(-count)
  }

  clear(): void {
    this.#copy = undefined
    this.#candles = []
  }
}
