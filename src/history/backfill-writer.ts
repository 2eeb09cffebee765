import type { DatabaseSync } from 'node:sqlite'
import type { BackfillSpan } from '../protocol/backfill.ts'
import type { Candle } from '../protocol/market-data.ts'
import { ABANDON_CANDLE, candleRow, PUT_CANDLE } from './candle-row.ts'
import type { ChannelState, ChannelStates } from './channel-states.ts'
import type { AppendResult } from './history-store.ts'
import { intervalEnd } from './interval.ts'
import type { CandleUpdate, TradeUpdate, UpdateBatch } from './update-batch.ts'

type Counts = { -readonly [Name in keyof AppendResult]: number }

/** Stands for the epoch of what no producer has numbered; the epochs of producers begin at 1. */
const NO_EPOCH = 0

/** The trades of a channel in one millisecond. */
interface Moment {
  readonly time: number
  readonly ids: Set<unknown>
  /** Of those without an epoch. */
  lastSeq: number
}

/**
 * Merges recorded data into what is stored, wherever in time it belongs, and takes nothing away.
 *
 * - A trade that is stored already (same channel, time and id) is passed over. Others have no epoch, and are numbered
 *   within their millisecond.
 * - A candle takes the place of the stored one unless that knows more: a whole candle counts for more than one that is
 *   partial or in progress, and else the one of more trades. A recording of ten minutes does not undo a whole day.
 * - The live position of a channel, `(epoch, seq)`, is never touched: what a producer sends joins what it had sent. Only
 *   the time to which the stored data reaches moves on.
 * - Where a recording lies apart from what is stored, the time between is noted as a hole. What it holds without a break
 *   is a hole no more.
 *
 * All of it has the same result when it is done again, as a whole or from any moment at which it was cut off.
 */
export class BackfillWriter {
  readonly #channels: ChannelStates
  readonly #statements
  /** By channel, the newest; of one batch, since others may write between two. */
  readonly #moments = new Map<ChannelState, Moment>()

