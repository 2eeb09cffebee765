import type { DatabaseSync } from 'node:sqlite'
import type { TradeCursor } from './trade-cursor.ts'

/** A candle as JSON, and its start, ms. */
export type CandleText = readonly [openTime: number, json: string]
/** A trade as JSON, and its place in the order of its channel. */
export type TradeText = readonly [time: number, epoch: number, seq: number, json: string]

// What is text in it are decimals, which were checked before they were stored.
const CANDLE = `SELECT open_time,
  printf('{"openTime":%d,"open":"%s","high":"%s","low":"%s","close":"%s","volume":"%s","quoteVolume":"%s","trades":%d,' ||
         '"takerBuyVolume":"%s","vwap":"%s","closed":%s%s}',
         open_time, open, high, low, close, volume, quote_volume, trades, taker_buy_volume, vwap,
         iif(is_closed, 'true', 'false'), iif(is_partial, ',"partial":true', ''))
  FROM candles WHERE channel = ? AND open_time >= ? AND open_time < ? ORDER BY open_time`

const TRADES = `SELECT time, epoch, seq,
  printf('{"time":%d,"epoch":%s,"seq":%d,"id":%s,"price":"%s","size":"%s","side":"%s"%s}',
         time, json_quote(coalesce((SELECT name FROM epochs WHERE epochs.id = trades.epoch), '')), seq, json_quote(id),
         price, size, iif(is_buy, 'buy', 'sell'), iif(conditions IS NULL, '', ',"conditions":' || conditions))
  FROM trades WHERE channel = ? AND time >= ? AND (time, epoch, seq) < (?, ?, ?)
  ORDER BY time DESC, epoch DESC, seq DESC LIMIT ?`

/** The statements that read entries as the JSON they are answered with, made by SQLite itself. */
export class TextReader {
  readonly #statements

  constructor(database: DatabaseSync) {
    this.#statements = {
      firstCandles: database.prepare(`${CANDLE} LIMIT ?`),
      lastCandles: database.prepare(`${CANDLE} DESC LIMIT ?`),
      trades: database.prepare(TRADES)
    }
    for (const statement of Object.values(this.#statements)) statement.setReturnArrays(true)
  }

  /** The first candles of `from <= openTime < to`, oldest first. */
  firstCandles(id: number, from: number, to: number, limit: number): CandleText[] {
    return this.#statements.firstCandles.all(id, from, to, limit) as unknown as CandleText[]
  }

  /** The last candles of `from <= openTime < to`, newest first. */
  lastCandles(id: number, from: number, to: number, limit: number): CandleText[] {
    return this.#statements.lastCandles.all(id, from, to, limit) as unknown as CandleText[]
  }

  /** The last trades from `from` on that come before a place, newest first. */
  lastTrades(id: number, from: number, { time, epoch, seq }: TradeCursor, limit: number): TradeText[] {
    return this.#statements.trades.all(id, from, time, epoch, seq, limit) as unknown as TradeText[]
  }
}
