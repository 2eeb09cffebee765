import type { Counters } from '../telemetry/counters.ts'
import type { ChannelState } from './channel-state.ts'
import type { Segment } from './segment.ts'
import { stamped } from './stamp.ts'

/** What became of an offered message. */
export type Offered = 'queued' | 'merged' | 'dropped'

/** Messages that leave the queue together, in order: message `i` is `indexes[i]` of `segments[i]`. */
export interface QueuedMessages {
  readonly segments: Segment[]
  readonly indexes: number[]
  /** Channels of which the queue could not hold every change: their whole present state is due. */
  readonly overflowed: readonly ChannelState[]
}

/**
 * The bounded queue between ingest and emitter; drained completely at each flush.
 *
 * Producers have credit for no more than its capacity, so that it fills only when something is badly late. Then a
 * state message takes the place of an older one of its channel and stands for both, or its channel is sent whole at the
 * next flush; an event message is refused, and the hole it leaves in the sequence is announced by whoever offered it.
 */
export class BoundedQueue {
  /** Messages. */
  readonly capacity: number
  #segments: Segment[] = []
  #indexes: number[] = []
  #highWater = 0
  #drains = 0
  #overflowed = new Set<ChannelState>()
  readonly #counters: Counters

  constructor(capacity: number, counters: Counters) {
    this.capacity = capacity
    this.#counters = counters
  }

  get size(): number {
    return this.#segments.length
  }

  /** Most messages that ever waited. */
  get highWater(): number {
    return this.#highWater
  }

  /** Queues the message, merges it into a queued one of its channel, or refuses it. Never waits. */
  offer(segment: Segment, index: number, channel: ChannelState): Offered {
    if (this.#segments.length >= this.capacity) return this.#offerWhenFull(segment, index, channel)
    channel.queuedPlace = this.#segments.length
    channel.queuedDrain = this.#drains
    this.#segments.push(segment)
    this.#indexes.push(index)
    if (this.#segments.length > this.#highWater) this.#highWater = this.#segments.length
    this.#counters.messagesQueued += 1
    return 'queued'
  }

  /** Removes and returns everything, oldest first. */
  drain(): QueuedMessages {
    const drained = { segments: this.#segments, indexes: this.#indexes, overflowed: [...this.#overflowed] }
    this.#counters.messagesFlushed += drained.segments.length
    this.#segments = []
    this.#indexes = []
    this.#overflowed.clear()
    this.#drains += 1
    return drained
  }

  #offerWhenFull(segment: Segment, index: number, channel: ChannelState): Offered {
    if (channel.contract === 'event') {
      this.#counters.messagesDropped += 1
      return 'dropped'
    }
    this.#counters.messagesMerged += 1
    // A delta cannot stand for the one before it; the whole present state can.
    if (channel.queuedDrain !== this.#drains || segment.isDelta(index)) this.#overflowed.add(channel)
    else this.#replace(channel, segment, index)
    return 'merged'
  }

  #replace(channel: ChannelState, segment: Segment, index: number): void {
    const place = channel.queuedPlace
    const older = this.#segments[place]
    const olderIndex = this.#indexes[place] ?? 0
    const isSnapshot = older?.isSnapshot(olderIndex) === true
    // The older one may be of the epoch before, with a higher number.
    const prev = Math.min(older?.prev(olderIndex) ?? 0, segment.prev(index))
    // What clears a client's state must do so still: it may be the first message of its epoch.
    const merged = stamped({ segment, index }, { prev, ...(isSnapshot && { snapshotOf: channel.epoch }) })
    this.#segments[place] = merged.segment
    this.#indexes[place] = merged.index
  }
}
