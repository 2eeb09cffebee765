/** Why history refused something, or could not do it. The names are stable. */
export type HistoryErrorCode =
  /** At opening: the file or its folder cannot be written. */
  | 'not_writable'
  /** At opening: another process has the file open. */
  | 'in_use'
  /** At opening: the file was written by a newer version of the program. */
  | 'newer_schema'
  /** At opening: the file is a sound database of some other program. */
  | 'foreign_file'
  /** At opening: so many damaged files were set aside already that the disk is the likelier culprit. */
  | 'too_many_damaged'
  /** The file turned out to be damaged while this was read; a new one was begun. */
  | 'damaged'
  /** The database failed in another way; the message says how. */
  | 'store_failed'
  /** A cursor that no page of trades has given. */
  | 'bad_cursor'
  /** Too many queries are under way. Temporary. */
  | 'busy'
  /** No answer in time. Temporary. */
  | 'timeout'
  /** Whoever asked does not want the answer any more. */
  | 'cancelled'
  /** The history thread died, or has not started again yet. Temporary. */
  | 'thread_failed'
  /** History is stopped or stopping. */
  | 'stopped'

/** A failure of history; its message gives expected, found, and remedy. */
export class HistoryError extends Error {
  override readonly name = 'HistoryError'
  readonly code: HistoryErrorCode

  constructor(message: string, { code, ...options }: ErrorOptions & { readonly code: HistoryErrorCode }) {
    super(message, options)
    this.code = code
  }
}
