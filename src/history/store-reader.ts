import type { DatabaseSync } from 'node:sqlite'
import type { Candle } from '../protocol/market-data.ts'
import type { HistoryBounds, HistoryHole, HistoryPosition, StoredTrade } from './history-store.ts'
import type { TradeCursor } from './trade-cursor.ts'

/** A channel as the database knows it. */
export interface StoredChannel {
  readonly id: number
  readonly name: string
  readonly position: HistoryPosition
  /** Of a channel of candles: place of the newest trade when a candle in progress was told last; zeros when not known. */
  readonly newestTrade: TradePlace
}

/** Place of a trade in the order in which they were numbered. */
export interface TradePlace {
  /** Number of the epoch in this database. */
  readonly epoch: number
  readonly seq: number
}

/** Most holes told with one page. */
const MAX_HOLES = 1_000

const CANDLE =
  'SELECT open_time, open, high, low, close, volume, quote_volume, trades, taker_buy_volume, vwap, is_closed, is_partial ' +
  'FROM candles WHERE channel = ?'
// The name of the epoch by a subquery: a join would sort what is in order already.
const TRADE =
  'SELECT time, (SELECT name FROM epochs WHERE epochs.id = trades.epoch), epoch, seq, id, price, size, is_buy, conditions ' +
  'FROM trades WHERE channel = ? AND time >= ?'
const CHANNEL =
  'SELECT channels.id, channels.name, epochs.name AS epoch, seq, time, trades_epoch AS tradesEpoch, trades_seq AS tradesSeq ' +
  'FROM channels LEFT JOIN epochs ON epochs.id = epoch'

type ChannelRow = Omit<HistoryPosition, 'epoch'> & {
  readonly id: number
  readonly name: string
  readonly epoch: string | null
  readonly tradesEpoch: number
  readonly tradesSeq: number
}
/** Columns in the order of `CANDLE`, of `TRADE`: rows as arrays are read in half the time of rows as objects. */
type CandleRow = readonly [
  ...[openTime: number, open: string, high: string, low: string, close: string, volume: string, quoteVolume: string],
  ...[trades: number, takerBuyVolume: string, vwap: string, isClosed: number, isPartial: number]
]
type TradeRow = readonly [
  ...[time: number, epoch: string | null, epochId: number, seq: number],
  ...[id: string, price: string, size: string, isBuy: number, conditions: string | null]
]

/** A trade and its place in the order of its channel. */
export interface PlacedTrade {
  readonly trade: StoredTrade
  readonly place: TradeCursor
}

/** The statements that read, and what their rows mean. */
export class StoreReader {
  readonly #statements

