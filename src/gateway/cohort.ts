import type { ChannelState } from '../broadcast/channel-state.ts'
import type { Frame, FrameSpace } from './frame.ts'
import { NO_PLACE } from './heartbeat-times.ts'
import type { PlacedMessages } from './placed-messages.ts'
import type { Subscriber } from './subscriber.ts'
import { updatesFrame, updatesLength } from './updates-frame.ts'

/** Places that a cohort keeps memory for between two flushes; what a burst needed beyond that is let go. */
const KEPT_PICKS = 256

/** Clients that take the same channels at the same rate: what one gets in a flush they all get, as one frame. */
export class Cohort {
  // What each flush reads lies together, as in a subscriber.
  #list: readonly Subscriber[] | undefined
  /** Places, in the list of the flush being sent, of the messages for this cohort: the first `#picked`. */
  #picks: number[] = []
  #picked = 0
  #pickedBytes = 0
  #messages: PlacedMessages | undefined
  #frame: Frame | undefined
  /** Place of its first member; see `sortForWriting`. */
  #place = NO_PLACE
  readonly key: string
  readonly channels: ReadonlySet<ChannelState>
  readonly #members = new Set<Subscriber>()

  constructor(key: string, channels: ReadonlySet<ChannelState>) {
    this.key = key
    this.channels = channels
  }

  /** How many clients. */
  get size(): number {
    return this.#members.size
  }

  /** Those who are in it now; whoever comes or goes later changes another list. */
  get members(): readonly Subscriber[] {
    this.#list ??= [...this.#members]
    return this.#list
  }

  /** True while there is something of the flush being sent for this cohort. */
  get hasPicks(): boolean {
    return this.#picked > 0
  }

  /**
   * Puts cohorts in the order of their clients' places, which is about that in which these connected.
   *
   * What the server and the operating system keep of a client was allocated when it connected. So a flush goes through memory in one
   * direction instead of to and fro, and a client with two rates is written to twice in a row.
   */
  static sortForWriting(cohorts: Cohort[]): void {
    cohorts.sort((a, b) => a.#place - b.#place)
  }

  join(subscriber: Subscriber): void {
    if (this.#members.size === 0) this.#place = subscriber.place
    this.#members.add(subscriber)
    this.#list = undefined
  }

  leave(subscriber: Subscriber): void {
    this.#members.delete(subscriber)
    this.#list = undefined
  }

  /**
   * Notes one of `messages` for this cohort.
   *
   * @param sizeBytes of its JSON.
   * @returns true when it is the first of the flush.
   */
  pick(messages: PlacedMessages, place: number, sizeBytes: number): boolean {
    this.#pickedBytes += sizeBytes
    this.#picks[this.#picked] = place
    this.#picked += 1
    if (this.#picked > 1) return false
    this.#messages = messages
    return true
  }

  /** Bytes of JSON of a frame that is still to be made; 0 when there is none to be made. */
  unmadeLength(end: Buffer): number {
    if (this.#frame !== undefined || this.#picked === 0) return 0
    return updatesLength({ count: this.#picked, sizeBytes: this.#pickedBytes }, end)
  }

  /** What the flush has for this cohort; made when first asked for, in the memory that `spaceFor` gives. */
  frame(end: Buffer, spaceFor?: (jsonLength: number) => FrameSpace): Frame | undefined {
    if (this.#frame !== undefined || this.#messages === undefined) return this.#frame
    const isAll = this.#picked === this.#messages.count
    const places = isAll ? undefined : this.#picks
    const selection = { places, count: this.#picked, sizeBytes: this.#pickedBytes }
    this.#frame = updatesFrame(this.#messages, selection, end, spaceFor)
    return this.#frame
  }

  /** Forgets the flush, once everybody was written to. */
  clear(): void {
    if (this.#picks.length > KEPT_PICKS) this.#picks = []
    this.#picked = 0
    this.#pickedBytes = 0
    this.#messages = undefined
    this.#frame = undefined
  }
}

/** The cohorts of one rate, found by their channels and by each channel. */
export class Cohorts {
  /** Cohorts by the number of each of their channels. */
  readonly #byChannel: Cohort[][] = []
  /** Sets with the same key are compared member by member, so that a collision does no harm. */
  readonly #byKey = new Map<string, Cohort[]>()

  /** How many there are. */
  get count(): number {
    let count = 0
    for (const { length } of this.#byKey.values()) count += length
    return count
  }

  /** The cohorts that take a channel. */
  of(channel: ChannelState): readonly Cohort[] {
    return this.#byChannel[channel.id] ?? NONE
  }

  /** The cohort of exactly these channels, made when there is none. */
  get(channels: ReadonlySet<ChannelState>): Cohort {
    const key = keyOf(channels)
    const sameKey = this.#byKey.get(key) ?? []
    const known = sameKey.find((cohort) => isSameSet(cohort.channels, channels))
    if (known !== undefined) return known
    const cohort = new Cohort(key, new Set(channels))
    this.#byKey.set(key, [...sameKey, cohort])
    for (const channel of channels) {
      const cohorts = this.#byChannel[channel.id]
      if (cohorts === undefined) this.#byChannel[channel.id] = [cohort]
      else cohorts.push(cohort)
    }
    return cohort
  }

  /** Forgets a cohort that has no members any more. */
  release(cohort: Cohort): void {
    if (cohort.size > 0) return
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

const NONE: readonly Cohort[] = []

/** A text that does not depend on the order of the set, from 32-bit mixing of the channel numbers. */
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
