import type { BackfillReport } from '../protocol/backfill.ts'
import { amountOf } from './amount.ts'

/** Symbols told one by one. */
const SHOWN_SYMBOLS = 20
const BYTES_PER_MB = 1_000_000

/** What a backfill has done. */
export interface BackfillOutcome {
  readonly report: BackfillReport
  /** What history says of it. */
  readonly stored: { readonly trades: number; readonly candles: number; readonly known: number }
  /** The first inputs that could not be used, each with file and line. */
  readonly problems: readonly string[]
  /** What else the user should know, a sentence each. */
  readonly notes: readonly string[]
  readonly fileCount: number
  readonly durationMs: number
  readonly historyFile: string
  /** Of a server with the same settings. */
  readonly port: number
}

/** The summary at the end, with how to look at what was stored. */
export function summaryOf(outcome: BackfillOutcome): string {
  const { report, stored, fileCount, durationMs, historyFile } = outcome
  const { lines, bytes, isWhole, trades, symbols } = report
  const read = `${amountOf(lines, 'line')} (${(bytes / BYTES_PER_MB).toFixed(1)} MB) of ${amountOf(fileCount, 'file')}`
  const where = `in ${(durationMs / 1_000).toFixed(1)} s into ${historyFile}`
  return [
    isWhole ? `backfilled ${read} ${where}` : `ended early after ${read}, ${where}`,
    ...(isWhole ? [] : ['  what was written stays; the same command again completes it']),
    `  trades   ${trades.toLocaleString('en')} read, ${stored.trades.toLocaleString('en')} new`,
    `  candles  ${candlesText(report)}; ${stored.candles.toLocaleString('en')} new or changed`,
    `  ${amountOf(stored.known, 'trade or candle', 'trades and candles')} stored already`,
    ...symbols.slice(0, SHOWN_SYMBOLS).map(symbolLine),
    ...(symbols.length > SHOWN_SYMBOLS ? [`  … and ${amountOf(symbols.length - SHOWN_SYMBOLS, 'more symbol')}`] : []),
    ...troubleLines(outcome),
    ...lookLines(outcome)
  ].join('\n')
}

function candlesText({ candles }: BackfillReport): string {
  const counts = Object.entries(candles).map(([interval, count]) => `${count.toLocaleString('en')} of ${interval}`)
  return counts.length === 0 ? 'none' : counts.join(', ')
}

function symbolLine({ ticker, trades, from, to }: BackfillReport['symbols'][number]): string {
  return `  ${ticker}  ${amountOf(trades, 'trade')}, ${new Date(from).toISOString()} to ${new Date(to).toISOString()}`
}

function troubleLines({ report, problems, notes }: BackfillOutcome): readonly string[] {
  const { inputErrors, malformed, tooLate, withoutCandles, restarts } = report
  const rest = inputErrors - problems.length
  return [
    inputErrors === 0 ? '  no input errors' : `  ${amountOf(inputErrors, 'input error')}:`,
    ...problems.map((problem) => `    ${problem}`),
    ...(rest > 0 && problems.length > 0 ? [`    … and ${rest.toLocaleString('en')} more`] : []),
    ...(malformed > 0 ? [`  ${amountOf(malformed, 'message')} left out: not of the documented form`] : []),
    ...(tooLate > 0 ? [`  ${amountOf(tooLate, 'trade')} too late for all of their candles`] : []),
    ...(withoutCandles > 0
      ? [`  ${amountOf(withoutCandles, 'trade')} without candles: raise --max-derived-symbols, or check their times`]
      : []),
    ...(restarts > 0 ? ['  time went back for good: give the files in their order, or each in a run of its own'] : []),
    ...notes.map((note) => `  ${note}`)
  ]
}

function lookLines({ report, historyFile, port }: BackfillOutcome): readonly string[] {
  const [first] = report.symbols
  if (first === undefined) return []
  const query = `symbol=${first.ticker}&interval=1m&from=${first.from - (first.from % 60_000)}`
  return [
    'look at it:',
    `  tickcast serve --history-file ${quoted(historyFile)}`,
    `  curl 'http://localhost:${port}/api/v1/candles?${query}'`
  ]
}

/** As a shell wants it. */
function quoted(path: string): string {
  return /^[\w./:@-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`
}
