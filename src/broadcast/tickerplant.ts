import type { Cause, Quality } from '../protocol/feed-message.ts'
import type { BatchMessage, DeclaredChannel } from '../protocol/port-messages.ts'
import type { Counters } from '../telemetry/counters.ts'
import type { Catalog } from './catalog.ts'
import type { ChannelState } from './channel-state.ts'
import type { Journal } from './journal.ts'
import type { BoundedQueue, Offered } from './queue.ts'
import type { Message, Segment } from './segment.ts'
import { stamped } from './stamp.ts'

/** Why a channel is not live until its first message comes. */
const WAITING_CAUSES: ReadonlySet<Cause> = new Set<Cause>([
  'starting',
  'producer_dead',
  'producer_hung',
  'producer_restarted'
])

/** One life of one producer: its channels by the index its records use. */
export interface ProducerLife {
  readonly source: string
  readonly epoch: string
  /** A hole where a channel was refused. */
  readonly channels: (ChannelState | undefined)[]
}

/**
 * Takes in what producers send: keeps the newest of each channel, the recent past of all, and queues it to be sent.
 *
 * Per message this is a handful of numbers; the JSON is not looked at.
 */
export class Tickerplant {
  readonly #catalog: Catalog
  readonly #journal: Journal
  readonly #queue: BoundedQueue
  readonly #counters: Counters
  readonly #onQueued: () => void
  /** The newest life of each producer. */
  readonly #lives = new Map<string, ProducerLife>()

  constructor(catalog: Catalog, journal: Journal, queue: BoundedQueue, counters: Counters, onQueued: () => void) {
    this.#catalog = catalog
    this.#journal = journal
    this.#queue = queue
    this.#counters = counters
    this.#onQueued = onQueued
  }

  /** Begins a producer's life. Its channels follow with `declare`. */
  begin(source: string, epoch: string): ProducerLife {
    const life: ProducerLife = { source, epoch, channels: [] }
    this.#lives.set(source, life)
    return life
  }

  /** Declares channels; returns the names of those that were refused. */
  declare(life: ProducerLife, declared: readonly DeclaredChannel[]): string[] {
    const refused: string[] = []
    const accepted: ChannelState[] = []
    for (const one of declared) {
      const before = one.form === 'channel' ? this.#catalog.find(one.name)?.source : undefined
      const channel = this.#catalog.declare(one, life.source, life.epoch)
      if (channel !== undefined && before !== undefined && before !== life.source) this.#take(channel, before)
      life.channels.push(channel)
      if (channel !== undefined) accepted.push(channel)
      else if (one.isOnDemand === true) this.#counters.channelsNotOffered += 1
      else refused.push(one.name)
    }
    const dormant = accepted.filter((channel) => channel.isDormant)
    this.#catalog.setQuality(dormant, 'recovering', 'starting')
    this.#catalog.announce(accepted)
    return refused
  }

  /** Takes a copy of a batch in. Bounded work: a producer never has more than its credit outstanding. */
  accept(life: ProducerLife, batch: BatchMessage): void {
    const segment = this.#journal.take(batch.bytes, batch.records, life.channels as readonly ChannelState[])
    this.#counters.batchesReceived += 1
    this.#counters.bytesReceived += batch.bytes.byteLength
    const gaps: ChannelState[] = []
    const begun: ChannelState[] = []
    for (let index = 0; index < segment.count; index++) {
      const channel = segment.channel(index)
      if (channel === undefined) {
        this.#counters.messagesReceived += 1
        this.#counters.messagesDropped += 1
        continue
      }
      if (!channel.hasBegun && !segment.isBase(index)) begun.push(channel)
      if (this.#acceptOne(segment, index, channel, batch.ingestTime)) gaps.push(channel)
    }
    this.#journal.trim()
    if (begun.length > 0) this.#tellBegun(begun)
    if (gaps.length > 0) this.#tellGaps(gaps)
    // Even when nothing could be queued: without a flush the producer would not get its credit back.
    this.#onQueued()
  }

  /** Puts channels on demand to rest, of which the producer publishes nothing more until they are wanted again. */
  rest(life: ProducerLife, indexes: readonly number[]): void {
    const resting = indexes.flatMap((index) => life.channels[index] ?? []).filter(({ isOnDemand }) => isOnDemand)
    for (const channel of resting) channel.rest()
    this.#followWholes(resting)
  }

  /** Freshness as the producer itself knows it; all its channels when none are named. */
  setQuality(life: ProducerLife, quality: Quality, cause: Cause, indexes?: readonly number[]): void {
    const named = indexes?.map((index) => life.channels[index]) ?? life.channels
    this.#catalog.setQuality(
      named.filter((channel) => channel !== undefined),
      quality,
      cause
    )
  }

