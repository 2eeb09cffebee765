import { resolve } from 'node:path'
import { type OpenedHistory, openHistoryFile, retentionOf } from '../app/history.ts'
import { calendarRules } from '../config/calendar-rules.ts'
import { environment } from '../config/environment.ts'
import { loadSettings } from '../config/load-settings.ts'
import type { Settings } from '../config/settings.ts'
import type { BackfillJob, BackfillReport } from '../protocol/backfill.ts'
import { createCounters } from '../telemetry/counters.ts'
import { JobsPool } from '../threads/jobs-pool.ts'
import { BackfillBar } from './backfill-progress.ts'
import { shortLivedNotes } from './backfill-retention.ts'
import { summaryOf } from './backfill-summary.ts'
import { BackfillWriting } from './backfill-writing.ts'
import { CliError } from './cli-error.ts'
import { recordedBytes } from './recorded-files.ts'
import type { ServeFlags } from './serve-command.ts'
import { onStopSignal } from './stop-signal.ts'

interface BackfillJobs {
  readonly backfill: { readonly input: BackfillJob; readonly output: BackfillReport }
}

/** Heap of the thread of the job, MiB. */
const MAX_HEAP_MB = 1_024
/** Time in which the job shall end when it is asked to; then it is ended, ms. */
const STOP_MS = 5_000
/** Exit codes of a process that a signal has ended, by the custom of shells. */
const EXIT_OF_SIGNAL: Partial<Readonly<Record<NodeJS.Signals, number>>> = { SIGINT: 130, SIGTERM: 143 }

/**
 * Puts trades and candles of recorded files into the history file.
 *
 * ```
 * files ── job's thread: replay, derive ══batches══► here ══► history's thread ──► file
 *                           ◄──────────── written ───┘
 * ```
 *
 * @throws ConfigError, HistoryError and CliError, whose messages are for the user.
 */
export async function backfill(files: readonly string[], flags: ServeFlags): Promise<void> {
  const settings = loadSettings({ flags, env: environment() })
  const bar = new BackfillBar(files.reduce((sum, file) => sum + (recordedBytes(file) ?? 0), 0))
  const counters = createCounters()
  const say = (text: string) => bar.say(text)
  const log = { info: say, warn: say, error: say }
  const startedMs = performance.now()
  const history = await openHistoryFile(settings, { counters, log, now: () => performance.now() })
  const problems: string[] = []
  const jobs = new JobsPool<BackfillJobs>({
    maxThreads: 1,
    maxWaiting: 0,
    timeoutMs: Number.POSITIVE_INFINITY,
    maxHeapMb: MAX_HEAP_MB,
    counters,
    onError: (error) => say(`a thread failed: ${error.message}`)
  })
  try {
    const job = {
      files: files.map((file) => resolve(file)),
      calendars: calendarRules(settings.calendars),
      maxSymbols: settings.maxDerivedSymbols
    }
    const { port, output } = jobs.converse('backfill', job) ?? noThread()
    const writing = new BackfillWriting({
      ...{ port, counters, client: history.client, file: history.file },
      onProgress: (progress) => bar.note(progress),
      onProblem: (text) => problems.push(text)
    })
    say(`backfilling ${history.file}; Ctrl-C ends it`)
    bar.start()
    onStopSignal((signal) => {
      process.exitCode = EXIT_OF_SIGNAL[signal] ?? 1
      say(`${signal}: ends when what was read is written`)
      writing.askToStop()
      setTimeout(() => void jobs.stop(), STOP_MS).unref()
    })
    const report = await Promise.race([output, writing.failed]).finally(() => writing.close())
    bar.stop()
    const notes = await notesOf(report, history, settings)
    process.stdout.write(
      `${summaryOf({
        ...{ report, problems, notes },
        stored: {
          trades: counters.historyTradesWritten,
          candles: counters.historyCandlesWritten,
          known: counters.historyDuplicates
        },
        fileCount: files.length,
        durationMs: performance.now() - startedMs,
        historyFile: history.file,
        port: settings.port
      })}\n`
    )
  } catch (error) {
    throw explained(error)
  } finally {
    bar.stop()
    await jobs.stop()
    await history.client.stop()
  }
}

function notesOf(report: BackfillReport, { client }: OpenedHistory, settings: Settings): Promise<readonly string[]> {
  return shortLivedNotes(report.symbols, retentionOf(settings), (channel) => client.query({ kind: 'bounds', channel }))
}

function noThread(): never {
  throw new Error('the pool has refused its first job')
}

/** The job says in a sentence what is wrong with a file; whatever else it fails of is a bug. */
function explained(error: unknown): unknown {
  const { cause } = error instanceof Error ? error : {}
  const isOfFile = cause instanceof Error && cause.message.startsWith('Cannot replay ')
  return isOfFile ? new CliError(cause.message, { cause }) : error
}
