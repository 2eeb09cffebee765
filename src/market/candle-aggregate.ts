import type { Candle } from '../protocol/market-data.ts'
import type { TimeSpan } from './candle-interval.ts'
import { compareScaled, formatScaled, padScaled, parseScaled, truncateScaled } from './scaled.ts'
import { ScaledSum } from './scaled-sum.ts'
import { type ScaledPrice, type ScaledTrade, scalePrice } from './scaled-trade.ts'
import { QUOTE_DECIMALS, vwapOf } from './scaled-vwap.ts'

/** A candle as it is built here. */
export type BuiltCandle = Candle & {
  /** The candle had been closed, and a trade that came late changed it; or it stands for such a trade alone. */
  readonly corrected?: boolean
}

/**
 * The trades of one interval, summed up exactly.
 *
 * The first and the last trade are those by venue time and, among equal times, by arrival; so trades may be added in
 * any order.
 */
export class CandleAggregate implements TimeSpan {
  readonly startMs: number
  readonly endMs: number
  /** Some trades of the interval are unknown. */
  isPartial: boolean
  readonly #volume = new ScaledSum()
  readonly #quoteVolume = new ScaledSum()
  readonly #takerBuyVolume = new ScaledSum()
  #trades = 0
  #firstMs: number
  #lastMs: number
  #open: ScaledPrice
  #high: ScaledPrice
  #low: ScaledPrice
  #close: ScaledPrice

  /** Starts with no trade, but the time and price of the first one to come. */
  private constructor({ startMs, endMs }: TimeSpan, firstMs: number, firstPrice: ScaledPrice, isPartial: boolean) {
    this.startMs = startMs
    this.endMs = endMs
    this.isPartial = isPartial
    this.#firstMs = firstMs
    this.#lastMs = firstMs
    this.#open = firstPrice
    this.#high = firstPrice
    this.#low = firstPrice
    this.#close = firstPrice
  }

  /** The aggregate of one trade. */
  static ofTrade(span: TimeSpan, trade: ScaledTrade, isPartial: boolean): CandleAggregate {
    const aggregate = new CandleAggregate(span, trade.timeMs, trade.price, isPartial)
    aggregate.add(trade)
    return aggregate
  }

  /**
   * Continues a candle of the same interval, or begins with the first finer candle of a coarser one.
   *
   * @param lastMs time of its last trade, where that is known; else any later one may be the last.
   */
  static ofCandle(span: TimeSpan, candle: Candle, lastMs = candle.openTime): CandleAggregate {
    const aggregate = new CandleAggregate(span, candle.openTime, scalePrice(candle.open), false)
    aggregate.append(candle)
    aggregate.#lastMs = lastMs
    return aggregate
  }

  add(trade: ScaledTrade): void {
    const { timeMs, price } = trade
    this.#trades += 1
    this.#volume.add(trade.size)
    this.#quoteVolume.add(trade.quoteSize)
    if (trade.isTakerBuy) this.#takerBuyVolume.add(trade.size)
    this.#stretch(price)
    if (timeMs < this.#firstMs) {
      this.#firstMs = timeMs
      this.#open = price
    }
    if (timeMs >= this.#lastMs) {
      this.#lastMs = timeMs
      this.#close = price
    }
  }

  /** Adds the trades of another aggregate; where times are equal, those came later. */
  merge(other: CandleAggregate): void {
    this.#trades += other.#trades
    this.#volume.add(other.#volume)
    this.#quoteVolume.add(other.#quoteVolume)
    this.#takerBuyVolume.add(other.#takerBuyVolume)
    this.#stretch(other.#high)
    this.#stretch(other.#low)
    if (other.#firstMs < this.#firstMs) {
      this.#firstMs = other.#firstMs
      this.#open = other.#open
    }
    if (other.#lastMs >= this.#lastMs) {
      this.#lastMs = other.#lastMs
      this.#close = other.#close
    }
  }

  /** Adds the trades of a finer candle, which must be later than all before. */
  append(candle: Candle): void {
    this.#trades += candle.trades
    this.#volume.add(parseScaled(candle.volume))
    this.#quoteVolume.add(parseScaled(candle.quoteVolume))
    this.#takerBuyVolume.add(parseScaled(candle.takerBuyVolume))
    this.#stretch(scalePrice(candle.high))
    this.#stretch(scalePrice(candle.low))
    this.#close = scalePrice(candle.close)
    this.#lastMs = candle.openTime
    if (candle.partial === true) this.isPartial = true
  }

  toCandle(closed: boolean, isCorrected = false): BuiltCandle {
    const volume = formatScaled(this.#volume)
    return {
      openTime: this.startMs,
      open: this.#open.text,
      high: this.#high.text,
      low: this.#low.text,
      close: this.#close.text,
      volume,
      quoteVolume: formatScaled(truncateScaled(this.#quoteVolume, QUOTE_DECIMALS)),
      trades: this.#trades,
      // A candle without a buyer's trade would have no decimals of its own.
      takerBuyVolume: formatScaled(padScaled(this.#takerBuyVolume, this.#volume.scale)),
      vwap: vwapOf(this.#quoteVolume, this.#volume, this.#close),
      closed,
      ...(this.isPartial && { partial: true }),
      ...(isCorrected && { corrected: true })
    }
  }

  #stretch(price: ScaledPrice): void {
    if (compareScaled(price, this.#high) > 0) this.#high = price
    if (compareScaled(price, this.#low) < 0) this.#low = price
  }
}
