import type { CalendarRule } from './calendar-rule.ts'
import type { Contract } from './channel.ts'
import type { Cause, Quality } from './feed-message.ts'
import type { Candle, Trade } from './market-data.ts'
import type { ProducerSpec } from './producer-spec.ts'

/**
 * What crosses the port between a producer thread and the main thread.
 *
 * ```
 * producer ── channels, opened, batch, rest, quality, rewind, beat, log, finished ──► main
 * producer ◄── credit, interest, release, restore, stop ───────────────────── main
 * ```
 */
export type ProducerToMain =
  | ChannelsMessage
  | BatchMessage
  | RestMessage
  | QualityChange
  | { readonly type: 'rewind' }
  | Beat
  | Opened
  | LogLine
  | Finished

export type MainToProducer =
  | CreditMessage
  | InterestMessage
  | { readonly type: 'release' }
  | RestoreMessage
  | { readonly type: 'stop' }

/** Declares channels; the producer refers to each by its place in the order of declaration, from 0. */
export interface ChannelsMessage {
  readonly type: 'channels'
  readonly channels: readonly DeclaredChannel[]
}

/** `plain` ones are the events of `{on, data}` messages: `name` is the event, and there are no subscriptions. */
export interface DeclaredChannel {
  readonly name: string
  readonly contract: Contract
  readonly form: 'channel' | 'plain'
  /**
   * Nothing is published until main tells of interest; then a snapshot comes first. It gives way to another producer that
   * publishes the channel anyway.
   */
  readonly isOnDemand?: boolean
}

/**
 * Messages in the order they were numbered.
 *
 * `bytes` holds the JSON of each, UTF-8, separated by one comma. `records` holds `RECORD_FIELDS` numbers per message, see
 * `RECORD`. The memory of both is transferred, not copied, and comes back with the credit or before.
 */
export interface BatchMessage {
  readonly type: 'batch'
  /** Credit that its messages used. */
  readonly credit: number
  readonly bytes: Uint8Array
  readonly records: Float64Array
  /** When the newest message of the batch was taken in, ms. */
  readonly ingestTime: number
}

/** Layout of one record of a batch. */
export const RECORD = {
  /** Place of the channel in the order of declaration. */
  channel: 0,
  seq: 1,
  /** The message stands for `(prev, seq]`. */
  prev: 2,
  /** First byte of the JSON in `bytes`. */
  start: 3,
  /** One past its last byte. */
  end: 4,
  /** Sum of `FLAG` values. */
  flags: 5,
  /** Left to the main thread: where the message before it on its channel lies. */
  priorSegment: 6,
  priorIndex: 7
} as const
export const RECORD_FIELDS = 8

export const FLAG = {
  /** The message says everything about its channel (a book snapshot); clears and sets. */
  snapshot: 1,
  /** A book snapshot made for late joiners only: same `seq` as the delta before it, not sent to subscribers. */
  base: 2,
  /** The message changes a part of its channel's state (a book delta); only sense after a snapshot. */
  delta: 4,
  /** No later message says the same: a closed candle. Sent even to clients that get only the newest state. */
  final: 8
} as const

/**
 * Channels on demand, by their place in the order of declaration, on which nothing more comes until main tells of
 * interest again; after their last message. The sequence goes on then.
 */
export interface RestMessage {
  readonly type: 'rest'
  readonly channels: readonly number[]
}

/** Freshness as the feed knows it; channels by their place in the order of declaration, all when absent. */
export interface QualityChange {
  readonly type: 'quality'
  readonly quality: Quality
  readonly cause: Cause
  readonly channels?: readonly number[]
}

/** Proof of life, each `BEAT_MS`, with running totals since the thread started. */
export interface Beat extends OutboxTotals {
  readonly type: 'beat'
}
export const BEAT_MS = 250

export interface OutboxTotals {
  readonly published: number
  readonly merged: number
  readonly dropped: number
  readonly inputErrors: number
  readonly pauses: number
}

/** The source is open and its known channels are declared; messages follow, or a held replay waits. */
export interface Opened {
  readonly type: 'opened'
  /** Number of the thread, as Node.js and its inspector name it. */
  readonly threadId: number
  /** The feed waits without loss for as long as it has no credit. */
  readonly canPause: boolean
}

/** Something worth a line in the log. */
export interface LogLine {
  readonly type: 'log'
  readonly level: 'info' | 'warn'
  readonly text: string
}

/** The source is exhausted, everything was sent before this. */
export interface Finished extends OutboxTotals {
  readonly type: 'finished'
}

/** Bytes of JSON that one unit of credit covers, so that large messages are bounded as well as many small ones. */
const BYTES_PER_CREDIT = 4_096

/** The credit a message uses: one, and one more for each further 4 KiB. */
export function creditOf(sizeBytes: number): number {
  return 1 + Math.floor(sizeBytes / BYTES_PER_CREDIT)
}

/** Batches on their way that main has not given back; further messages of the producer make its next batch larger. */
export const MAX_BATCHES_IN_FLIGHT = 8

/** Gives credit back to the producer, and tells that `batches` of its batches were taken in; one of them can be 0. */
export interface CreditMessage {
  readonly type: 'credit'
  readonly credit: number
  readonly batches: number
  /** Memory of those batches, transferred back for the next ones. */
  readonly memory: readonly ArrayBuffer[]
}

/** Channels on demand, by name: somebody wants them, or nobody does any more. */
export interface InterestMessage {
  readonly type: 'interest'
  readonly channels: readonly string[]
  readonly isWanted: boolean
}

/** What is known of the candles that were in progress when the producer ended; before its first message. */
export interface RestoreMessage {
  readonly type: 'restore'
  readonly symbols: readonly OpenCandles[]
}

/** The newest candles of one symbol as they were last stored, and the newest trades. */
export interface OpenCandles {
  readonly venue: string
  readonly symbol: string
  readonly candles: readonly OpenCandle[]
  /** In the order they were numbered, with their venue clock, ms, and the life of the producer they are of. */
  readonly trades: readonly (Trade & { readonly time: number; readonly epoch: string })[]
  /** All trades from then on are there, ms, but for what is missing at `gapsMs`. */
  readonly knownFromMs: number
  /** Moments after that at which trades were missed, ms. */
  readonly gapsMs: readonly number[]
}

/** The newest candle of an interval, in progress or closed. */
export interface OpenCandle {
  readonly interval: string
  readonly candle: Candle
  /** Time of its last trade, ms. */
  readonly lastMs: number
  /** The one before it. */
  readonly previous?: Candle
  /** Place in the trades of the symbol of the first one that came after a candle in progress was told last. */
  readonly tradesFrom: number
}

/** How candles and tickers are derived in the producer's thread. */
export interface DeriveTask {
  /** Shortest time between two messages of a candle in progress or a ticker, ms. */
  readonly deriveMs: number
  /** Symbols derived from at once. */
  readonly maxSymbols: number
  /** The first that fits a symbol; always open and UTC where none does. */
  readonly calendars: readonly CalendarRule[]
  /** A `restore` message follows once the channels are declared. */
  readonly isRestored: boolean
}

/** What a producer thread is started with; `port` is transferred. */
export interface ProducerTask {
  readonly spec: ProducerSpec
  readonly epoch: string
  readonly port: InstanceType<typeof MessagePort>
  /** First credit; see `creditOf`. */
  readonly credit: number
  readonly derive: DeriveTask
}
