import type { DatabaseSync } from 'node:sqlite'
import type { Candle } from '../protocol/market-data.ts'
import { type DatabaseOptions, openDatabase } from './database-file.ts'
import {
  type AppendResult,
  type CandlePage,
  type CandleRange,
  type HistoryBounds,
  type HistoryPosition,
  type HistoryStats,
  type HistoryStore,
  MAX_PAGE_CANDLES,
  MAX_PAGE_TRADES,
  type OpenBars,
  type PruneResult,
  type TradePage,
  type TradeRange
} from './history-store.ts'
import { readOpenBars } from './open-bars.ts'
import type { Retention } from './retention.ts'
import { pragma, SCHEMA_VERSION } from './schema.ts'
import { StorePruner } from './store-pruner.ts'
import { StoreReader } from './store-reader.ts'
import { StoreWriter } from './store-writer.ts'
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
    this.#pruner = new StorePruner(this.#database, options.retention)
  }

  append(batches: readonly UpdateBatch[]): AppendResult {
    return this.#writer.append(batches)
  }

  candles(name: string, { from, to = END_OF_TIME, limit, countback }: CandleRange): CandlePage {
    const channel = this.#reader.channel(name)
    if (channel === undefined) return { candles: [], hasMore: false, holes: [], position: undefined }
    const most = Math.max(0, Math.min(limit, countback ?? limit, MAX_PAGE_CANDLES))
    const isFromStart = from !== undefined && countback === undefined
    const start = isFromStart ? from : 0
    const found = isFromStart
      ? this.#reader.firstCandles(channel.id, start, to, most + 1)
      : this.#reader.lastCandles(channel.id, start, to, most + 1)
    const hasMore = found.length > most
    const candles = found.slice(0, most)
    if (!isFromStart) candles.reverse()
    const holesFrom = hasMore && !isFromStart ? candles[0]?.openTime : start
    const holesTo = hasMore && isFromStart ? candles.at(-1)?.openTime : to
    const holes = this.#reader.holes(channel.id, holesFrom ?? start, holesTo ?? to)
    return { candles, hasMore, holes, position: channel.position }
  }

  trades(name: string, { from = 0, to = END_OF_TIME, limit, before }: TradeRange): TradePage {
    const end = earlier({ time: to, epoch: 0, seq: 0 }, before === undefined ? undefined : cursorOf(before))
    const channel = this.#reader.channel(name)
    if (channel === undefined) return { trades: [], before: undefined, holes: [], position: undefined }
    const most = Math.max(0, Math.min(limit, MAX_PAGE_TRADES))
    const found = this.#reader.lastTrades(channel.id, from, end, most + 1)
    const page = found.slice(0, most)
    const oldest = found.length > most ? page.at(-1)?.place : undefined
    return {
      trades: page.map(({ trade }) => trade).reverse(),
      before: oldest && cursorText(oldest),
      holes: this.#reader.holes(channel.id, oldest?.time ?? from, end.time),
      position: channel.position
    }
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
}

const END_OF_TIME = Number.MAX_SAFE_INTEGER

function earlier(end: TradeCursor, cursor: TradeCursor | undefined): TradeCursor {
  return cursor !== undefined && cursor.time < end.time ? cursor : end
}
