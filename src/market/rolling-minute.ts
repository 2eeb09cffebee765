import { compareScaled, formatScaled, parseScaled } from './scaled.ts'
import { ScaledSum } from './scaled-sum.ts'
import { type ScaledPrice, type ScaledTrade, scalePrice } from './scaled-trade.ts'

/** What the trades of one minute add to rolling statistics. */
export class RollingMinute {
  readonly startMs: number
  readonly volume = new ScaledSum()
  readonly quoteVolume = new ScaledSum()
  #trades = 0
  #firstMs: number
  #open: ScaledPrice
  #high: ScaledPrice
  #low: ScaledPrice

  /** Starts with no trade, but the time and price of the first one to come. */
  constructor(startMs: number, firstMs: number, firstPrice: ScaledPrice) {
    this.startMs = startMs
    this.#firstMs = firstMs
    this.#open = firstPrice
    this.#high = firstPrice
    this.#low = firstPrice
  }

  /** Reads what `pack` wrote. */
  static unpack(startMs: number, text: string): RollingMinute {
    const [open = '', high = '', low = '', volume = '', quoteVolume = '', trades, firstMs] = text.split(' ')
    const minute = new RollingMinute(startMs, startMs + Number(firstMs), scalePrice(open))
    minute.#high = scalePrice(high)
    minute.#low = scalePrice(low)
    minute.#trades = Number(trades)
    minute.volume.add(parseScaled(volume))
    minute.quoteVolume.add(parseScaled(quoteVolume))
    return minute
  }

  /** Writes the minute as text that begins with its open: a fifth of the memory, and seldom needed again. */
  pack(): string {
    const sums = [formatScaled(this.volume), formatScaled(this.quoteVolume), this.#trades]
    // Unlike a template, `join` makes one text of its own, which does not keep its parts alive.
    return [this.#open.text, this.#high.text, this.#low.text, ...sums, this.#firstMs - this.startMs].join(' ')
  }

  get trades(): number {
    return this.#trades
  }

  /** Price of the first trade by venue time; of the first to arrive among equal times. */
  get open(): string {
    return this.#open.text
  }

  get high(): ScaledPrice {
    return this.#high
  }

  get low(): ScaledPrice {
    return this.#low
  }

  add({ timeMs, price, size, quoteSize }: ScaledTrade): void {
    this.#trades += 1
    this.volume.add(size)
    this.quoteVolume.add(quoteSize)
    if (compareScaled(price, this.#high) > 0) this.#high = price
    if (compareScaled(price, this.#low) < 0) this.#low = price
    if (timeMs < this.#firstMs) {
      this.#firstMs = timeMs
      this.#open = price
    }
  }
}
