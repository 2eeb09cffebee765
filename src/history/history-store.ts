import type { Candle, Trade } from '../protocol/market-data.ts'
import type { UpdateBatch } from './update-batch.ts'

/** Most candles of one page; a larger limit means this many. */
export const MAX_PAGE_CANDLES = 10_000
/** Most trades of one page, and of `openBars`; a larger limit means this many. */
export const MAX_PAGE_TRADES = 20_000

/** Where the stored data of a channel ends: live messages after `seq` of `epoch` continue it without a seam. */
export interface HistoryPosition {
  /** Empty when everything came by a backfill. */
  readonly epoch: string
  /** 0 when everything came by a backfill. */
  readonly seq: number
  /** Venue clock of that message, or of what a backfill stored after it, ms. */
  readonly time: number
}

/** Entries of `from <= time < to` may be missing from the channel, ms. */
export interface HistoryHole {
  readonly from: number
  readonly to: number
}

/** A trade with its place in its channel. */
export interface StoredTrade extends Trade {
  /** Venue clock, ms. */
  readonly time: number
  /** Empty when it came by a backfill, or was forgotten, many thousand lives of producers later. */
  readonly epoch: string
  readonly seq: number
}

/** Which candles: `from <= openTime < to`. */
export interface CandleRange {
  /** With it, and without `countback`, a page begins there; else it ends at `to`. */
  readonly from?: number
  readonly to?: number
  readonly limit: number
  /** The last so many before `to`. */
  readonly countback?: number
}

/** Candles, oldest first. */
export interface CandlePage {
  readonly candles: readonly Candle[]
  /** The limit cut off candles of the range. */
  readonly hasMore: boolean
  /** Where candles may be missing from the page altogether; those known in part are marked `partial`. */
  readonly holes: readonly HistoryHole[]
  /** Where all stored data of the channel ends, when the page was read. */
  readonly position: HistoryPosition | undefined
}

/** Which trades: `from <= time < to`; the newest of them, up to `limit`. */
export interface TradeRange {
  readonly from?: number
  readonly to?: number
  readonly limit: number
  /** `before` of the page after this one: only trades older than that page. */
  readonly before?: string
}

/** Trades, oldest first. */
export interface TradePage {
  readonly trades: readonly StoredTrade[]
  /** Where the next older page ends; `undefined` when there is none. */
  readonly before: string | undefined
  readonly holes: readonly HistoryHole[]
  readonly position: HistoryPosition | undefined
}

/**
 * Entries as the JSON they are answered with: taking them out of the file, passing them on as values and making JSON of
 * them costs several times as much, and the main thread most of it.
 */
export interface EntriesText {
  /** Without the brackets around it. */
  readonly text: string
  readonly count: number
}

/** A page of candles whose entries are text; start of the first and the last candle, ms. */
export type CandleTextPage = Omit<CandlePage, 'candles'> &
  EntriesText & { readonly first: number | undefined; readonly last: number | undefined }
/** A page of trades whose entries are text. */
export type TradeTextPage = Omit<TradePage, 'trades'> & EntriesText

/** Times of the oldest and newest stored entry of a channel, ms. */
export interface HistoryBounds {
  readonly first: number
  readonly last: number
}

/** The newest candle of an interval, and how far it is known. */
export interface OpenBar {
  readonly channel: string
  readonly interval: string
  readonly candle: Candle
  /** The one before it. */
  readonly previous?: Candle
  readonly position: HistoryPosition
  /**
   * Place in `OpenBars.trades` of the first trade that came after a candle in progress was told last; their number when
   * none did.
   */
  readonly tradesFrom: number
}

/**
 * What a producer needs to continue the candles in progress of a symbol after a restart.
 *
 * What happened after `position` is not known here: whoever continues a bar marks it `partial`, unless the venue can
 * tell what happened since.
 */
export interface OpenBars {
  /** One for each interval. */
  readonly bars: readonly OpenBar[]
  /** The newest trades in the order they were numbered: those that a bar does not hold, and some before them. */
  readonly trades: readonly StoredTrade[]
  /** All trades from then on are among them, ms, but for what is missing at `gaps`. */
  readonly knownFrom: number
  /** Moments after that at which trades were missed, as the candles of the shortest interval tell, ms. */
  readonly gaps: readonly number[]
}

/** What became of batches. */
export interface AppendResult {
  readonly trades: number
  /** Rows written; several states of one candle in a transaction are one. */
  readonly candles: number
  /** Updates that were stored already. */
  readonly duplicates: number
  /** Updates of another kind or form than documented. */
  readonly refused: number
  readonly holes: number
}

/** What a slice of pruning did. */
export interface PruneResult {
  readonly rows: number
  /** False when more is to be pruned: call again. */
  readonly isDone: boolean
}

export interface HistoryStats {
  readonly schemaVersion: number
  readonly channels: number
  readonly fileBytes: number
  /** Part of the file that new data will use first. */
  readonly freeBytes: number
}

/** Candles and trades of the past. Synchronous; belongs on a thread of its own. */
export interface HistoryStore {
  /**
   * Stores updates, all or none; durable when it returns.
   *
   * A candle takes the place of the stored one of its channel and `openTime`. An update at or before the position of its
   * channel was stored already and is skipped, so that a batch may be sent again. A batch of a backfill is merged instead,
   * see `BackfillWriter`.
   */
  append(batches: readonly UpdateBatch[]): AppendResult
  candles(channel: string, range: CandleRange): CandlePage
  /** @throws HistoryError `bad_cursor`. */
  trades(channel: string, range: TradeRange): TradePage
  /** The newest candle with `openTime < before`. */
  candlesText(channel: string, range: CandleRange): CandleTextPage
  /** @throws HistoryError `bad_cursor`. */
  tradesText(channel: string, range: TradeRange): TradeTextPage
  lastCandle(channel: string, before: number): Candle | undefined
  bounds(channel: string): HistoryBounds | undefined
  position(channel: string): HistoryPosition | undefined
  openBars(venue: string, symbol: string): OpenBars
  /**
   * Removes a slice of what is older than the retention.
   *
   * Age is counted from the newest entry of the channel, and never from the future: a recording of long ago, or the
   * last day before a weekend, is kept as well as today's data.
   */
  prune(nowMs: number): PruneResult
  stats(): HistoryStats
  /** Ends the use of the file; may be called twice. */
  close(): void
}
