import { mkdirSync, readdirSync, renameSync, statSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { HistoryError } from './history-error.ts'
import { checkSchema, migrate } from './schema.ts'
import { isDamage, SQLITE, sqliteCodeOf } from './sqlite-codes.ts'

/** A database that lives in memory only. */
const IN_MEMORY = ':memory:'

/**
 * When a commit is safe.
 *
 * Both survive `kill -9` and a crash of the process. `normal` may lose the commits of the last moments when the machine
 * loses power, and never damages the file by it; `full` waits for the disk at each commit and loses nothing.
 */
export type Durability = 'normal' | 'full'

export interface DatabaseOptions {
  /** Path, or `:memory:`. */
  readonly file: string
  readonly durability: Durability
  /** Largest size of the file, bytes; 0 for no limit. */
  readonly maxFileBytes: number
}

/** Damaged files beside the database; one more is not set aside, it is time for a person to look. */
const MAX_DAMAGED_FILES = 5
/** Larger files are not read through when they are opened, which would take seconds; damage shows when it is met. */
const MAX_CHECKED_BYTES = 256 * 1024 * 1024
/** Time to wait for a process that is about to release the file, ms. */
const BUSY_MS = 2_000
/** Memory for pages, KiB. */
const CACHE_KIB = 16 * 1024
/** The write-ahead log is cut back to this size, bytes. */
const WAL_BYTES = 16 * 1024 * 1024

/**
 * Opens the database, and begins a new one when there is none. A damaged file is set aside first.
 *
 * @param onDamaged told what was set aside, in a sentence.
 * @throws HistoryError when the file cannot be opened or must not be touched.
 */
export function openDatabase(options: DatabaseOptions, onDamaged: (text: string) => void): DatabaseSync {
  try {
    return openFile(options)
  } catch (error) {
    if (!isDamage(error)) throw explained(error, options.file)
    onDamaged(setAside(options.file, error))
    return openDatabase(options, onDamaged)
  }
}

/**
 * Renames a damaged database, so that nothing of it is lost and a new one can begin. It must be closed.
 *
 * @returns what happened, in a sentence.
 * @throws HistoryError `too_many_damaged`.
 */
export function setAside(file: string, cause: unknown): string {
  const earlier = readdirSync(dirname(file)).filter((name) => name.startsWith(`${basename(file)}.damaged-`))
  const databases = earlier.filter((name) => !/-(wal|shm)$/.test(name))
  if (databases.length >= MAX_DAMAGED_FILES) {
    throw new HistoryError(
      `history file ${file} is damaged, and ${databases.length} damaged files are beside it already. Check the disk, then ` +
        'move them away',
      { code: 'too_many_damaged', cause }
    )
  }
  const aside = `${file}.damaged-${new Date().toISOString().replace(/[:.]/g, '-')}`
  for (const suffix of ['', '-wal', '-shm']) {
    if (sizeOf(file + suffix) !== undefined) renameSync(file + suffix, aside + suffix)
  }
  const found = cause instanceof Error ? cause.message : String(cause)
  return (
    `history file ${file} is damaged: expected a sound database; found: ${found}. It was set aside as ${aside}, and a ` +
    `new one was begun. sqlite3 '${aside}' .recover shows what is left of it`
  )
}

/** Bytes of a file; `undefined` when there is none. */
function sizeOf(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.size
}

function openFile({ file, durability, maxFileBytes }: DatabaseOptions): DatabaseSync {
  const isFile = file !== IN_MEMORY
  if (isFile) mkdirSync(dirname(file), { recursive: true })
  const database = new DatabaseSync(file, { timeout: BUSY_MS })
  try {
    // One owner: positions are kept in memory, and a second writer would make them wrong.
    database.exec(`PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -${CACHE_KIB}`)
    checkSchema(database, file)
    database.exec(
      `PRAGMA journal_mode = WAL; PRAGMA synchronous = ${durability}; PRAGMA journal_size_limit = ${WAL_BYTES}`
    )
    if (isFile && (sizeOf(file) ?? 0) <= MAX_CHECKED_BYTES) checkPages(database)
    limitSize(database, maxFileBytes)
    // Takes the lock, and shows whether the file can be written.
    database.exec('BEGIN IMMEDIATE; COMMIT')
    migrate(database)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** @throws Error that counts as damage. */
function checkPages(database: DatabaseSync): void {
  const found = database.prepare('PRAGMA quick_check(1)').get()?.quick_check
  if (found !== 'ok') {
    const text = String(found).replace(/^\*+.*\*+\n/, '')
    throw Object.assign(new Error(text), { errcode: SQLITE.corrupt })
  }
}

function limitSize(database: DatabaseSync, maxFileBytes: number): void {
  if (maxFileBytes === 0) return
  const pageBytes = Number(database.prepare('PRAGMA page_size').get()?.page_size)
  database.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(maxFileBytes / pageBytes))}`)
}

/** The same failure as an operator needs it. */
function explained(error: unknown, file: string): unknown {
  if (error instanceof HistoryError) return error
  const found = error instanceof Error ? error.message : String(error)
  if (sqliteCodeOf(error) === SQLITE.busy) {
    return new HistoryError(
      `history file ${file} must belong to one process; found: ${found}. Stop the other one, or name another file`,
      { code: 'in_use', cause: error }
    )
  }
  return new HistoryError(
    `history file ${file} must be writable, and its folder too; found: ${found}. Change their permissions, name another ` +
      'file, or switch history off',
    { code: 'not_writable', cause: error }
  )
}
