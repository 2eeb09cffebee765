import type { Trade } from '../protocol/market-data.ts'
import { multiplyScaled, parseScaled, type Scaled } from './scaled.ts'

/** A price as the venue wrote it, and its value. */
export interface ScaledPrice extends Scaled {
  readonly text: string
}

/** A trade made ready for arithmetic, once for all that sum it up. */
export interface ScaledTrade {
  /** Venue clock, ms since the Unix epoch. */
  readonly timeMs: number
  readonly price: ScaledPrice
  readonly size: Scaled
  /** Price × size. */
  readonly quoteSize: Scaled
  /** The buyer was the aggressor. */
  readonly isTakerBuy: boolean
}

/** Reads the decimals of a trade, which must be well-formed. */
export function scaleTrade({ price, size, side }: Trade, timeMs: number): ScaledTrade {
  const scaledPrice = scalePrice(price)
  const scaledSize = parseScaled(size)
  return {
    timeMs,
    price: scaledPrice,
    size: scaledSize,
    quoteSize: multiplyScaled(scaledPrice, scaledSize),
    isTakerBuy: side === 'buy'
  }
}

export function scalePrice(text: string): ScaledPrice {
  const { units, scale } = parseScaled(text)
  return { text, units, scale }
}
