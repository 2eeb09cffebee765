import type { Counters } from '../telemetry/counters.ts'
import type { Allowance } from './allowance.ts'
import type { FanOut } from './fan-out.ts'
import { notify } from './notify.ts'
import type { SharedStages } from './shared-stages.ts'
import { statusFrames } from './status-frames.ts'
import type { Behind, Subscriber } from './subscriber.ts'

/** Who has read what it was handed in this time may be handed twice as much, ms; up to `MAX_ROOM` backlogs. */
const QUICK_MS = 60
const MAX_ROOM = 8

export interface WayBackOptions {
  readonly counters: Counters
  readonly maxBacklogBytes: number
  /** Monotonic clock, ms. */
  readonly now: () => number
}

/** The way of a client that was behind to the present, in parts that it has to read first. */
export class WayBack {
  readonly #options: WayBackOptions
  readonly #stages: SharedStages
  readonly #allowance: Allowance

  constructor(options: WayBackOptions, stages: SharedStages, allowance: Allowance) {
    this.#options = options
    this.#stages = stages
    this.#allowance = allowance
  }

  /**
   * Brings a client nearer to the present, or to it.
   *
   * @returns false when there is more to come, once it has read this.
   */
  advance(subscriber: Subscriber, fanOut: FanOut): boolean {
    const { behind, isGone } = subscriber
    if (behind === undefined || isGone) return true
    const { counters, now } = this.#options
    const room = this.#roomOf(behind)
    const { frames, positions, isLast, merged, dropped, gaps } = this.#stages.next(behind.positions, room, fanOut.flush)
    counters.clientUpdatesMerged += merged
    counters.clientUpdatesDropped += dropped
    counters.clientGaps += gaps.length
    // Held to its bandwidth it may never be at the present; having read a part of the way, it is slow no more.
    const isOver = behind.isToldSlow && (isLast || (behind.reason === 'bandwidth' && behind.sent !== undefined))
    if (isLast) fanOut.follow(subscriber)
    else {
      // Who has just begun to read again has the whole time for its way back.
      const sinceMs = behind.sent === undefined ? now() : behind.sinceMs
      const sent = { room, atMs: now() }
      const isToldSlow = behind.isToldSlow && !isOver
      subscriber.behind = { ...behind, positions, untold: new Set(), sinceMs, sent, isToldSlow }
    }
    if (gaps.length > 0) notify(subscriber, 'eventGap', 'event messages were not sent', gaps)
    const changed = [...behind.untold].filter((channel) => subscriber.holds(channel))
    if (changed.length > 0) fanOut.handAll(subscriber, statusFrames(changed))
    fanOut.sendFrames(subscriber, frames)
    if (isOver && subscriber.behind?.reason !== 'backlog') {
      counters.slowClientsRecovered += 1
      notify(subscriber, 'caughtUp', 'follows the stream again')
    }
    return isLast
  }

  /** What a client may be handed at once on its way back, bytes: more when it has read the last of it at once. */
  #roomOf({ reason, sent }: Behind): number {
    const { maxBacklogBytes, now } = this.#options
    if (reason === 'bandwidth') return Math.min(maxBacklogBytes, this.#allowance.mostBytes)
    if (sent === undefined || now() - sent.atMs > QUICK_MS) return maxBacklogBytes
    return Math.min(2 * sent.room, MAX_ROOM * maxBacklogBytes)
  }
}
