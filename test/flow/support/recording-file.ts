import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { formatRecordingLine } from '../../../src/protocol/recording.ts'

export const RECORDED_QUOTE = 'quote:LAB:GOLD'
export const RECORDED_TRADE = 'trade:LAB:GOLD'

/** A recording of `count` quotes and as many trades, one pair a millisecond; removed when the test ends. */
export function recordingFile(count: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'tickcast-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'session.ndjson')
  const startTime = 1_700_000_000_000
  const header = formatRecordingLine({ tickcast: 1, recordedAt: startTime, source: 'a test' })
  const lines = Array.from({ length: count }, (_, n) => {
    const common = { seq: n + 1, exchangeTime: startTime + n, ingestTime: startTime + n }
    const quote = { bid: String(n), bidSize: '1', ask: String(n + 1), askSize: '1' }
    const trade = { id: String(n + 1), price: String(n), size: '1', side: 'buy' }
    const u = [
      { channel: RECORDED_QUOTE, ...common, data: quote },
      { channel: RECORDED_TRADE, ...common, data: trade }
    ]
    return formatRecordingLine({ t: common.exchangeTime, e: 'updates', u })
  })
  writeFileSync(file, `${header}${lines.join('')}`)
  return file
}
