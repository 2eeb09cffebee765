import { patternMatcher } from '../protocol/channel.ts'
import type { Cause, Quality } from '../protocol/feed-message.ts'
import type { DeclaredChannel } from '../protocol/port-messages.ts'
import { ChannelState } from './channel-state.ts'

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
  #listener: CatalogListener | undefined

  /** @param capacity Most channels; further ones are not declared. */
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
   * Gives the channel to a producer.
   *
   * @returns undefined when another live producer owns it, or the catalog is full.
   */
  declare(declared: DeclaredChannel, source: string, epoch: string): ChannelState | undefined {
    const map = declared.form === 'plain' ? this.#plain : this.#byName
    const known = map.get(declared.name)
    if (known === undefined) {
      if (this.#all.length >= this.#capacity) return undefined
      const { name, form, contract } = declared
      const channel = new ChannelState(this.#all.length, name, form, contract, source, epoch)
      channel.since = Date.now()
      this.#all.push(channel)
      map.set(name, channel)
      if (form === 'channel') this.#counts.set(source, this.countOf(source) + 1)
      return channel
    }
    // Plain events have no sequence that clients see, so that any producer may publish them.
    if (declared.form === 'plain') return known
    if (known.source !== source) return undefined
    if (known.epoch !== epoch) known.beginEpoch(source, epoch, declared.contract)
    return known
  }

  /** Tells that channels were declared, after all of one message were. */
  announce(channels: readonly ChannelState[]): void {
    const subscribable = channels.filter((channel) => channel.form === 'channel')
    if (subscribable.length > 0) this.#listener?.onDeclared(subscribable)
  }

  /** Changes the quality of channels, and tells about those for which it is news. */
  setQuality(channels: Iterable<ChannelState>, quality: Quality, cause: Cause): void {
    const since = Date.now()
    const changed: ChannelState[] = []
    for (const channel of channels) {
      if (channel.form === 'plain' || (channel.quality === quality && channel.cause === cause)) continue
      channel.quality = quality
      channel.cause = cause
      channel.since = since
      changed.push(channel)
    }
    if (changed.length > 0) this.#listener?.onQuality(changed)
  }

  /** How many channels a producer has. */
  countOf(source: string): number {
    return this.#counts.get(source) ?? 0
  }

  /** The channels of one producer. */
  ownedBy(source: string): ChannelState[] {
    return [...this.#byName.values()].filter((channel) => channel.source === source)
  }
}
