/** Did every client get every message of its channels once and in order, and how late was each? */
import { Histogram } from './histogram.ts'

/** The client does not hold the channel. */
const NOT_HELD = -2
/** The client holds the channel, and its first update says where it stands. */
const UNKNOWN = -1

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
  readonly channels: number
  /** Latencies by group: 0 for all clients that nothing is done to, 1 for the others. */
  readonly histograms = [new Histogram(), new Histogram()] as const
  readonly groups: Uint8Array
  /** When each client first got an update that was due after `freshFrom`; 0 before that. */
  readonly freshTimes: Float64Array
  freshFrom = Number.POSITIVE_INFINITY
  /** When the newest update came, ms since the Unix epoch. */
  lastTime = 0
  #accounts = empty()
  readonly #last: Int32Array
  readonly #base: Int32Array

  constructor(clients: number, channels: number) {
    this.channels = channels
    this.groups = new Uint8Array(clients)
    this.freshTimes = new Float64Array(clients)
    this.#last = new Int32Array(clients * channels).fill(NOT_HELD)
    this.#base = new Int32Array(clients * channels)
  }

  /** The client takes these channels, which stand at `finals`; without them the first update of each says where. */
  hold(client: number, channels: Iterable<number>, finals?: ArrayLike<number>): void {
    const from = client * this.channels
    this.#last.fill(NOT_HELD, from, from + this.channels)
    for (const channel of channels) this.#last[from + channel] = finals?.[channel] ?? UNKNOWN
  }

  /** Starts the accounts and the latencies anew. */
  begin(): void {
    this.#accounts = empty()
    this.#base.set(this.#last)
    for (const histogram of this.histograms) histogram.clear()
  }

  /** `updates` updates in a row, which stand for `(prev, seq]`. */
  take(client: number, channel: number, prev: number, seq: number, updates: number, isSnapshot: boolean): void {
    const accounts = this.#accounts
    const place = client * this.channels + channel
    const last = this.#last[place] ?? NOT_HELD
    if (channel >= this.channels || last === NOT_HELD) {
      accounts.unexpected += updates
      return
    }
    if (last === UNKNOWN) {
      this.#base[place] = isSnapshot ? seq : prev
      this.#last[place] = seq
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
    this.#last[place] = seq
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
    for (let place = 0, client = -1; place < this.#last.length; place++) {
      const channel = place % this.channels
      if (channel === 0) client += 1
      const last = this.#last[place] ?? NOT_HELD
      if (last !== NOT_HELD && last !== finals[channel] && this.groups[client] === group) return false
    }
    return true
  }

  /** True when the client has something of one of its channels. */
  hasAny(client: number): boolean {
    const from = client * this.channels
    return this.#last.subarray(from, from + this.channels).some((last) => last > 0)
  }

  /** The accounts since `begin`, up to the newest messages. */
  close(finals: ArrayLike<number>): Accounts {
    const accounts = { ...this.#accounts }
    this.#last.forEach((last, place) => {
      if (last < 0) return
      const final = finals[place % this.channels] ?? 0
      accounts.sent += final - Math.max(0, this.#base[place] ?? 0)
      accounts.missing += final - last
    })
    return accounts
  }
}

function empty(): Accounts {
  return { sent: 0, delivered: 0, merged: 0, missing: 0, repeated: 0, unexpected: 0, snapshots: 0 }
}
