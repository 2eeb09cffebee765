import type { Candle, Trade } from '../../../src/protocol/market-data.ts'
import type { Update } from '../../../src/protocol/server-events.ts'

export const TRADES = 'trade:SIM:AAPL'
export const MINUTES = 'candle:SIM:AAPL:1m'
export const MINUTE_MS = 60_000
/** 2026-01-05 00:00 UTC, a Monday. */
export const MONDAY_MS = Date.UTC(2026, 0, 5)

type Place = Partial<Pick<Update, 'channel' | 'prev'>> & { readonly time?: number }

/** A trade as it arrives; its price tells its sequence. */
export function tradeUpdate(seq: number, { channel = TRADES, prev, time = MONDAY_MS + seq }: Place = {}): Update {
  const data: Trade = { id: `t${seq}`, price: `${seq}.50`, size: '0.0100', side: seq % 2 === 0 ? 'buy' : 'sell' }
  return { channel, seq, ...(prev !== undefined && { prev }), exchangeTime: time, ingestTime: time, data }
}

/** A candle with one trade at a price. */
export function candleOf(openTime: number, price = '1.00', rest: Partial<Candle> = {}): Candle {
  const prices = { open: price, high: price, low: price, close: price, vwap: price }
  const sums = { volume: '1', quoteVolume: price, trades: 1, takerBuyVolume: '1' }
  return { openTime, ...prices, ...sums, closed: true, ...rest }
}

export function candleUpdate(seq: number, candle: Candle, { channel = MINUTES, prev, time }: Place = {}): Update {
  const exchangeTime = time ?? candle.openTime
  return { channel, seq, ...(prev !== undefined && { prev }), exchangeTime, ingestTime: exchangeTime, data: candle }
}

/** `count` trades, numbered from `first`. */
export function tradeUpdates(count: number, first = 1, place: Place = {}): Update[] {
  return Array.from({ length: count }, (_, place_) => tradeUpdate(first + place_, place))
}

export function bytesOf(updates: readonly unknown[]): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(updates))
}