  constructor(database: DatabaseSync, channels: ChannelStates) {
    this.#channels = channels
    const bounds = (table: string, time: string) =>
      database.prepare(
        `SELECT (SELECT min(${time}) FROM ${table} WHERE channel = ?1) AS first,
                (SELECT max(${time}) FROM ${table} WHERE channel = ?1) AS last`
      )
    this.#statements = {
      tradesAt: database.prepare('SELECT id, epoch, seq FROM trades WHERE channel = ? AND time = ?'),
      addTrade: database.prepare('INSERT INTO trades VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)'),
      candleAt: database.prepare('SELECT * FROM candles WHERE channel = ? AND open_time = ?'),
      putCandle: database.prepare(PUT_CANDLE),
      abandon: database.prepare(ABANDON_CANDLE),
      tradeBounds: bounds('trades', 'time'),
      candleBounds: bounds('candles', 'open_time'),
      holes: database.prepare(
        'SELECT from_time AS start, to_time AS end FROM holes WHERE channel = ? AND to_time > ? AND from_time < ?'
      ),
      dropHole: database.prepare('DELETE FROM holes WHERE channel = ? AND from_time = ?'),
      putHole: database.prepare('INSERT OR REPLACE INTO holes VALUES (?, ?, ?)')
    }
  }

  /** Writes a batch within a transaction of the caller, who has written all states of candles before. */
  write({ updates, refused }: UpdateBatch, result: Counts): void {
    result.refused += refused
    this.#moments.clear()
    const changed = new Set<ChannelState>()
    for (const update of updates) {
      if (update.kind === 'rewind') continue
      const state = this.#channels.channel(update.channel)
      if (state === undefined) result.refused += 1
      else if (update.kind === 'span') this.#noteSpan(state, update, result)
      else {
        const isNew = update.kind === 'trade' ? this.#addTrade(state, update) : this.#mergeCandle(state, update)
        if (isNew) changed.add(state)
        result[isNew ? (update.kind === 'trade' ? 'trades' : 'candles') : 'duplicates'] += 1
      }
    }
    for (const state of changed) this.#channels.save(state)
  }

  #addTrade(state: ChannelState, { time, trade }: TradeUpdate): boolean {
    const { id, price, size, side, conditions } = trade
    const moment = this.#momentOf(state, time)
    if (moment.ids.has(id)) return false
    moment.ids.add(id)
    moment.lastSeq += 1
    const conditionsJson = conditions === undefined ? null : JSON.stringify(conditions)
    const values = [id, price, size, side === 'buy' ? 1 : 0, conditionsJson]
    this.#statements.addTrade.run(state.id, time, NO_EPOCH, moment.lastSeq, ...values)
    state.time = Math.max(state.time, time)
    return true
  }

  #momentOf(state: ChannelState, time: number): Moment {
    const known = this.#moments.get(state)
    if (known?.time === time) return known
    const stored = this.#statements.tradesAt.all(state.id, time)
    const lastSeq = stored.reduce(
      (last, { epoch, seq }) => (epoch === NO_EPOCH ? Math.max(last, Number(seq)) : last),
      0
    )
    const moment = { time, ids: new Set(stored.map(({ id }) => id)), lastSeq }
    this.#moments.set(state, moment)
    return moment
  }

  #mergeCandle(state: ChannelState, { time, candle: recorded }: CandleUpdate): boolean {
    const { newest } = state
    const { openTime } = recorded
    const isNewest = newest === undefined || openTime >= newest.openTime
    // Nobody will continue a candle that has newer ones after it.
    const candle = recorded.closed || isNewest ? recorded : { ...recorded, closed: true, partial: true }
    const stored = this.#statements.candleAt.get(state.id, openTime)
    const row = candleRow(state.id, candle)
    if (stored !== undefined && (isSame(stored, row) || knowsMore(stored, candle))) return false
    if (newest?.closed === false && openTime > newest.openTime) this.#statements.abandon.run(state.id, newest.openTime)
    this.#statements.putCandle.run(...row)
    if (isNewest) {
      state.newest = { openTime, closed: candle.closed }
      // Up to here the newest candle is known: whoever continues it adds the trades after.
      state.time = Math.max(state.time, time)
      state.trades = { epoch: NO_EPOCH, seq: 0 }
    }
    return true
  }

  #noteSpan(state: ChannelState, { span, from, to }: BackfillSpan, result: Counts): void {
    const isCandles = state.interval !== ''
    const endOf = (time: number) => (isCandles && intervalEnd(time, state.interval)) || time + 1
    if (span === 'whole') {
      this.#fill(state, from, endOf(to))
      return
    }
    const { first, last } = this.#statements[isCandles ? 'candleBounds' : 'tradeBounds'].get(state.id) ?? {}
    if (typeof first !== 'number' || typeof last !== 'number') return
    if (from > last) this.#addHole(state, endOf(last), from, result)
    else if (from < first) this.#addHole(state, endOf(from), first, result)
  }

  #addHole({ id }: ChannelState, start: number, end: number, result: Counts): void {
    if (start >= end) return
    this.#statements.putHole.run(id, start, end)
    result.holes += 1
  }

  /** Takes `start <= time < end` out of the holes. */
  #fill(state: ChannelState, start: number, end: number): void {
    for (const hole of this.#statements.holes.all(state.id, start, end)) {
      this.#statements.dropHole.run(state.id, Number(hole.start))
      if (Number(hole.start) < start) this.#statements.putHole.run(state.id, Number(hole.start), start)
      if (Number(hole.end) > end) this.#statements.putHole.run(state.id, end, Number(hole.end))
    }
  }
}

/** Columns of a stored candle, in their order. */
type StoredRow = Readonly<Record<string, unknown>>

function isSame(stored: StoredRow, row: readonly unknown[]): boolean {
  return Object.values(stored).every((value, column) => value === row[column])
}

function knowsMore(stored: StoredRow, { closed, partial = false, trades }: Candle): boolean {
  const isWhole = closed && !partial
  const isStoredWhole = stored.is_closed === 1 && stored.is_partial === 0
  return isWhole === isStoredWhole ? Number(stored.trades) > trades : isStoredWhole
}
