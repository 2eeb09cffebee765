import type { HistoryBounds } from '../history/history-store.ts'
import { keptMs, type Retention } from '../history/retention.ts'
import type { BackfilledSymbol } from '../protocol/backfill.ts'
import { parseChannel } from '../protocol/channel.ts'

/** Symbols that are looked at: the limits are the same for all. */
const MAX_SYMBOLS = 50
const HOUR_MS = 3_600_000

/** What a server drops by its age, and the setting that says when. */
const KINDS = [
  { name: 'trades', kind: 'trade', suffix: '', flag: '--history-trade-hours' },
  { name: 'candles of 1s', kind: 'candle', suffix: ':1s', flag: '--history-second-hours' },
  { name: 'candles of 1m', kind: 'candle', suffix: ':1m', flag: '--history-minute-days' },
  { name: 'candles of 5m', kind: 'candle', suffix: ':5m', flag: '--history-coarse-days' }
] as const

/**
 * What a server would drop soon after its start, a sentence for each kind: it keeps data for a time that ends with the
 * newest entry of each channel, and a recording may be older than that.
 */
export async function shortLivedNotes(
  symbols: readonly BackfilledSymbol[],
  retention: Retention,
  boundsOf: (channel: string) => Promise<HistoryBounds | undefined>
): Promise<readonly string[]> {
  const notes: string[] = []
  for (const { name, kind, suffix, flag } of KINDS) {
    for (const { ticker, from } of symbols.slice(0, MAX_SYMBOLS)) {
      const channel = `${kind}:${ticker}${suffix}`
      const parsed = parseChannel(channel)
      const lengthMs = parsed === undefined ? 0 : keptMs(parsed, retention)
      const { last = 0 } = (lengthMs > 0 && (await boundsOf(channel))) || {}
      if (last - from <= lengthMs) continue
      const hours = (lengthMs / HOUR_MS).toLocaleString('en')
      notes.push(`a server keeps ${name} for ${hours} h before the newest, and drops older ones: raise ${flag}, or 0`)
      break
    }
  }
  return notes
}
