import type { ChannelMessage, FeedMessage } from '../../../src/protocol/feed-message.ts'
import type { Level } from '../../../src/protocol/market-data.ts'

/** A `depthUpdate`: the changes of the updates `firstId` (venue `U`) to `lastId` (`u`). */
export interface BinanceDelta {
  readonly firstId: number
  readonly lastId: number
  /** USD-M futures name the `u` of the delta before (`pu`), because their ids skip. */
  readonly previousId: number | undefined
  readonly exchangeTime: number
  readonly bids: readonly Level[]
  readonly asks: readonly Level[]
}

/** The body of the REST depth snapshot. */
export interface BinanceSnapshot {
  readonly lastUpdateId: number
  readonly exchangeTime: number
  readonly bids: readonly Level[]
  readonly asks: readonly Level[]
}

/** Deltas held while there is no snapshot, by default: 100 s of the 100 ms stream. */
export const PENDING_DELTA_LIMIT = 1_000

/**
 * Joins the depth stream of one symbol with its REST snapshot, by the venue's own rule.
 *
 * A snapshot is asked for while deltas already flow, so it falls into the middle of them: deltas from before it, and
 * the one that straddles it, often arrive first. They are held until the snapshot is there:
 *
 * ```
 * waiting ──snapshot──► anchored ──delta with U ≤ lastUpdateId + 1 ≤ u──► following ──U = last u + 1──► following
 *    ▲                     │                                                 │
 *    └─────────────────────┴── any other delta that is not old: a gap ◄──────┘
 * ```
 *
 * A book with a hole is never published as good: a gap says `recovering` at once, and the channel is silent until the
 * next snapshot.
 *
 * @see https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams#how-to-manage-a-local-order-book-correctly
 */
export class BinanceBookSync {
  readonly channel: string
  readonly #pendingDeltaLimit: number
  #state: 'waiting' | 'anchored' | 'following' = 'waiting'
  #pending: BinanceDelta[] = []
  /** Newest update id contained in what was published. */
  #lastId = 0
  #isRecovering: boolean

  /** @param isRecovering whether the channel was published as `recovering` before, so that it must become `live`. */
  constructor(channel: string, isRecovering = false, pendingDeltaLimit = PENDING_DELTA_LIMIT) {
    this.channel = channel
    this.#isRecovering = isRecovering
    this.#pendingDeltaLimit = pendingDeltaLimit
  }

  /** Says whether a snapshot is needed and this one falls into the deltas held, so that it must be this symbol's. */
  needs(lastUpdateId: number): boolean {
    const oldest = this.#pending[0]
    const newest = this.#pending.at(-1)
    if (oldest === undefined || newest === undefined) return false
    return oldest.firstId <= lastUpdateId + 1 && lastUpdateId <= newest.lastId
  }

  /** Takes a delta in; `undefined` when the oldest held one had to be let go because no snapshot came. */
  delta(delta: BinanceDelta): readonly FeedMessage[] | undefined {
    if (this.#state === 'waiting') return this.#hold(delta)
    if (this.#isOld(delta)) return []
    if (!this.#continues(delta)) return this.#recover(delta)
    this.#state = 'following'
    this.#lastId = delta.lastId
    return [this.#message(delta, delta.lastId, false)]
  }

  /**
   * Takes a snapshot in and publishes it, then the held deltas that follow it. One older than the book is passed over.
   *
   * @returns `undefined` when the held deltas do not join the snapshot: it came too late or belongs to another session.
   */
  snapshot(snapshot: BinanceSnapshot): readonly FeedMessage[] | undefined {
    if (this.#state !== 'waiting' && snapshot.lastUpdateId <= this.#lastId) return []
    const before = { state: this.#state, lastId: this.#lastId }
    this.#state = 'anchored'
    this.#lastId = snapshot.lastUpdateId
    const following = this.#pending.filter((delta) => !this.#isOld(delta))
    if (following[0] !== undefined && !this.#continues(following[0])) {
      this.#state = before.state
      this.#lastId = before.lastId
      return undefined
    }
    this.#pending = []
    const messages: FeedMessage[] = [this.#message(snapshot, snapshot.lastUpdateId, true)]
    for (const delta of following) messages.push(...(this.delta(delta) ?? []))
    return messages.concat(this.#recovered())
  }

  #isOld(delta: BinanceDelta): boolean {
    // USD-M: the first delta to apply may end exactly at the snapshot's id.
    const isStraddleAllowed = delta.previousId !== undefined && this.#state === 'anchored'
    return isStraddleAllowed ? delta.lastId < this.#lastId : delta.lastId <= this.#lastId
  }

  #continues(delta: BinanceDelta): boolean {
    if (delta.previousId !== undefined) {
      return this.#state === 'anchored' ? delta.firstId <= this.#lastId : delta.previousId === this.#lastId
    }
    const nextId = this.#lastId + 1
    return this.#state === 'anchored' ? delta.firstId <= nextId : delta.firstId === nextId
  }

  #hold(delta: BinanceDelta): readonly FeedMessage[] | undefined {
    this.#pending.push(delta)
    if (this.#pending.length <= this.#pendingDeltaLimit) return []
    this.#pending.shift()
    return undefined
  }

  #recover(delta: BinanceDelta): readonly FeedMessage[] {
    this.#state = 'waiting'
    this.#pending = [delta]
    this.#isRecovering = true
    return [{ quality: 'recovering', cause: 'gap', channels: [this.channel] }]
  }

  #recovered(): readonly FeedMessage[] {
    if (!this.#isRecovering || this.#state === 'waiting') return []
    this.#isRecovering = false
    return [{ quality: 'live', cause: 'none', channels: [this.channel] }]
  }

  #message(source: BinanceDelta | BinanceSnapshot, venueSeq: number, isSnapshot: boolean): ChannelMessage {
    const data = { bids: source.bids, asks: source.asks, venueSeq }
    return { channel: this.channel, exchangeTime: source.exchangeTime, data, isSnapshot }
  }
}
