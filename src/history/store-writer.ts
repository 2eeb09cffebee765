import type { DatabaseSync } from 'node:sqlite'
import type { Candle } from '../protocol/market-data.ts'
import { BackfillWriter } from './backfill-writer.ts'
import { ABANDON_CANDLE, candleRow, PUT_CANDLE } from './candle-row.ts'
import { type ChannelState, ChannelStates } from './channel-states.ts'
import type { AppendResult } from './history-store.ts'
import { intervalEnd } from './interval.ts'
import type { CandleUpdate, TradeUpdate, UpdateBatch } from './update-batch.ts'

/** Writes batches, each call one transaction; those of a backfill are merged, see `BackfillWriter`. */
export class StoreWriter {
  readonly #database: DatabaseSync
  readonly #channels: ChannelStates
  readonly #backfill: BackfillWriter
  readonly #statements
  readonly #touched = new Set<ChannelState>()
  #result = nothing()

  constructor(database: DatabaseSync) {
    this.#database = database
    this.#channels = new ChannelStates(database)
    this.#backfill = new BackfillWriter(database, this.#channels)
    this.#statements = {
      trade: database.prepare('INSERT OR IGNORE INTO trades VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)'),
      candle: database.prepare(PUT_CANDLE),
      abandon: database.prepare(ABANDON_CANDLE),
      hole: database.prepare('INSERT OR REPLACE INTO holes VALUES (?, ?, ?)'),
      cutTrades: database.prepare('DELETE FROM trades WHERE channel = ? AND time >= ? AND time < ?'),
      cutCandles: database.prepare('DELETE FROM candles WHERE channel = ? AND open_time >= ? AND open_time < ?'),
      cutHoles: database.prepare('DELETE FROM holes WHERE channel = ? AND from_time >= ? AND from_time < ?'),
      shortenHole: database.prepare(
        'UPDATE holes SET to_time = ?2 WHERE channel = ?1 AND from_time < ?2 AND to_time > ?2'
      )
    }
  }

  append(batches: readonly UpdateBatch[]): AppendResult {
    this.#result = nothing()
    this.#touched.clear()
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      for (const batch of batches) {
        if (batch.isBackfill) this.#merge(batch)
        else this.#write(batch)
      }
      for (const state of this.#touched) {
        this.#writePending(state)
        this.#channels.save(state)
      }
      this.#database.exec('COMMIT')
    } catch (error) {
      // Some failures, such as a full disk, have ended the transaction already.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      this.#channels.reset(this.#database)
      throw error
    }
    return this.#result
  }

  #merge(batch: UpdateBatch): void {
    // It compares with what is stored, so that nothing may wait to be.
    for (const state of this.#touched) this.#writePending(state)
    this.#backfill.write(batch, this.#result)
  }

  #write({ epoch: name, updates, refused }: UpdateBatch): void {
    this.#result.refused += refused
    const epoch = this.#channels.epoch(name)
    let rewound: readonly string[] = []
    for (const update of updates) {
      if (update.kind === 'rewind') {
        rewound = update.channels
        continue
      }
      if (update.kind === 'span') continue
      const state = this.#channels.channel(update.channel)
      if (state === undefined) this.#result.refused += 1
      else if (epoch < state.epoch || (epoch === state.epoch && update.seq <= state.seq)) this.#result.duplicates += 1
      else {
        for (const channel of rewound) this.#rewind(channel, epoch, startOf(update))
        rewound = []
        this.#writeOne(state, epoch, update)
      }
    }
  }

  /** The time of a channel began anew: what is stored from there on gives way to what will follow. */
  #rewind(name: string, epoch: number, fromMs: number): void {
    const state = this.#channels.known(name)
    if (state === undefined) return
    this.#cut(state, fromMs, Number.MAX_SAFE_INTEGER)
    const { newest } = state
    const reach = newest && (intervalEnd(newest.openTime, state.interval) ?? newest.openTime + 1)
    // A candle that began earlier and holds what was cut goes, too.
    const isHeld = newest !== undefined && reach !== undefined && reach > fromMs
    if (isHeld) this.#cut(state, newest.openTime, fromMs)
    state.time = Math.min(state.time, fromMs)
    state.cut = { epoch, from: isHeld ? newest.openTime : fromMs }
    this.#touched.add(state)
  }

  /** Forgets what is stored of a channel from a time on, up to another. */
  #cut(state: ChannelState, fromMs: number, toMs: number): void {
    this.#writePending(state)
    const { cutTrades, cutCandles, cutHoles, shortenHole } = this.#statements
    if (state.interval === '') cutTrades.run(state.id, fromMs, toMs)
    else cutCandles.run(state.id, fromMs, toMs)
    cutHoles.run(state.id, fromMs, toMs)
    shortenHole.run(state.id, fromMs)
    if (state.interval !== '') this.#channels.readNewest(state)
  }

  #writeOne(state: ChannelState, epoch: number, update: TradeUpdate | CandleUpdate): void {
    const isRewound = state.cut.epoch === epoch
    // Messages may be a little out of the order of their times, so that the first one was not the earliest.
    if (isRewound && startOf(update) < state.cut.from) {
      this.#cut(state, startOf(update), state.cut.from)
      state.cut = { epoch, from: startOf(update) }
    }
    const isNewLife = epoch !== state.epoch
    // What a backfill has stored has no number, but a time.
    const isContinued = state.seq > 0 || state.time > 0
    const isGap = isContinued && (isNewLife ? !isRewound : update.prev > state.seq)
    if (update.kind === 'trade') this.#writeTrade(state, epoch, update, isGap)
    else this.#writeCandle(state, update.candle, isGap)
    state.epoch = epoch
    state.seq = update.seq
    state.time = update.time
    this.#touched.add(state)
  }

  #writeTrade(state: ChannelState, epoch: number, { seq, time, trade }: TradeUpdate, isGap: boolean): void {
    if (isGap) this.#addHole(state, state.time, Math.max(state.time, time) + 1)
    const { id, price, size, side, conditions } = trade
    const conditionsJson = conditions === undefined ? null : JSON.stringify(conditions)
    this.#statements.trade.run(state.id, time, epoch, seq, id, price, size, side === 'buy' ? 1 : 0, conditionsJson)
    this.#result.trades += 1
  }

  #writeCandle(state: ChannelState, candle: Candle, isGap: boolean): void {
    const { newest, pending } = state
    if (pending?.openTime !== candle.openTime) this.#writePending(state)
    state.pending = candle
    const { openTime, closed } = candle
    if (!closed) {
      // One that is closed was closed, or corrected, by a trade that the newest candle need not hold.
      const { epoch = 0, seq = 0 } = this.#channels.known(state.tradeChannel) ?? {}
      state.trades = { epoch, seq }
    }
    if (newest !== undefined && openTime < newest.openTime) return
    if (newest !== undefined && openTime > newest.openTime) {
      // Its last state never came, so that what is stored of it is not all.
      if (!newest.closed) this.#statements.abandon.run(state.id, newest.openTime)
      const expected = intervalEnd(newest.openTime, state.interval) ?? newest.openTime + 1
      if (isGap && openTime > expected) this.#addHole(state, expected, openTime)
    }
    state.newest = { openTime, closed }
  }

  #writePending(state: ChannelState): void {
    if (state.pending === undefined) return
    this.#statements.candle.run(...candleRow(state.id, state.pending))
    state.pending = undefined
    this.#result.candles += 1
  }

  #addHole(state: ChannelState, from: number, to: number): void {
    this.#statements.hole.run(state.id, from, to)
    this.#result.holes += 1
  }
}

/** The earliest time that an update tells of, ms. */
function startOf(update: TradeUpdate | CandleUpdate): number {
  return update.kind === 'trade' ? update.time : update.candle.openTime
}

function nothing(): { -readonly [Name in keyof AppendResult]: number } {
  return { trades: 0, candles: 0, duplicates: 0, refused: 0, holes: 0 }
}
