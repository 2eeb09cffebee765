import { EMA, SMA, WSMA } from 'trading-signals'

/**
 * An exponential moving average that begins with the mean of its first `length` values.
 *
 * The library begins with the first value itself, which is a tenth of a percent off for as long as the average.
 */
export class SeededEma {
  readonly #seed: SMA
  readonly #average: EMA
  #isSeeded = false

  constructor(length: number) {
    this.#seed = new SMA(length)
    this.#average = new EMA(length)
  }

  /** `NaN` until `length` values were added. */
  add(value: number): number {
    if (this.#isSeeded) return this.#average.update(value, false) ?? NaN
    const mean = this.#seed.update(value, false)
    if (mean === null) return NaN
    this.#isSeeded = true
    return this.#average.update(mean, false) ?? NaN
  }
}

/**
 * Wilder's average true range, from the second candle on.
 *
 * The library counts the first candle in, whose true range is unknown without a close before it.
 */
export class SeededAtr {
  readonly #average: WSMA
  #previousClose: number | undefined

  constructor(length: number) {
    this.#average = new WSMA(length)
  }

  /** `NaN` until there are `length` true ranges. */
  add(high: number, low: number, close: number): number {
    const previous = this.#previousClose
    this.#previousClose = close
    if (previous === undefined) return NaN
    const trueRange = Math.max(high - low, Math.abs(high - previous), Math.abs(low - previous))
    return this.#average.update(trueRange, false) ?? NaN
  }
}