  /** @returns true when the channel has a hole: before this message, or because the queue could not take it. */
  #acceptOne(segment: Segment, index: number, channel: ChannelState, ingestTime: number): boolean {
    if (segment.isBase(index)) {
      channel.tail = [{ segment, index }]
      return false
    }
    this.#counters.messagesReceived += 1
    const isGap = channel.form === 'channel' && segment.prev(index) > channel.seq
    const seq = segment.seq(index)
    if (channel.lastSegment !== undefined) {
      segment.setPrior(index, channel.lastSegment, channel.lastIndex)
    }
    if (channel.hasDeltas) {
      if (segment.isSnapshot(index)) channel.tail = [{ segment, index }]
      else channel.tail.push({ segment, index })
    }
    channel.lastSegment = segment
    channel.lastIndex = index
    channel.hasBegun = true
    channel.seq = seq
    channel.ingestTime = ingestTime
    const isDropped = this.#offer(segment, index, channel) === 'dropped'
    return isGap || isDropped
  }

  #offer(segment: Segment, index: number, channel: ChannelState): Offered {
    if (!channel.isEpochNew) return this.#queue.offer(segment, index, channel)
    const first: Message = stamped({ segment, index }, { snapshotOf: channel.epoch })
    const offered = this.#queue.offer(first.segment, first.index, channel)
    // An event that was dropped leaves it to the next one to be the snapshot.
    channel.isEpochNew = offered === 'dropped'
    return offered
  }

  /** Tells that channels are live that had their first message in this life, unless their feed said otherwise. */
  #tellBegun(channels: readonly ChannelState[]): void {
    const waiting = channels.filter(({ cause, isOnDemand }) => WAITING_CAUSES.has(cause) && !isOnDemand)
    this.#catalog.setQuality(waiting, 'live', 'none')
    this.#followWholes(channels.filter(({ isOnDemand }) => isOnDemand))
  }

  /** A part is as good as the whole it is made of. */
  #followWholes(channels: readonly ChannelState[]): void {
    const live = { quality: 'live', cause: 'none' } as const
    const followed = channels.map((channel) => ({ channel, whole: this.#catalog.wholeOf(channel) ?? live }))
    for (const alike of Map.groupBy(followed, ({ whole }) => `${whole.quality} ${whole.cause}`).values()) {
      const { quality, cause } = alike[0]?.whole ?? live
      this.#catalog.setQuality(
        alike.map(({ channel }) => channel),
        quality,
        cause
      )
    }
  }

  /** Takes a channel away from a producer that would have made it on demand. */
  #take(channel: ChannelState, source: string): void {
    const channels = this.#lives.get(source)?.channels ?? []
    for (const [place, held] of channels.entries()) if (held === channel) channels[place] = undefined
  }

  /** Tells that something is missing, and that the channels are again what they were. */
  #tellGaps(channels: readonly ChannelState[]): void {
    this.#counters.ingestGaps += channels.length
    for (const alike of Map.groupBy(channels, ({ quality, cause }) => `${quality} ${cause}`).values()) {
      const [before] = alike.map(({ quality, cause }) => ({ quality, cause }))
      this.#catalog.setQuality(alike, 'recovering', 'gap')
      if (before !== undefined) this.#catalog.setQuality(alike, before.quality, before.cause)
    }
  }
}
