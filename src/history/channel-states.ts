import type { DatabaseSync } from 'node:sqlite'
import { parseChannel } from '../protocol/channel.ts'
import type { Candle } from '../protocol/market-data.ts'

/** What the writer knows of a channel between two transactions. */
export interface ChannelState {
  readonly id: number
  /** Of a candle channel. */
  readonly interval: string
  /** Name of the channel with the trades of its symbol. */
  readonly tradeChannel: string
  /** Position: number of the epoch, sequence, venue clock (ms). A sequence of 0 for none yet. */
  epoch: number
  seq: number
  time: number
  /** The newest candle of the channel. */
  newest: { readonly openTime: number; readonly closed: boolean } | undefined
  /** Where it was cut back after a rewind in that epoch: what is stored from there on came later. */
  cut: { readonly epoch: number; readonly from: number }
  /** Place of the newest trade of the symbol when a candle in progress was told last. */
  trades: { readonly epoch: number; readonly seq: number }
  /** A candle that this transaction has yet to write; a newer state of it takes its place. */
  pending: Candle | undefined
}

/** Most channels of a database; updates of more are refused. */
const MAX_CHANNELS = 200_000
/** Epochs whose names are remembered: far more than there are within the retention of trades. */
const MAX_EPOCHS = 100_000
/** Epochs kept in memory. */
const MAX_CACHED_EPOCHS = 1_000

/** Channels and epochs, with the numbers that stand for them in the tables. */
export class ChannelStates {
  readonly #byName = new Map<string, ChannelState>()
  readonly #epochs = new Map<string, number>()
  readonly #statements
  #count: number

  constructor(database: DatabaseSync) {
    this.#statements = {
      find: database.prepare(
        'SELECT id, epoch, seq, time, trades_epoch AS tradesEpoch, trades_seq AS tradesSeq FROM channels WHERE name = ?'
      ),
      add: database.prepare('INSERT INTO channels (name, epoch, seq, time) VALUES (?, 0, 0, 0) RETURNING id'),
      move: database.prepare(
        'UPDATE channels SET epoch = ?, seq = ?, time = ?, trades_epoch = ?, trades_seq = ? WHERE id = ?'
      ),
      newest: database.prepare(
        'SELECT open_time AS openTime, is_closed AS closed FROM candles WHERE channel = ? ORDER BY open_time DESC LIMIT 1'
      ),
      findEpoch: database.prepare('SELECT id FROM epochs WHERE name = ?'),
      addEpoch: database.prepare('INSERT INTO epochs (name) VALUES (?) RETURNING id'),
      forgetEpochs: database.prepare('DELETE FROM epochs WHERE id <= ? AND id NOT IN (SELECT epoch FROM channels)')
    }
    this.#count = Number(database.prepare('SELECT count(*) AS count FROM channels').get()?.count)
  }

  /** The channel, made when it is new; `undefined` when it cannot be stored. */
  channel(name: string): ChannelState | undefined {
    return this.#byName.get(name) ?? this.#read(name, () => this.#add(name))
  }

  /** The channel, if something was ever stored of it. */
  known(name: string): ChannelState | undefined {
    return this.#byName.get(name) ?? this.#read(name, () => undefined)
  }

  #read(name: string, add: () => Record<string, unknown> | undefined): ChannelState | undefined {
    const parsed = parseChannel(name)
    if (parsed === undefined || (parsed.kind === 'candle') !== (parsed.param !== undefined)) return undefined
    const stored = this.#statements.find.get(name) ?? add()
    if (stored === undefined) return undefined
    const state: ChannelState = {
      id: Number(stored.id),
      interval: parsed.param ?? '',
      tradeChannel: `trade:${parsed.venue}:${parsed.symbol}`,
      epoch: Number(stored.epoch ?? 0),
      seq: Number(stored.seq ?? 0),
      time: Number(stored.time ?? 0),
      newest: this.#newest(Number(stored.id)),
      cut: { epoch: 0, from: 0 },
      trades: { epoch: Number(stored.tradesEpoch ?? 0), seq: Number(stored.tradesSeq ?? 0) },
      pending: undefined
    }
    this.#byName.set(name, state)
    return state
  }

  /** The number of an epoch: later than that of every epoch seen before it. */
  epoch(name: string): number {
    const known = this.#epochs.get(name)
    if (known !== undefined) return known
    if (this.#epochs.size >= MAX_CACHED_EPOCHS) this.#epochs.clear()
    const found = this.#statements.findEpoch.get(name)
    const id = Number((found ?? this.#statements.addEpoch.get(name))?.id)
    if (found === undefined) this.#statements.forgetEpochs.run(id - MAX_EPOCHS)
    this.#epochs.set(name, id)
    return id
  }

  /** Stores the position of a channel. */
  save({ epoch, seq, time, trades, id }: ChannelState): void {
    this.#statements.move.run(epoch, seq, time, trades.epoch, trades.seq, id)
  }

  /** Reads what is now the newest candle. */
  readNewest(state: ChannelState): void {
    state.newest = this.#newest(state.id)
  }

  /** Forgets what a transaction that failed may have changed. */
  reset(database: DatabaseSync): void {
    this.#byName.clear()
    this.#epochs.clear()
    this.#count = Number(database.prepare('SELECT count(*) AS count FROM channels').get()?.count)
  }

  #add(name: string): Record<string, unknown> | undefined {
    if (this.#count >= MAX_CHANNELS) return undefined
    this.#count += 1
    return this.#statements.add.get(name)
  }

  #newest(id: number): ChannelState['newest'] {
    const row = this.#statements.newest.get(id)
    return row && { openTime: Number(row.openTime), closed: row.closed === 1 }
  }
}
