import { patternMatcher } from '../protocol/channel.ts'
import type { Cause, Quality } from '../protocol/feed-message.ts'
import type { DeclaredChannel } from '../protocol/port-messages.ts'
import { ChannelState } from './channel-state.ts'

/** Qualities that speak of a value which is there. */
const OF_A_VALUE: ReadonlySet<Quality> = new Set<Quality>(['live', 'delayed'])

/** Tells whoever serves clients that channels appeared or changed their quality. */
export interface CatalogListener {
  onDeclared(channels: readonly ChannelState[]): void
  onQuality(channels: readonly ChannelState[]): void
}

/** All channels by name and by number; grows with what producers declare, bounded by `capacity`. */
export class Catalog {
  readonly #byName = new Map<string, ChannelState>()
  readonly #plain = new Map<string, ChannelState>()
  readonly #all: ChannelState[] = []
  readonly #counts = new Map<string, number>()
  readonly #capacity: number
  #onDemandCount = 0
  #listener: CatalogListener | undefined

  /** @param capacity Most channels; further ones are not declared. Those on demand take no more than half of it. */
  constructor(capacity: number) {
    this.#capacity = capacity
  }

  listen(listener: CatalogListener): void {
    this.#listener = listener
  }

  get size(): number {
    return this.#byName.size
  }

  find(name: string): ChannelState | undefined {
    return this.#byName.get(name)
  }

  /** All channels that have subscribers, in order of declaration. */
  channels(): Iterable<ChannelState> {
    return this.#byName.values()
  }

  matching(pattern: string): ChannelState[] {
    const matches = patternMatcher(pattern)
    return [...this.#byName.values()].filter((channel) => matches(channel.name))
  }

  /**
   * Gives the channel to a producer. One that publishes it goes before one that would on demand.
   *
   * @returns undefined when another producer owns it, or the catalog is full.
   */
  declare(declared: DeclaredChannel, source: string, epoch: string): ChannelState | undefined {
    const map = declared.form === 'plain' ? this.#plain : this.#byName
    const known = map.get(declared.name)
    if (known === undefined) {
      const channel = this.#create(declared, source, epoch)
      if (channel !== undefined) map.set(declared.name, channel)
      return channel
    }
    // Plain events have no sequence that clients see, so that any producer may publish them.
    if (declared.form === 'plain') return known
    const isOnDemand = declared.isOnDemand === true
    if (known.source !== source) {
      if (isOnDemand || !known.isOnDemand) return undefined
      this.#count(known.source, -1)
      this.#count(source, 1)
    }
    if (known.epoch !== epoch) known.beginEpoch(source, epoch, declared.contract)
    known.isOnDemand = isOnDemand
    return known
  }

  /** Tells that channels were declared, after all of one message were. */
  announce(channels: readonly ChannelState[]): void {
    const subscribable = channels.filter((channel) => channel.form === 'channel')
    if (subscribable.length > 0) this.#listener?.onDeclared(subscribable)
  }

  /**
   * Changes the quality of channels, and tells about those for which it is news. A dormant channel has no value that
   * could be live: it is what a channel is that has not begun.
   */
  setQuality(channels: Iterable<ChannelState>, quality: Quality, cause: Cause): void {
    const since = Date.now()
    const awake: ChannelState[] = []
    const dormant: ChannelState[] = []
    for (const channel of channels) {
      const hasNoValue = channel.isDormant && OF_A_VALUE.has(quality)
      const [newQuality, newCause] = hasNoValue ? (['recovering', 'starting'] as const) : [quality, cause]
      if (channel.form === 'plain' || (channel.quality === newQuality && channel.cause === newCause)) continue
      channel.quality = newQuality
      channel.cause = newCause
      channel.since = since
      if (channel.isDormant) dormant.push(channel)
      else awake.push(channel)
    }
    // Apart, because all that are told of together are of one quality.
    for (const alike of [awake, dormant]) if (alike.length > 0) this.#listener?.onQuality(alike)
  }

  /** Tells that a producer has ended: what of it is dormant stays so. */
  end(source: string): void {
    for (const channel of this.ownedBy(source)) channel.hasEnded = channel.isDormant
  }

  /** The channel of which another one shows a part: the full book of a depth. */
  wholeOf({ kind, venue, symbol }: ChannelState): ChannelState | undefined {
    return this.#byName.get(`${kind}:${venue}:${symbol}`)
  }

  /** How many channels a producer has. */
  countOf(source: string): number {
    return this.#counts.get(source) ?? 0
  }

  /** How many of them are published now or always. */
  awakeCountOf(source: string): number {
    return this.ownedBy(source).filter(({ isDormant }) => !isDormant).length
  }

  /** The channels of one producer. */
  ownedBy(source: string): ChannelState[] {
    return [...this.#byName.values()].filter((channel) => channel.source === source)
  }

  #create(declared: DeclaredChannel, source: string, epoch: string): ChannelState | undefined {
    const { name, form, contract, isOnDemand = false } = declared
    if (this.#all.length >= this.#capacity) return undefined
    if (isOnDemand && this.#onDemandCount * 2 >= this.#capacity) return undefined
    const channel = new ChannelState(this.#all.length, name, form, contract, source, epoch)
    channel.since = Date.now()
    channel.isOnDemand = isOnDemand
    this.#all.push(channel)
    if (isOnDemand) this.#onDemandCount += 1
    if (form === 'channel') this.#count(source, 1)
    return channel
  }

  #count(source: string, change: 1 | -1): void {
    this.#counts.set(source, this.countOf(source) + change)
  }
}
