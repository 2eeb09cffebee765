/** Did every client get every message of its channels once and in order, and how late was each? */
import { Histogram } from './histogram.ts'

/** The first update of the channel says where it stands. */
const UNKNOWN = -1

/** The channels of a client, ascending; for each its newest message, and the one that the accounts begin after. */
interface Holding {
  readonly channels: Int32Array
  readonly last: Int32Array
  readonly base: Int32Array
}

const NOTHING: Holding = { channels: new Int32Array(), last: new Int32Array(), base: new Int32Array() }

/** What became of the messages sent to some clients: `delivered + merged + missing = sent`, unless some came twice. */
export interface Accounts {
  sent: number
  delivered: number
  /** Did not come one by one, because a newer one stood for them. */
  merged: number
  /** Did not come, and nothing stood for them. */
  missing: number
  /** Came again, or after a newer one. */
  repeated: number
  /** Of channels that the client does not hold. */
  unexpected: number
  /** Present states sent to a client that joins. */
  snapshots: number
}

/** Follows each channel of each client of one load process; clients are numbered from 0, channels too. */
export class Auditor {
  /** Latencies by group: 0 for all clients that nothing is done to, 1 for the others. */
  readonly histograms = [new Histogram(), new Histogram()] as const
  readonly groups: Uint8Array
  /** When each client first got an update that was due after `freshFrom`; 0 before that. */
  readonly freshTimes: Float64Array
  freshFrom = Number.POSITIVE_INFINITY
  /** When the newest update came, ms since the Unix epoch. */
  lastTime = 0
  #accounts = empty()
  readonly #holdings: Holding[]
  /** Where the channel of the last update stands among those of its client. */
  #place = 0

  constructor(clients: number) {
    this.groups = new Uint8Array(clients)
    this.freshTimes = new Float64Array(clients)
    this.#holdings = Array.from({ length: clients }, () => NOTHING)
  }

  /**
   * The client takes these channels and no others.
   *
   * @param channels ascending.
   * @param finals where they stand; without them the first update of each says where.
   */
  hold(client: number, channels: readonly number[], finals?: ArrayLike<number>): void {
    const last = Int32Array.from(channels, (channel) => finals?.[channel] ?? UNKNOWN)
    this.#holdings[client] = { channels: Int32Array.from(channels), last, base: last.slice() }
  }

  /** Starts the accounts and the latencies anew. */
  begin(): void {
    this.#accounts = empty()
    for (const { last, base } of this.#holdings) base.set(last)
    for (const histogram of this.histograms) histogram.clear()
  }

  /** `updates` updates in a row, which stand for `(prev, seq]`. */
  take(client: number, channel: number, prev: number, seq: number, updates: number, isSnapshot: boolean): void {
    const accounts = this.#accounts
    const { channels, last: newest, base } = this.#holdings[client] ?? NOTHING
    const place = this.#placeIn(channels, channel)
    const last = newest[place]
    if (last === undefined) {
      accounts.unexpected += updates
      return
    }
    if (last === UNKNOWN) {
      base[place] = isSnapshot ? seq : prev
      newest[place] = seq
      if (isSnapshot) accounts.snapshots += 1
      else accounts.delivered += updates
      return
    }
    if (seq <= last) {
      if (isSnapshot && seq === last) accounts.snapshots += 1
      else accounts.repeated += updates
      return
    }
    accounts.delivered += updates
    accounts.missing += Math.max(0, prev - last)
    accounts.merged += seq - Math.max(prev, last) - updates
    newest[place] = seq
  }

  /** `count` updates that were due at `scheduledTime` have come at `time`. */
  time(client: number, scheduledTime: number, count: number, time: number): void {
    this.lastTime = time
    const histogram = this.histograms[this.groups[client] === 0 ? 0 : 1]
    histogram.add(time - scheduledTime, count)
    if (scheduledTime >= this.freshFrom && this.freshTimes[client] === 0) this.freshTimes[client] = time
  }

  /** True when every client of a group has the newest message of each of its channels. */
  isComplete(finals: ArrayLike<number>, group: number): boolean {
    return this.#holdings.every(
      ({ channels, last }, client) =>
        this.groups[client] !== group || channels.every((channel, place) => last[place] === finals[channel])
    )
  }

  /** True when the client has something of one of its channels. */
  hasAny(client: number): boolean {
    return this.#holdings[client]?.last.some((seq) => seq > 0) === true
  }

  /** The accounts since `begin`, up to the newest messages. */
  close(finals: ArrayLike<number>): Accounts {
    const accounts = { ...this.#accounts }
    for (const { channels, last, base } of this.#holdings) {
      channels.forEach((channel, place) => {
        const [seq = UNKNOWN, from = 0, final = 0] = [last[place], base[place], finals[channel]]
        if (seq === UNKNOWN) return
        accounts.sent += final - Math.max(0, from)
        accounts.missing += final - seq
      })
    }
    return accounts
  }

  /** Place of a channel among those of a client; -1 when it is not among them. The next one is the likeliest. */
  #placeIn(channels: Int32Array, channel: number): number {
    const next = this.#place + 1
    if (channels[next] === channel) {
      this.#place = next
      return next
    }
    let [low, high] = [0, channels.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((channels[middle] ?? 0) < channel) low = middle + 1
      else high = middle
    }
    this.#place = low
    return channels[low] === channel ? low : -1
  }
}

function empty(): Accounts {
  return { sent: 0, delivered: 0, merged: 0, missing: 0, repeated: 0, unexpected: 0, snapshots: 0 }
}
