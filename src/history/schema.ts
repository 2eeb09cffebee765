import type { DatabaseSync } from 'node:sqlite'
import { HistoryError } from './history-error.ts'

/** Marks a database file as ours: `tick` in ASCII. */
const APPLICATION_ID = 0x7469636b

/**
 * What makes version n+1 of version n, by place. Never change an entry that was released; add one.
 *
 * Rows are clustered by channel and time, so that a page is read in one piece. Decimals are text, exactly as they came.
 * An epoch is a number that grows in the order in which epochs were first seen, so that (epoch, seq) orders all
 * messages of a channel.
 */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE epochs (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
   CREATE TABLE channels (
     id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,
     epoch INTEGER NOT NULL, seq INTEGER NOT NULL, time INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE trades (
     channel INTEGER NOT NULL, time INTEGER NOT NULL, epoch INTEGER NOT NULL, seq INTEGER NOT NULL,
     id TEXT NOT NULL, price TEXT NOT NULL, size TEXT NOT NULL, is_buy INTEGER NOT NULL, conditions TEXT,
     PRIMARY KEY (channel, time, epoch, seq)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE candles (
     channel INTEGER NOT NULL, open_time INTEGER NOT NULL,
     open TEXT NOT NULL, high TEXT NOT NULL, low TEXT NOT NULL, close TEXT NOT NULL,
     volume TEXT NOT NULL, quote_volume TEXT NOT NULL, trades INTEGER NOT NULL,
     taker_buy_volume TEXT NOT NULL, vwap TEXT NOT NULL,
     is_closed INTEGER NOT NULL, is_partial INTEGER NOT NULL,
     PRIMARY KEY (channel, open_time)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE holes (
     channel INTEGER NOT NULL, from_time INTEGER NOT NULL, to_time INTEGER NOT NULL,
     PRIMARY KEY (channel, from_time)
   ) STRICT, WITHOUT ROWID;`,
  // Of a channel of candles: place of the newest trade that came before a candle in progress was told last.
  `ALTER TABLE channels ADD COLUMN trades_epoch INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE channels ADD COLUMN trades_seq INTEGER NOT NULL DEFAULT 0;`
]

/** Version of the tables that this program writes. */
export const SCHEMA_VERSION = MIGRATIONS.length

/**
 * Refuses a database that this program must not touch. Changes nothing.
 *
 * @throws HistoryError `newer_schema` or `foreign_file`.
 */
export function checkSchema(database: DatabaseSync, file: string): void {
  const version = pragma(database, 'user_version')
  const applicationId = pragma(database, 'application_id')
  const tables = Number(database.prepare('SELECT count(*) AS count FROM sqlite_schema').get()?.count)
  if (applicationId !== APPLICATION_ID && (applicationId !== 0 || version !== 0 || tables > 0)) {
    throw new HistoryError(
      `history file ${file} must be a history of tickcast or not exist yet; found a database of another program. Name another file`,
      { code: 'foreign_file' }
    )
  }
  if (version > SCHEMA_VERSION) {
    throw new HistoryError(
      `history file ${file} must have schema version ${SCHEMA_VERSION} or older; found ${version}, written by a newer ` +
        'tickcast. Run that version, or name another file',
      { code: 'newer_schema' }
    )
  }
}

/** Brings the tables up to the present version, each step whole or not at all. */
export function migrate(database: DatabaseSync): void {
  for (let version = pragma(database, 'user_version'); version < SCHEMA_VERSION; version++) {
    database.exec(`BEGIN IMMEDIATE;
      ${MIGRATIONS[version] ?? ''}
      PRAGMA application_id = ${APPLICATION_ID};
      PRAGMA user_version = ${version + 1};
      COMMIT;`)
  }
}

/** The value of a pragma that is a number. */
export function pragma(database: DatabaseSync, name: string): number {
  return Number(Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0])
}
