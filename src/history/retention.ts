import type { ChannelName } from '../protocol/channel.ts'
import { intervalEnd } from './interval.ts'

/** How long data is kept, ms; 0 for ever. */
export interface Retention {
  readonly tradesMs: number
  /** Candles of less than a minute. */
  readonly secondCandlesMs: number
  /** Candles from one minute to less than five, and those whose interval is not understood. */
  readonly minuteCandlesMs: number
  /** Candles of five minutes and more. */
  readonly coarseCandlesMs: number
}

const MINUTE_MS = 60_000
const COARSE_MS = 5 * MINUTE_MS

/** How long data of this channel is kept, ms; 0 for ever. */
export function keptMs({ kind, param = '' }: ChannelName, retention: Retention): number {
  if (kind === 'trade') return retention.tradesMs
  const lengthMs = intervalEnd(0, param) ?? MINUTE_MS
  if (lengthMs < MINUTE_MS) return retention.secondCandlesMs
  return lengthMs < COARSE_MS ? retention.minuteCandlesMs : retention.coarseCandlesMs
}
