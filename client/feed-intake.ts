import type { CodedError } from '../src/protocol/codes.ts'
import type { Update } from '../src/protocol/server-events.ts'
import { Continuity } from './continuity.ts'
import type { Feed } from './feed.ts'
import { SnapshotRequests } from './snapshot-requests.ts'
import type { Ask } from './wish-desk.ts'

/** Where a channel stands. */
export interface FeedPosition {
  readonly epoch: string
  readonly seq: number
}

/**
 * Takes updates into channels so that nothing is missing between two of them. Where something is, it tells the gap and
 * asks for the snapshot that closes it.
 */
export class FeedIntake {
  readonly #ask: Ask
  readonly continuity = new Continuity()
  readonly #snapshots = new SnapshotRequests((channel) => this.#askSnapshot(channel))

  constructor(ask: Ask) {
    this.#ask = ask
  }

  /** Where the stream of a channel can go on from; `undefined` when only a snapshot helps. */
  resumeOf(feed: Feed): FeedPosition | undefined {
    if (feed.awaitsSnapshot || this.continuity.isBroken(feed.name)) return undefined
    const position = this.continuity.position(feed.name)
    // Of events all are wanted, from the first of a life on; of a state the newest says everything.
    return position !== undefined && (position.seq > 0 || feed.isEvent) ? position : undefined
  }

  /** Goes on from where somebody was who has come with that. */
  resumeAt(feed: Feed, { epoch, seq }: FeedPosition): void {
    feed.epoch = epoch
    this.continuity.resumeAt(feed.name, epoch, seq)
  }

  /** Asks for the state of a channel. */
  askSnapshot(feed: Feed): void {
    this.#snapshots.add(feed.name)
  }

  /** What was asked for before is lost with its connection. */
  reconnected(): void {
    this.continuity.reconnected()
    this.#snapshots.clear()
  }

  /** @returns true when the channel has begun a new life. */
  enter(feed: Feed, epoch: string, seq: number): boolean {
    const isNew = feed.epoch !== undefined && feed.epoch !== epoch
    feed.epoch = epoch
    // The first event of a life is complete in itself, and need not be marked as a snapshot.
    if (isNew && seq === 0 && feed.isEvent) this.continuity.resumeAt(feed.name, epoch, 0)
    else this.continuity.enter(feed.name, epoch, seq)
    if (isNew) feed.tellGap('restart')
    return isNew
  }

  /** @returns true when the channel has changed. */
  take(feed: Feed, update: Update, nowMs: number): boolean {
    const isSnapshot = update.type === 'snapshot'
    const missed = isSnapshot ? this.#beforeSnapshot(feed, update) : 0
    const verdict = this.continuity.take(update)
    if (verdict === 'apply') {
      feed.missed += missed
      feed.apply(update, nowMs)
    } else if (verdict === 'gap') {
      feed.sinceMs = nowMs
      this.askSnapshot(feed)
      feed.tellGap('hole')
    } else if (isSnapshot && verdict === 'duplicate') {
      feed.awaitsSnapshot = false
      if (feed.newest === undefined) feed.apply(update, nowMs)
    } else return false
    return true
  }

  /** Tells what a snapshot skips. @returns the events that are known to be lost. */
  #beforeSnapshot(feed: Feed, { epoch, seq }: Update): number {
    if (epoch !== undefined && feed.epoch !== epoch) {
      if (feed.epoch !== undefined) feed.tellGap('restart')
      feed.epoch = epoch
    }
    const held = this.continuity.position(feed.name)
    const isKnown = feed.newest !== undefined || (held?.seq ?? 0) > 0
    if (!feed.isEvent || held === undefined || !isKnown) return 0
    const missed = Math.max(0, held.epoch === epoch ? seq - held.seq - 1 : seq - 1)
    if (missed > 0 && !this.continuity.isBroken(feed.name)) feed.tellGap('skipped', missed)
    return missed
  }

  #askSnapshot(channel: string): Promise<boolean> {
    return new Promise((resolve) => {
      this.#ask('snapshot', { channel }, (reply) => {
        const { error } = (reply ?? {}) as { readonly error?: CodedError }
        resolve(error?.temporary === true && this.continuity.position(channel) !== undefined)
      })
    })
  }
}
