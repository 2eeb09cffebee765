import type { DatabaseSync } from 'node:sqlite'
import type { Candle } from '../protocol/market-data.ts'
import { type DatabaseOptions, openDatabase } from './database-file.ts'
import {
  type AppendResult,
  type CandlePage,
  type CandleRange,
  type CandleTextPage,
  type HistoryBounds,
  type HistoryPosition,
  type HistoryStats,
  type HistoryStore,
  MAX_PAGE_CANDLES,
  MAX_PAGE_TRADES,
  type OpenBars,
  type PruneResult,
  type TradePage,
  type TradeRange,
  type TradeTextPage
} from './history-store.ts'
import { readOpenBars } from './open-bars.ts'
import type { Retention } from './retention.ts'
import { pragma, SCHEMA_VERSION } from './schema.ts'
import { StorePruner } from './store-pruner.ts'
import { StoreReader } from './store-reader.ts'
import { StoreWriter } from './store-writer.ts'
import { TextReader } from './text-reader.ts'
import { cursorOf, cursorText, type TradeCursor } from './trade-cursor.ts'
import type { UpdateBatch } from './update-batch.ts'

export interface StoreOptions extends DatabaseOptions {
  readonly retention: Retention
}

/** History in a file of SQLite (or in memory, as the file `:memory:`). Every call blocks its thread. */
export class SqliteHistoryStore implements HistoryStore {
  readonly #database: DatabaseSync
  readonly #writer: StoreWriter
  readonly #reader: StoreReader
  readonly #text: TextReader
  readonly #pruner: StorePruner

  /**
   * Opens the file, or begins it.
   *
   * @param onDamaged told when a damaged file was set aside, in a sentence.
   * @throws HistoryError when the file cannot be opened or must not be touched.
   */
  constructor(options: StoreOptions, onDamaged: (text: string) => void) {
    this.#database = openDatabase(options, onDamaged)
    this.#writer = new StoreWriter(this.#database)
    this.#reader = new StoreReader(this.#database)
    this.#text = new TextReader(this.#database)
    this.#pruner = new StorePruner(this.#database, options.retention)
  }

  append(batches: readonly UpdateBatch[]): AppendResult {
    return this.#writer.append(batches)
  }

  candles(name: string, range: CandleRange): CandlePage {
    const { rows, ...page } = this.#candlePage(this.#reader, name, range, ({ openTime }) => openTime)
    return { ...page, candles: rows }
  }

  candlesText(name: string, range: CandleRange): CandleTextPage {
    const { rows, ...page } = this.#candlePage(this.#text, name, range, ([openTime]) => openTime)
    const text = rows.map(([, json]) => json).join(',')
    return { ...page, text, count: rows.length, first: rows[0]?.[0], last: rows.at(-1)?.[0] }
  }

  trades(name: string, range: TradeRange): TradePage {
    const { rows, ...page } = this.#tradePage(this.#reader, name, range, ({ place }) => place)
    return { ...page, trades: rows.map(({ trade }) => trade) }
  }

  tradesText(name: string, range: TradeRange): TradeTextPage {
    const { rows, ...page } = this.#tradePage(this.#text, name, range, ([time, epoch, seq]) => ({ time, epoch, seq }))
    return { ...page, text: rows.map(([, , , json]) => json).join(','), count: rows.length }
  }

  lastCandle(name: string, before: number): Candle | undefined {
    const channel = this.#reader.channel(name)
    return channel && this.#reader.lastCandles(channel.id, 0, before, 1)[0]
  }

  bounds(name: string): HistoryBounds | undefined {
    const channel = this.#reader.channel(name)
    if (channel === undefined) return undefined
    return name.startsWith('trade:') ? this.#reader.tradeBounds(channel.id) : this.#reader.candleBounds(channel.id)
  }

  position(name: string): HistoryPosition | undefined {
    return this.#reader.channel(name)?.position
  }

  openBars(venue: string, symbol: string): OpenBars {
    return readOpenBars(this.#reader, venue, symbol)
  }

  prune(nowMs: number): PruneResult {
    return this.#pruner.prune(nowMs)
  }

  stats(): HistoryStats {
    const pageBytes = pragma(this.#database, 'page_size')
    return {
      schemaVersion: SCHEMA_VERSION,
      channels: Number(this.#database.prepare('SELECT count(*) AS count FROM channels').get()?.count),
      fileBytes: pragma(this.#database, 'page_count') * pageBytes,
      freeBytes: pragma(this.#database, 'freelist_count') * pageBytes
    }
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close()
  }

  /** A page of candles as `reader` gives them, oldest first. */
  #candlePage<Row>(reader: CandleRows<Row>, name: string, range: CandleRange, timeOf: (row: Row) => number) {
    const { from, to = END_OF_TIME, limit, countback } = range
    const channel = this.#reader.channel(name)
    if (channel === undefined) return { rows: [], hasMore: false, holes: [], position: undefined }
    const most = Math.max(0, Math.min(limit, countback ?? limit, MAX_PAGE_CANDLES))
    const isFromStart = from !== undefined && countback === undefined
    const start = from ?? 0
    const found = isFromStart
      ? reader.firstCandles(channel.id, start, to, most + 1)
      : reader.lastCandles(channel.id, start, to, most + 1)
    const hasMore = found.length > most
    const rows = found.slice(0, most)
    if (!isFromStart) rows.reverse()
    const [first, last] = [rows[0], rows.at(-1)].map((row) => row && timeOf(row))
    const holesFrom = hasMore && !isFromStart ? first : start
    const holesTo = hasMore && isFromStart ? last : to
    const holes = this.#reader.holes(channel.id, holesFrom ?? start, holesTo ?? to)
    return { rows, hasMore, holes, position: channel.position }
  }

  /** A page of trades as `reader` gives them, oldest first. */
  #tradePage<Row>(reader: TradeRows<Row>, name: string, range: TradeRange, placeOf: (row: Row) => TradeCursor) {
    const { from = 0, to = END_OF_TIME, limit, before } = range
    const end = earlier({ time: to, epoch: 0, seq: 0 }, before === undefined ? undefined : cursorOf(before))
    const channel = this.#reader.channel(name)
    if (channel === undefined) return { rows: [], before: undefined, holes: [], position: undefined }
    const most = Math.max(0, Math.min(limit, MAX_PAGE_TRADES))
    const found = reader.lastTrades(channel.id, from, end, most + 1)
    const rows = found.slice(0, most)
    const last = found.length > most ? rows.at(-1) : undefined
    const oldest = last && placeOf(last)
    return {
      rows: rows.reverse(),
      before: oldest && cursorText(oldest),
      holes: this.#reader.holes(channel.id, oldest?.time ?? from, end.time),
      position: channel.position
    }
  }
}

/** Whoever reads candles in one form or another. */
interface CandleRows<Row> {
  firstCandles(id: number, from: number, to: number, limit: number): Row[]
  lastCandles(id: number, from: number, to: number, limit: number): Row[]
}

interface TradeRows<Row> {
  lastTrades(id: number, from: number, before: TradeCursor, limit: number): Row[]
}

const END_OF_TIME = Number.MAX_SAFE_INTEGER

function earlier(end: TradeCursor, cursor: TradeCursor | undefined): TradeCursor {
  return cursor !== undefined && cursor.time < end.time ? cursor : end
}