  constructor(database: DatabaseSync) {
    this.#statements = {
      channel: database.prepare(`${CHANNEL} WHERE channels.name = ?`),
      channels: database.prepare(`${CHANNEL} WHERE channels.name >= ? AND channels.name < ?`),
      firstCandles: database.prepare(`${CANDLE} AND open_time >= ? AND open_time < ? ORDER BY open_time LIMIT ?`),
      lastCandles: database.prepare(`${CANDLE} AND open_time >= ? AND open_time < ? ORDER BY open_time DESC LIMIT ?`),
      trades: database.prepare(
        `${TRADE} AND (time, epoch, seq) < (?, ?, ?) ORDER BY time DESC, epoch DESC, seq DESC LIMIT ?`
      ),
      newestTrades: database.prepare(`${TRADE} ORDER BY epoch DESC, iif(epoch = 0, time, 0) DESC, seq DESC LIMIT ?`),
      countAfter: database.prepare(
        'SELECT count(*) AS count FROM trades WHERE channel = ? AND time >= ? AND (epoch, seq) > (?, ?)'
      ),
      newestBefore: database.prepare(
        'SELECT max(time) AS time FROM trades WHERE channel = ? AND time >= ? AND (epoch, iif(epoch = 0, time, 0), seq) < (?, ?, ?)'
      ),
      lastEpochBefore: database.prepare(
        'SELECT epoch FROM trades WHERE channel = ? AND time < ? ORDER BY time DESC, epoch DESC LIMIT 1'
      ),
      candleCounts: database.prepare(
        'SELECT open_time, trades, is_closed, is_partial FROM candles WHERE channel = ? AND open_time >= ? ORDER BY open_time'
      ),
      holes: database.prepare(
        `SELECT from_time AS "from", to_time AS "to" FROM holes
         WHERE channel = ? AND to_time > ? AND from_time < ? ORDER BY from_time DESC LIMIT ${MAX_HOLES}`
      ),
      candleBounds: database.prepare(
        `SELECT (SELECT min(open_time) FROM candles WHERE channel = ?1) AS first,
                (SELECT max(open_time) FROM candles WHERE channel = ?1) AS last`
      ),
      tradeBounds: database.prepare(
        `SELECT (SELECT min(time) FROM trades WHERE channel = ?1) AS first,
                (SELECT max(time) FROM trades WHERE channel = ?1) AS last`
      )
    }
    const { firstCandles, lastCandles, trades, newestTrades } = this.#statements
    for (const statement of [firstCandles, lastCandles, trades, newestTrades]) statement.setReturnArrays(true)
  }

  channel(name: string): StoredChannel | undefined {
    const row = this.#statements.channel.get(name) as unknown as ChannelRow | undefined
    return row && channelOf(row)
  }

  /** Channels whose names begin with `prefix`, which ends with a colon. */
  channels(prefix: string): StoredChannel[] {
    const end = `${prefix.slice(0, -1)};`
    return (this.#statements.channels.all(prefix, end) as unknown as ChannelRow[]).map(channelOf)
  }

  /** The first candles of `from <= openTime < to`, oldest first. */
  firstCandles(id: number, from: number, to: number, limit: number): Candle[] {
    return (this.#statements.firstCandles.all(id, from, to, limit) as unknown as CandleRow[]).map(candleOf)
  }

  /** The last candles of `from <= openTime < to`, newest first. */
  lastCandles(id: number, from: number, to: number, limit: number): Candle[] {
    return (this.#statements.lastCandles.all(id, from, to, limit) as unknown as CandleRow[]).map(candleOf)
  }

  /** The last trades from `from` on that come before a place, newest first. */
  lastTrades(id: number, from: number, { time, epoch, seq }: TradeCursor, limit: number): PlacedTrade[] {
    return (this.#statements.trades.all(id, from, time, epoch, seq, limit) as unknown as TradeRow[]).map(tradeOf)
  }

  /** The trades from `from` on that were numbered last, in that order; those without a number before, by their time. */
  newestTrades(id: number, from: number, limit: number): PlacedTrade[] {
    return (this.#statements.newestTrades.all(id, from, limit) as unknown as TradeRow[]).map(tradeOf).reverse()
  }

  /** How many trades from `from` on were numbered after a place. */
  countAfter(id: number, from: number, { epoch, seq }: TradePlace): number {
    return Number(this.#statements.countAfter.get(id, from, epoch, seq)?.count)
  }

  /** Time of the latest of the trades from `from` on that come before a place in the order of `newestTrades`. */
  newestBefore(id: number, from: number, { time, epoch, seq }: TradeCursor): number | undefined {
    const row = this.#statements.newestBefore.get(id, from, epoch, epoch === 0 ? time : 0, seq)
    return typeof row?.time === 'number' ? row.time : undefined
  }

  /** Number of the epoch of the last trade before a time; `undefined` when there is none. */
  lastEpochBefore(id: number, before: number): number | undefined {
    const row = this.#statements.lastEpochBefore.get(id, before)
    return typeof row?.epoch === 'number' ? row.epoch : undefined
  }

  /** What the candles from `from` on tell of their trades, oldest first. */
  candleCounts(id: number, from: number) {
    const rows = this.#statements.candleCounts.all(id, from)
    return rows.map(({ open_time: openTime, trades, is_closed: isClosed, is_partial: isPartial }) => ({
      ...{ openTime: Number(openTime), trades: Number(trades), isClosed: isClosed === 1, isPartial: isPartial === 1 }
    }))
  }

  /** Holes that reach into `from <= time < to`, oldest first; the newest when there are too many. */
  holes(id: number, from: number, to: number): HistoryHole[] {
    const rows = this.#statements.holes.all(id, from, to) as unknown as HistoryHole[]
    return rows.map((hole) => ({ from: hole.from, to: hole.to })).reverse()
  }

  candleBounds(id: number): HistoryBounds | undefined {
    return boundsOf(this.#statements.candleBounds.get(id))
  }

  tradeBounds(id: number): HistoryBounds | undefined {
    return boundsOf(this.#statements.tradeBounds.get(id))
  }
}

function channelOf({ id, name, epoch, seq, time, tradesEpoch, tradesSeq }: ChannelRow): StoredChannel {
  const newestTrade = { epoch: tradesEpoch, seq: tradesSeq }
  return { id, name, position: { epoch: epoch ?? '', seq, time }, newestTrade }
}

function candleOf(row: CandleRow): Candle {
  const [openTime, open, high, low, close, volume, quoteVolume, trades, takerBuyVolume, vwap, isClosed, isPartial] = row
  const closed = isClosed === 1
  const candle = { openTime, open, high, low, close, volume, quoteVolume, trades, takerBuyVolume, vwap, closed }
  return isPartial === 1 ? { ...candle, partial: true } : candle
}

function tradeOf([time, epoch, epochId, seq, id, price, size, isBuy, conditions]: TradeRow): PlacedTrade {
  const side = isBuy === 1 ? 'buy' : 'sell'
  const trade: StoredTrade = { time, epoch: epoch ?? '', seq, id, price, size, side }
  const place = { time, epoch: epochId, seq }
  return { trade: conditions === null ? trade : { ...trade, conditions: JSON.parse(conditions) }, place }
}

function boundsOf(row: Record<string, unknown> | undefined): HistoryBounds | undefined {
  return typeof row?.first === 'number' && typeof row.last === 'number'
    ? { first: row.first, last: row.last }
    : undefined
}
