import type { DatabaseSync } from 'node:sqlite'
import { parseChannel } from '../protocol/channel.ts'
import type { PruneResult } from './history-store.ts'
import { keptMs, type Retention } from './retention.ts'

/** Rows removed at once, so that a query waits no longer for pruning than for a transaction. */
const SLICE_ROWS = 2_000
/** Channels looked at at once. */
const SLICE_CHANNELS = 500

interface ChannelRow {
  readonly id: number
  readonly name: string
}

/** Removes what is older than the retention, channel by channel, a slice at each call. */
export class StorePruner {
  readonly #database: DatabaseSync
  readonly #retention: Retention
  readonly #channels
  readonly #tables
  readonly #holes
  /** The present pass is done up to this channel. */
  #doneId = 0

  constructor(database: DatabaseSync, retention: Retention) {
    this.#database = database
    this.#retention = retention
    this.#channels = database.prepare('SELECT id, name FROM channels WHERE id > ? ORDER BY id LIMIT ?')
    this.#tables = {
      trade: statements(database, 'trades', 'time'),
      candle: statements(database, 'candles', 'open_time')
    }
    this.#holes = database.prepare('DELETE FROM holes WHERE channel = ? AND to_time < ?')
  }

  prune(nowMs: number): PruneResult {
    let rows = 0
    const channels = this.#channels.all(this.#doneId, SLICE_CHANNELS) as unknown as ChannelRow[]
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      for (const channel of channels) {
        rows += this.#pruneChannel(channel, nowMs)
        if (rows >= SLICE_ROWS) break
        this.#doneId = channel.id
      }
      this.#database.exec('COMMIT')
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      throw error
    }
    const isDone = rows < SLICE_ROWS && channels.length < SLICE_CHANNELS
    if (isDone) this.#doneId = 0
    return { rows, isDone }
  }

  #pruneChannel({ id, name }: ChannelRow, nowMs: number): number {
    const parsed = parseChannel(name)
    const lengthMs = parsed === undefined ? 0 : keptMs(parsed, this.#retention)
    if (lengthMs === 0) return 0
    const { newest, nth, remove } = this.#tables[parsed?.kind === 'trade' ? 'trade' : 'candle']
    const newestMs = Number(newest.get(id)?.time ?? 0)
    const cutoff = Math.min(nowMs, newestMs) - lengthMs
    const last = nth.get(id, cutoff, SLICE_ROWS)
    const removed = Number(remove.run(id, last === undefined ? cutoff : Number(last.time) + 1).changes)
    if (last === undefined) this.#holes.run(id, cutoff)
    return removed
  }
}

function statements(database: DatabaseSync, table: string, time: string) {
  return {
    newest: database.prepare(`SELECT max(${time}) AS time FROM ${table} WHERE channel = ?`),
    /** Time of the row that ends a slice; none when what is too old is less than a slice. */
    nth: database.prepare(
      `SELECT ${time} AS time FROM ${table} WHERE channel = ? AND ${time} < ? ORDER BY ${time} LIMIT 1 OFFSET ?`
    ),
    remove: database.prepare(`DELETE FROM ${table} WHERE channel = ? AND ${time} < ?`)
  }
}
