import type { ChannelState } from '../broadcast/channel-state.ts'
import type { Frame } from './frame.ts'
import type { Subscriber } from './subscriber.ts'

/** Clients with the same set of channels: what one gets in a flush they all get, as one frame. */
export class Cohort {
  readonly channels: ReadonlySet<ChannelState>
  readonly members = new Set<Subscriber>()
  /** Places, in the flush being sent, of the messages for this cohort. */
  picks: number[] = []
  /** The frame of the flush being sent, once somebody needed it. */
  frame: Frame | undefined
  readonly #key: string

  constructor(key: string, channels: ReadonlySet<ChannelState>) {
    this.#key = key
    this.channels = channels
  }

  get key(): string {
    return this.#key
  }
}

/** All cohorts, found by their channels and by each channel. */
export class Cohorts {
  /** Cohorts by the number of each of their channels. */
  readonly #byChannel: Cohort[][] = []
  /** Sets with the same key are compared member by member, so that a collision does no harm. */
  readonly #byKey = new Map<string, Cohort[]>()
  #count = 0

  get size(): number {
    return this.#count
  }

  /** The cohorts that take a channel. */
  of(channel: ChannelState): readonly Cohort[] {
    return this.#byChannel[channel.id] ?? []
  }

  /** Moves a client to the cohort of `channels`; to none when there are none. */
  move(subscriber: Subscriber, channels: ReadonlySet<ChannelState>): void {
    const from = subscriber.cohort
    const to = channels.size === 0 ? undefined : this.#cohortOf(channels)
    if (from === to) return
    subscriber.cohort = to
    to?.members.add(subscriber)
    if (from === undefined) return
    from.members.delete(subscriber)
    if (from.members.size === 0) this.#remove(from)
  }

  #cohortOf(channels: ReadonlySet<ChannelState>): Cohort {
    const key = keyOf(channels)
    const sameKey = this.#byKey.get(key) ?? []
    const known = sameKey.find((cohort) => isSameSet(cohort.channels, channels))
    if (known !== undefined) return known
    const cohort = new Cohort(key, channels)
    this.#byKey.set(key, [...sameKey, cohort])
    this.#count += 1
    for (const channel of channels) {
      const cohorts = this.#byChannel[channel.id]
      if (cohorts === undefined) this.#byChannel[channel.id] = [cohort]
      else cohorts.push(cohort)
    }
    return cohort
  }

  #remove(cohort: Cohort): void {
    this.#count -= 1
    const others = (this.#byKey.get(cohort.key) ?? []).filter((other) => other !== cohort)
    if (others.length === 0) this.#byKey.delete(cohort.key)
    else this.#byKey.set(cohort.key, others)
    for (const channel of cohort.channels) {
      const cohorts = this.#byChannel[channel.id]
      const place = cohorts?.indexOf(cohort) ?? -1
      if (cohorts === undefined || place < 0) continue
      const last = cohorts.pop()
      if (last !== undefined && last !== cohort) cohorts[place] = last
    }
  }
}

/** A number that does not depend on the order of the set, from 32-bit mixing of the channel numbers. */
function keyOf(channels: ReadonlySet<ChannelState>): string {
  let sum = 0
  let mix = 0
  for (const { id } of channels) {
    let hash = Math.imul(id + 1, 0x9e3779b1)
    hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b)
    sum = (sum + hash) | 0
    mix ^= Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  }
  return `${channels.size}:${sum}:${mix}`
}

function isSameSet(a: ReadonlySet<ChannelState>, b: ReadonlySet<ChannelState>): boolean {
  if (a.size !== b.size) return false
  for (const channel of a) if (!b.has(channel)) return false
  return true
}
