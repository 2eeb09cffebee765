import type { CalendarRule } from './calendar-rule.ts'

/**
 * What crosses between the main thread and the job that reads recorded files for history.
 *
 * ```
 * job ── batch, progress, problem ──► main ── batch ──► history
 * job ◄── written, stop ───────────── main
 * ```
 *
 * The job has only so many batches under way that are not `written`, so that neither side holds more than a few,
 * however large the files are.
 */
export type BackfillToMain =
  /** Entries for history: `[{"backfill":true},entry,…]`, UTF-8 JSON; the memory is given away. */
  | { readonly type: 'batch'; readonly bytes: Uint8Array }
  | (BackfillProgress & { readonly type: 'progress' })
  /** An input that could not be used, with its file and line. */
  | { readonly type: 'problem'; readonly text: string }

export type MainToBackfill =
  /** One more batch is durable, the oldest under way. */
  | { readonly type: 'written' }
  /** Read no further; end as soon as what is under way is written. */
  | { readonly type: 'stop' }

/** How far the job has come. */
export interface BackfillProgress {
  /** Bytes of the files as they are on disk. */
  readonly bytes: number
  readonly lines: number
  readonly trades: number
}

/** First entry of a batch: the others are merged into what is stored, see `BackfillWriter` in `src/history`. */
export const BACKFILL_MARK = { backfill: true } as const

/**
 * An entry of a batch, beside updates: how much of a channel the recording holds. `begun` comes before the first update of
 * the channel, with `to` the same as `from`; `whole` at the end, when nothing between is missing. Times are those of the
 * first and the last trade, or candle (`openTime`), ms.
 */
export interface BackfillSpan {
  readonly span: 'begun' | 'whole'
  readonly channel: string
  readonly from: number
  readonly to: number
}

/** What the job is started with; `port` is transferred. */
export interface BackfillJob {
  /** Absolute paths of one session, in its order. */
  readonly files: readonly string[]
  readonly calendars: readonly CalendarRule[]
  /** Symbols of which candles are made. */
  readonly maxSymbols: number
  readonly port: InstanceType<typeof MessagePort>
}

/** What the job has found, when it ends. */
export interface BackfillReport extends BackfillProgress {
  /** False when it was stopped before the end of the files. */
  readonly isWhole: boolean
  /** Lines that could not be used, and files that broke off. */
  readonly inputErrors: number
  /** Messages left out, because they have not the documented form. */
  readonly malformed: number
  /** Trades that came too late for at least one of their candles. */
  readonly tooLate: number
  /** Trades of symbols above `maxSymbols`, or with an impossible time: in no candle. */
  readonly withoutCandles: number
  /** Times that the candles of a symbol began anew, because the time of the session went back for good. */
  readonly restarts: number
  /** Candles by interval. */
  readonly candles: Readonly<Record<string, number>>
  /** In the order they were met. */
  readonly symbols: readonly BackfilledSymbol[]
}

/** Trades of one symbol in the files. */
export interface BackfilledSymbol {
  /** `VENUE:SYMBOL`. */
  readonly ticker: string
  readonly trades: number
  /** Time of the earliest and the latest trade, ms. */
  readonly from: number
  readonly to: number
}
