import type { ChannelState } from '../broadcast/channel-state.ts'
import type { Frame, FrameSpace } from './frame.ts'
import { NO_PLACE } from './heartbeat-times.ts'
import type { PlacedMessages } from './placed-messages.ts'
import type { Subscriber } from './subscriber.ts'
import { type Selection, updatesFrame, updatesLength } from './updates-frame.ts'

/** Clients that take the same channels at the same rate: what one gets in a flush they all get, as one frame. */
export class Cohort implements Selection {
  // What each flush reads lies together, as in a subscriber.
  #list: readonly Subscriber[] | undefined
  /** Of the flush being sent, `count` of which are for this cohort. */
  #messages: PlacedMessages | undefined
  picks: Int32Array | undefined
  from = 0
  count = 0
  sizeBytes = 0
  #frame: Frame | undefined
  /** Place of the first one in the list, kept here since that one may be far away. */
  #place = NO_PLACE
  /** Its number among the cohorts of its lane, given to another one once it is gone. */
  readonly number: number
  readonly key: string
  readonly channels: ReadonlySet<ChannelState>
  readonly #members = new Set<Subscriber>()

  constructor(number: number, key: string, channels: ReadonlySet<ChannelState>) {
    this.number = number
    this.key = key
    this.channels = channels
  }

  /** How many clients. */
  get size(): number {
    return this.#members.size
  }

  /** Those who are in it now, in the order of their places; whoever comes or goes later changes another list. */
  get members(): readonly Subscriber[] {
    return this.#list ?? this.#arrange()
  }

  /** Place of its first member: cohorts are written to in that order. */
  get place(): number {
    if (this.#list === undefined) this.#arrange()
    return this.#place
  }

  join(subscriber: Subscriber): void {
    this.#members.add(subscriber)
    this.#list = undefined
  }

  leave(subscriber: Subscriber): void {
    this.#members.delete(subscriber)
    this.#list = undefined
  }

  /** Says what the flush has for this cohort; see `Selection`, of which none is made for each cohort. */
  give(messages: PlacedMessages, picks: Int32Array | undefined, from: number, count: number, sizeBytes: number): void {
    this.#messages = messages
    this.picks = picks
    this.from = from
    this.count = count
    this.sizeBytes = sizeBytes
    this.#frame = undefined
  }

  /** Bytes of JSON of a frame that is still to be made; 0 when there is none to be made. */
  unmadeLength(end: Buffer): number {
    return this.#frame !== undefined || this.count === 0 ? 0 : updatesLength(this, end)
  }

  /** What the flush has for this cohort; made when first asked for, in the memory that `spaceFor` gives. */
  frame(end: Buffer, spaceFor?: (jsonLength: number) => FrameSpace): Frame | undefined {
    if (this.#frame === undefined && this.#messages !== undefined) {
      this.#frame = updatesFrame(this.#messages, this, end, spaceFor)
    }
    return this.#frame
  }

  /** Forgets the flush, once everybody was written to. */
  clear(): void {
    this.#messages = undefined
    this.picks = undefined
    this.count = 0
    this.#frame = undefined
  }

  #arrange(): readonly Subscriber[] {
    const list = [...this.#members].sort((a, b) => a.place - b.place)
    this.#list = list
    this.#place = list[0]?.place ?? NO_PLACE
    return list
  }
}

/** The cohorts of one rate, found by their channels and by each channel. */
export class Cohorts {
  readonly #byNumber: (Cohort | undefined)[] = []
  readonly #free: number[] = []
  /** Numbers of cohorts by that of each of their channels. */
  readonly #byChannel: number[][] = []
  /** Sets with the same key are compared member by member, so that a collision does no harm. */
  readonly #byKey = new Map<string, Cohort[]>()

  /** How many there are. */
  get count(): number {
    return this.#byNumber.length - this.#free.length
  }

  /** Each number of a cohort is below this. */
  get numbers(): number {
    return this.#byNumber.length
  }

  /** Numbers of the cohorts that take a channel. */
  numbersOf(channel: ChannelState): readonly number[] {
    return this.#byChannel[channel.id] ?? NONE
  }

  /** @throws Error when no cohort has this number. */
  at(number: number): Cohort {
    const cohort = this.#byNumber[number]
    if (cohort === undefined) throw new Error(`expected a cohort with the number ${number}; found none`)
    return cohort
  }

  /** The cohorts that take a channel. */
  of(channel: ChannelState): readonly Cohort[] {
    return this.numbersOf(channel).map((number) => this.at(number))
  }

  /** The cohort of exactly these channels, made when there is none. */
  get(channels: ReadonlySet<ChannelState>): Cohort {
    const key = keyOf(channels)
    const sameKey = this.#byKey.get(key) ?? []
    const known = sameKey.find((cohort) => isSameSet(cohort.channels, channels))
    if (known !== undefined) return known
    const number = this.#free.pop() ?? this.#byNumber.length
    const cohort = new Cohort(number, key, new Set(channels))
    this.#byNumber[number] = cohort
    this.#byKey.set(key, [...sameKey, cohort])
    for (const channel of channels) {
      const numbers = this.#byChannel[channel.id]
      if (numbers === undefined) this.#byChannel[channel.id] = [number]
      else numbers.push(number)
    }
    return cohort
  }

  /** Forgets a cohort that has no members any more. */
  release(cohort: Cohort): void {
    const { number } = cohort
    if (cohort.size > 0 || this.#byNumber[number] !== cohort) return
    const others = (this.#byKey.get(cohort.key) ?? []).filter((other) => other !== cohort)
    if (others.length === 0) this.#byKey.delete(cohort.key)
    else this.#byKey.set(cohort.key, others)
    this.#byNumber[number] = undefined
    this.#free.push(number)
    for (const channel of cohort.channels) {
      const numbers = this.#byChannel[channel.id]
      const place = numbers?.indexOf(number) ?? -1
      if (numbers === undefined || place < 0) continue
      const last = numbers.pop()
      if (last !== undefined && last !== number) numbers[place] = last
    }
  }
}

const NONE: readonly number[] = []

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
