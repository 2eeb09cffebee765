import type { Candle } from '../protocol/market-data.ts'

/** Stores a candle, in the place of the one with its channel and `openTime`; takes a `candleRow`. */
export const PUT_CANDLE = 'INSERT OR REPLACE INTO candles VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'

/** Closes a candle whose last state never came, so that what is stored of it is not all. */
export const ABANDON_CANDLE =
  'UPDATE candles SET is_closed = 1, is_partial = 1 WHERE channel = ? AND open_time = ? AND is_closed = 0'

/** A candle as the columns of its table, in their order. */
export function candleRow(channel: number, candle: Candle): (string | number)[] {
  const { openTime, open, high, low, close, volume, quoteVolume, trades } = candle
  const { takerBuyVolume, vwap, closed, partial = false } = candle
  const prices = [open, high, low, close, volume, quoteVolume]
  return [channel, openTime, ...prices, trades, takerBuyVolume, vwap, closed ? 1 : 0, partial ? 1 : 0]
}
