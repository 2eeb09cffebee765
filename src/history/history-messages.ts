import type { HistoryErrorCode } from './history-error.ts'
import type { HistoryAnswer, HistoryQuery } from './history-query.ts'
import type { StoreOptions } from './history-store-sqlite.ts'

/**
 * What crosses between the main thread and the history thread.
 *
 * ```
 * main ── append, flush, query, cancel, stop ──────────────────────────► history
 * main ◄── opened, refused, committed, trouble, answer, damaged, pruned, stopped ── history
 * ```
 */
export type MainToHistory =
  | AppendMessage
  /** Commit what waits without delay. */
  | { readonly type: 'flush' }
  | { readonly type: 'query'; readonly id: number; readonly query: HistoryQuery }
  /** The answer is not wanted any more; one comes all the same. */
  | { readonly type: 'cancel'; readonly id: number }
  /** Commit what waits, close the file, end the thread. */
  | { readonly type: 'stop' }

export interface AppendMessage {
  readonly type: 'append'
  /** Grows by 1. */
  readonly id: number
  readonly epoch: string
  /** UTF-8 JSON, `[update,…]`. */
  readonly bytes: Uint8Array
  /** Sent before, to a thread that died: written in a transaction of its own, lest it takes others with it. */
  readonly isResent: boolean
}

export type HistoryToMain =
  | { readonly type: 'opened' }
  /** The file cannot be used; the thread ends. */
  | { readonly type: 'refused'; readonly code: HistoryErrorCode; readonly message: string }
  | CommittedMessage
  /** A transaction failed and will be tried again; the next `committed` ends the trouble. */
  | { readonly type: 'trouble'; readonly message: string }
  | { readonly type: 'answer'; readonly id: number; readonly answer: HistoryAnswer }
  | { readonly type: 'failed'; readonly id: number; readonly code: HistoryErrorCode; readonly message: string }
  /** A damaged file was set aside. */
  | { readonly type: 'damaged'; readonly message: string }
  | { readonly type: 'pruned'; readonly rows: number }

/** Every batch up to `upTo` is durable. */
export interface CommittedMessage {
  readonly type: 'committed'
  readonly upTo: number
  readonly trades: number
  readonly candles: number
  readonly duplicates: number
  readonly refused: number
  readonly holes: number
}

/** What the thread is started with. */
export interface HistoryThreadOptions extends StoreOptions {
  /** Longest time a batch waits for others to be written with, ms. */
  readonly writeMs: number
}
