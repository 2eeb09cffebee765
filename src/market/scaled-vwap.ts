import { divideScaled, formatScaled, type Scaled } from './scaled.ts'
import type { ScaledPrice } from './scaled-trade.ts'

/** Most decimals of a sum of price × size; further ones are cut off when it is told, not when it is summed. */
export const QUOTE_DECIMALS = 8

const VWAP_DECIMALS = 8

/**
 * The volume-weighted average price, cut off (not rounded, as venues do) after 8 decimals, or as many as prices have if
 * those are more. Where nothing but empty sizes was traded it is the last price.
 */
export function vwapOf(quoteVolume: Scaled, volume: Scaled, last: ScaledPrice): string {
  if (volume.units === 0n) return last.text
  return formatScaled(divideScaled(quoteVolume, volume, Math.max(VWAP_DECIMALS, last.scale)))
}
