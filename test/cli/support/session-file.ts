import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { onTestFinished } from 'vitest'
import { utcSpan } from '../../../src/market/candle-interval.ts'
import { formatRecordingLine } from '../../../src/protocol/recording.ts'
import { summarise, type TimedTrade } from '../../market/candle-oracle.ts'

/** A folder that is removed after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tickcast-backfill-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Trades of one symbol at random prices and distances, the same for the same seed. */
export function randomTrades(count: number, startMs: number, mostMs: number, seed: number): TimedTrade[] {
  let state = seed
  const random = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  let timeMs = startMs
  return Array.from({ length: count }, (_, n) => {
    timeMs += random(mostMs)
    const price = `${100 + random(50)}.${random(10)}`
    const side = random(2) === 0 ? ('buy' as const) : ('sell' as const)
    return { timeMs, trade: { id: `${seed}-${n}`, price, size: `0.${1 + random(9)}0`, side } }
  })
}

/** Lines of a recording of trades, as `record` writes them. */
export function recordingOf(ticker: string, trades: readonly TimedTrade[]): string {
  const header = formatRecordingLine({ tickcast: 1, recordedAt: trades[0]?.timeMs ?? 0, source: 'a test' })
  const lines = trades.map(({ timeMs, trade }, n) => {
    const update = { channel: `trade:${ticker}`, seq: n + 1, exchangeTime: timeMs, ingestTime: timeMs, data: trade }
    return formatRecordingLine({ t: timeMs, e: 'updates', u: [update] })
  })
  return header + lines.join('')
}

/** Writes a recording, compressed when its name ends in `.gz`. */
export function writeSession(path: string, text: string): string {
  writeFileSync(path, path.endsWith('.gz') ? gzipSync(text) : text)
  return path
}

/** Candles that trades make, worked out one by one; the first and the last are known in part only. */
export function candlesOf(trades: readonly TimedTrade[], interval: '1s' | '1m' | '5m') {
  const byStart = Map.groupBy(trades, ({ timeMs }) => utcSpan(interval, timeMs).startMs)
  const [firstMs = 0, lastMs = 0] = [trades[0]?.timeMs, trades.at(-1)?.timeMs]
  return [...byStart].map(([openTime, own]) => {
    const isPartial = openTime <= firstMs || openTime === utcSpan(interval, lastMs).startMs
    return { openTime, ...summarise(own), closed: true, ...(isPartial && { partial: true }) }
  })
}
