import { BACKFILL_MARK, type BackfillSpan } from '../protocol/backfill.ts'
import type { Candle, Trade } from '../protocol/market-data.ts'
import { createPayloadCheck } from '../protocol/payload-check.ts'
import type { Update } from '../protocol/server-events.ts'

interface UpdatePlace {
  readonly channel: string
  readonly seq: number
  readonly prev: number
  /** Venue clock, ms. */
  readonly time: number
}
export type TradeUpdate = UpdatePlace & { readonly kind: 'trade'; readonly trade: Trade }
export type CandleUpdate = UpdatePlace & { readonly kind: 'candle'; readonly candle: Candle }

/** The time of the producer began anew with the update that follows; see `RewindMessage`. */
export interface Rewind {
  readonly kind: 'rewind'
  /** All its trade and candle channels, those included that are still to be heard of. */
  readonly channels: readonly string[]
}

/** How much of a channel a recording holds. */
export type SpanEntry = BackfillSpan & { readonly kind: 'span' }

/** Updates of one life of one producer, in the order they were numbered; or of recorded files, in their order. */
export interface UpdateBatch {
  readonly epoch: string
  /** To be merged into what is stored; the numbers of its updates mean nothing. */
  readonly isBackfill: boolean
  readonly updates: readonly HistoryEntry[]
  /** Updates left out because they do not have the documented form. */
  readonly refused: number
}

/** A rewind as an entry of the JSON, made by the main thread itself. */
interface Rewound {
  readonly rewind: readonly string[]
}

type HistoryEntry = TradeUpdate | CandleUpdate | Rewind | SpanEntry
/** An entry as it was parsed, before it is known to be one. */
type Parsed = Partial<Update & BackfillSpan & typeof BACKFILL_MARK & Rewound>

/** Reads the JSON of a batch, UTF-8, `[update,…]`. */
export type ReadBatch = (epoch: string, bytes: Uint8Array) => UpdateBatch

/**
 * Makes a reader of batches.
 *
 * Producers may be anybody's code, and a row of another form could not be stored: so this is the edge where their
 * payloads are checked, and what is refused is counted.
 */
export function createBatchReader(): ReadBatch {
  const check = createPayloadCheck()
  const decoder = new TextDecoder()
  const read = (update: Parsed): HistoryEntry | undefined => {
    if (update.rewind !== undefined) return { kind: 'rewind', channels: update.rewind }
    if (update.span !== undefined) return spanOf(update)
    const { channel, seq, prev = Number(seq) - 1, data } = update
    // Whole milliseconds, as candles are made of.
    const time = Math.floor(Number(update.exchangeTime))
    if (typeof channel !== 'string' || !areCounts(seq, prev, time)) return undefined
    const kind = channel.slice(0, channel.indexOf(':'))
    if ((kind !== 'trade' && kind !== 'candle') || check(kind, data) !== undefined) return undefined
    const place = { channel, seq: Number(seq), prev, time }
    if (kind === 'trade') return { ...place, kind, trade: data as Trade }
    const candle = data as Candle
    return areCounts(candle.openTime, candle.trades) ? { ...place, kind, candle } : undefined
  }
  return (epoch, bytes) => {
    const entries = parsed(decoder.decode(bytes))
    const isBackfill = entries[0]?.backfill === BACKFILL_MARK.backfill
    const listed = isBackfill ? entries.slice(1) : entries
    const updates = listed.map((update) => read(update ?? {})).filter((update) => update !== undefined)
    return { epoch, isBackfill, updates, refused: listed.length - updates.length }
  }
}

function spanOf({ span, channel, from, to }: Parsed): SpanEntry | undefined {
  if ((span !== 'begun' && span !== 'whole') || typeof channel !== 'string' || !areCounts(from, to)) return undefined
  return { kind: 'span', span, channel, from: Number(from), to: Number(to) }
}

/** Whole numbers that the database can hold. */
function areCounts(...values: readonly unknown[]): boolean {
  return values.every((value) => Number.isSafeInteger(value) && Number(value) >= 0)
}

/** Text that is no list counts as one update of a wrong form. */
function parsed(text: string): readonly (Parsed | null)[] {
  try {
    const list: unknown = JSON.parse(text)
    return Array.isArray(list) ? list : [null]
  } catch {
    return [null]
  }
}
