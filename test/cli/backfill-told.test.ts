import { describe, expect, it } from 'vitest'
import { BackfillBar, progressText } from '../../src/cli/backfill-progress.ts'
import { shortLivedNotes } from '../../src/cli/backfill-retention.ts'
import { type BackfillOutcome, summaryOf } from '../../src/cli/backfill-summary.ts'

const HOUR_MS = 3_600_000

describe('The progress of a backfill', () => {
  it('is told in share, bytes, trades, trades a second, and time left', () => {
    const progress = { bytes: 4_500_000, lines: 9, trades: 30_000 }
    expect(progressText(progress, 18_000_000, 10_000)).toBe(
      '25%, 4.5 of 18.0 MB, 30,000 trades, 3,000 trades/s, 30 s left'
    )
    expect(progressText(progress, 18_000_000, 3_600_000)).toMatch(/, 3 h 0 min left$/)
    expect(progressText(progress, 18_000_000, 100_000)).toMatch(/, 5 min 0 s left$/)
  })

  it('makes sense before the first byte, of nothing, and of a file that has grown', () => {
    const progress = { bytes: 0, lines: 0, trades: 0 }
    expect(progressText(progress, 10, 0)).toBe('0%, 0.0 of 0.0 MB, 0 trades, 0 trades/s')
    expect(progressText(progress, 0, 1)).toMatch(/^0%/)
    expect(progressText({ ...progress, bytes: 20 }, 10, 1)).toMatch(/^100%.* 0 s left$/)
  })

  it('is a bar that fits a terminal and is taken away, and plain lines elsewhere', async () => {
    const written: string[] = []
    const output = { isTTY: true, columns: 30, write: (text: string) => written.push(text) > 0 }
    const bar = new BackfillBar(100, output as never)
    bar.note({ bytes: 50, lines: 1, trades: 1 })
    bar.start()
    while (written.length === 0) await new Promise((resolve) => setTimeout(resolve, 10))
    bar.stop()
    expect(written[0]).toBe('\r\x1b[K[############------------] 50')
    expect(written.at(-1)).toBe('\r\x1b[K')

    written.length = 0
    const plain = new BackfillBar(100, { ...output, isTTY: false } as never)
    plain.say('hello')
    plain.stop()
    expect(written).toEqual(['hello\n'])
  })
})

describe('The summary of a backfill', () => {
  const report: BackfillOutcome['report'] = {
    ...{ isWhole: true, lines: 1_234, bytes: 5_600_000, trades: 1_000, inputErrors: 0, malformed: 0, tooLate: 0 },
    ...{ withoutCandles: 0, restarts: 0, candles: { '1s': 900, '1m': 1_015 } },
    symbols: [{ ticker: 'SIM:AAPL', trades: 1_000, from: Date.UTC(2026, 0, 5, 1, 2, 3), to: Date.UTC(2026, 0, 6) }]
  }
  const outcome: BackfillOutcome = {
    ...{ report, problems: [], notes: [], fileCount: 2, durationMs: 3_210, historyFile: '/a b/h.sqlite', port: 9_000 },
    stored: { trades: 600, candles: 1_900, known: 415 }
  }

  it('tells what was read, what is new, and how to look at it', () => {
    expect(summaryOf(outcome).split('\n')).toEqual([
      'backfilled 1,234 lines (5.6 MB) of 2 files in 3.2 s into /a b/h.sqlite',
      '  trades   1,000 read, 600 new',
      '  candles  900 of 1s, 1,015 of 1m; 1,900 new or changed',
      '  415 trades and candles stored already',
      '  SIM:AAPL  1,000 trades, 2026-01-05T01:02:03.000Z to 2026-01-06T00:00:00.000Z',
      '  no input errors',
      'look at it:',
      "  tickcast serve --history-file '/a b/h.sqlite'",
      "  curl 'http://localhost:9000/api/v1/candles?symbol=SIM:AAPL&interval=1m&from=1767574920000'"
    ])
  })

  it('tells what could not be used, and why', () => {
    const troubled = { ...report, inputErrors: 7, malformed: 1, tooLate: 2, withoutCandles: 3, restarts: 1 }
    const text = summaryOf({ ...outcome, report: troubled, problems: ['a:1: bad', 'b:2: worse'], notes: ['a note'] })
    expect(text).toContain('  7 input errors:\n    a:1: bad\n    b:2: worse\n    … and 5 more\n  1 message left out')
    expect(text).toContain('2 trades too late')
    expect(text).toContain('3 trades without candles: raise --max-derived-symbols')
    expect(text).toContain('time went back for good')
    expect(text).toContain('\n  a note\n')
  })

  it('counts the symbols that it does not list, and says what to do when it ended early', () => {
    const [one] = report.symbols
    const symbols = Array.from({ length: 22 }, () => one).filter((symbol) => symbol !== undefined)
    expect(summaryOf({ ...outcome, report: { ...report, symbols } })).toContain('  … and 2 more symbols\n')
    const early = summaryOf({ ...outcome, report: { ...report, isWhole: false } })
    expect(early).toMatch(/^ended early after 1,234 lines/)
    expect(early).toContain('the same command again completes it')
  })

  it('has nothing to look at without trades', () => {
    expect(summaryOf({ ...outcome, report: { ...report, symbols: [], candles: {} } })).not.toContain('look at it')
  })
})

describe('What a server would drop of a backfill', () => {
  const retention = { tradesMs: 6 * HOUR_MS, secondCandlesMs: 24 * HOUR_MS, minuteCandlesMs: 0, coarseCandlesMs: 0 }
  const notesOf = (spanMs: number) =>
    shortLivedNotes([{ ticker: 'SIM:A', trades: 1, from: 0, to: spanMs }], retention, async () => ({
      first: 0,
      last: spanMs
    }))

  it('is told when it is older than what a server keeps, for each kind, and not before', async () => {
    expect(await notesOf(6 * HOUR_MS)).toEqual([])
    expect(await notesOf(6 * HOUR_MS + 1)).toEqual([expect.stringContaining('keeps trades for 6 h')])
    expect(await notesOf(24 * HOUR_MS + 1)).toEqual([
      expect.stringContaining('--history-trade-hours'),
      expect.stringContaining('--history-second-hours')
    ])
  })
})
