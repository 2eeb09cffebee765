import { access, constants, mkdir } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { ConfigError } from '../config/config-error.ts'
import type { Settings } from '../config/settings.ts'
import { HistoryClient } from '../history/history-client.ts'
import { HistoryError } from '../history/history-error.ts'
import type { HistoryThreadOptions } from '../history/history-messages.ts'
import type { Retention } from '../history/retention.ts'
import type { Counters } from '../telemetry/counters.ts'
import { startHistoryThread } from '../threads/history-thread.ts'

/** The file of history where none is named, below the working folder. */
const USUAL_FILE = 'data/history.sqlite'
/** `auto`, or `auto:FILE`. */
const AUTO = /^auto(?::(?<file>.+))?$/
const IN_MEMORY = ':memory:'
/** History in memory keeps no more than this, whatever the settings allow a file. */
const IN_MEMORY_LIMIT = { tradeHours: 1, fileMb: 128 } as const
const HOUR_MS = 3_600_000
const BYTES_PER_MB = 1024 * 1024
/** For what is filled at leisure: nothing is dropped because of its age, and nobody falls behind. */
const FILLED = {
  historyTradeHours: 0,
  historySecondHours: 0,
  historyMinuteDays: 0,
  historyCoarseDays: 0,
  historyMaxUnwrittenMb: 256
} as const
/** Why a file that need not be used is left alone. */
const UNUSABLE: ReadonlySet<string> = new Set(['in_use', 'not_writable', 'foreign_file', 'newer_schema'])

export interface HistoryParts {
  readonly counters: Counters
  readonly log: Readonly<Record<'info' | 'warn' | 'error', (text: string) => void>>
  /** Monotonic clock, ms. */
  readonly now: () => number
}

/** History as it was opened. */
export interface OpenedHistory {
  readonly client: HistoryClient
  /** Path, or `:memory:`. */
  readonly file: string
}

/**
 * Opens history; `undefined` when it is switched off. With `auto` it is kept in memory, with a warning, where the file
 * cannot be used: a second server in the same folder, or a read-only disk, must not keep anybody from a first look.
 *
 * @throws HistoryError when the file that is named cannot be used.
 */
export async function openHistory(settings: Settings, parts: HistoryParts): Promise<OpenedHistory | undefined> {
  const { historyFile } = settings
  if (historyFile === 'none') return undefined
  const auto = AUTO.exec(historyFile)
  if (auto === null) return open(historyFile === IN_MEMORY ? IN_MEMORY : resolve(historyFile), settings, parts)
  try {
    const file = resolve(auto.groups?.file ?? USUAL_FILE)
    await mkdir(dirname(file), { recursive: true })
    await access(dirname(file), constants.W_OK)
    return await open(file, settings, parts)
  } catch (error) {
    const isUnusable = error instanceof HistoryError ? UNUSABLE.has(error.code) : true
    if (!isUnusable) throw error
    const reason = error instanceof Error ? error.message : String(error)
    parts.log.warn(`history is kept in memory, and gone when the server ends: ${reason}`)
    return open(IN_MEMORY, settings, parts)
  }
}

/**
 * Opens the file of history for a command that fills it while no server runs; nothing old is dropped meanwhile.
 *
 * @throws ConfigError when the setting names no file; HistoryError when the file cannot be used.
 */
export async function openHistoryFile(settings: Settings, parts: HistoryParts): Promise<OpenedHistory> {
  const { historyFile } = settings
  if (historyFile === 'none' || historyFile === IN_MEMORY) {
    throw new ConfigError([
      `historyFile: expected auto or the path of a file, found ${historyFile}: nothing would be left. ` +
        'Write e.g. --history-file data/history.sqlite'
    ])
  }
  const auto = AUTO.exec(historyFile)
  const file = auto === null ? historyFile : (auto.groups?.file ?? USUAL_FILE)
  return open(resolve(file), { ...settings, ...FILLED }, parts)
}

/** How long a server with these settings keeps data. */
export function retentionOf(settings: Settings): Retention {
  return {
    tradesMs: settings.historyTradeHours * HOUR_MS,
    secondCandlesMs: settings.historySecondHours * HOUR_MS,
    minuteCandlesMs: settings.historyMinuteDays * 24 * HOUR_MS,
    coarseCandlesMs: settings.historyCoarseDays * 24 * HOUR_MS
  }
}

async function open(file: string, settings: Settings, { counters, log, now }: HistoryParts): Promise<OpenedHistory> {
  const options = threadOptions(file, settings)
  const client = new HistoryClient({
    startThread: () => startHistoryThread(options),
    counters,
    log: (level, text) => log[level](text),
    maxUnwrittenBytes: settings.historyMaxUnwrittenMb * BYTES_PER_MB,
    queryTimeoutMs: settings.historyQueryMs,
    stopMs: settings.shutdownMs,
    now
  })
  await client.start()
  return { client, file }
}

function threadOptions(file: string, settings: Settings): HistoryThreadOptions {
  const isInMemory = file === IN_MEMORY
  const { tradeHours, fileMb } = IN_MEMORY_LIMIT
  const { historyTradeHours: hours, historyMaxFileMb: mb } = settings
  return {
    file,
    durability: settings.historyDurability,
    maxFileBytes: (isInMemory && mb === 0 ? fileMb : mb) * BYTES_PER_MB,
    writeMs: settings.historyWriteMs,
    retention: retentionOf(
      isInMemory ? { ...settings, historyTradeHours: Math.min(hours || tradeHours, tradeHours) } : settings
    )
  }
}
