/** Primary result codes of SQLite that history tells apart. @see https://sqlite.org/rescode.html */
export const SQLITE = {
  busy: 5,
  noMemory: 7,
  readOnly: 8,
  inputOutput: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  notADatabase: 26
} as const

/** The primary result code of a failure of the database; `undefined` for any other failure. */
export function sqliteCodeOf(error: unknown): number | undefined {
  const extended = error instanceof Error && 'errcode' in error ? error.errcode : undefined
  return typeof extended === 'number' ? extended & 0xff : undefined
}

/** The file does not hold what a sound database holds. */
export function isDamage(error: unknown): boolean {
  return isOneOf(error, SQLITE.corrupt, SQLITE.notADatabase)
}

/** The machine failed, not the program: a full disk, a lost mount. Later it may work. */
export function isEnvironment(error: unknown): boolean {
  const { busy, noMemory, readOnly, inputOutput, full, cannotOpen } = SQLITE
  return isOneOf(error, busy, noMemory, readOnly, inputOutput, full, cannotOpen)
}

function isOneOf(error: unknown, ...codes: readonly number[]): boolean {
  const code = sqliteCodeOf(error)
  return code !== undefined && codes.includes(code)
}
