import type { ChannelState } from '../broadcast/channel-state.ts'
import type { Cohort } from './cohort.ts'
import type { Connection } from './connection.ts'
import { NO_PLACE } from './heartbeat-times.ts'
import type { Holding } from './holding.ts'
import type { Lane } from './lane.ts'
import type { Position } from './return-stage.ts'

/** Where a client was on each of its channels when it fell behind: all that is kept for it meanwhile. */
export interface Behind {
  readonly positions: readonly Position[]
  /** Channels of which it has not been told that their quality changed. */
  readonly untold: Set<ChannelState>
  /** When it fell behind, or began to read again, monotonic ms. */
  readonly sinceMs: number
  /** When it was last seen to read as fast as its bandwidth allows, monotonic ms, and what it had taken by then, bytes. */
  readMs: number
  takenBytes: number
  /** The last part of what it missed that it was sent, bytes, and when, monotonic ms. */
  readonly sent: { readonly room: number; readonly atMs: number } | undefined
  /** It reads too slowly, or its subscriptions need more than the cap on bandwidth. */
  readonly reason: 'backlog' | 'bandwidth'
  /** It was told that it reads too slowly, and is to be told when that is over. */
  readonly isToldSlow: boolean
}

/** One client as the fan-out sees it. */
export class Subscriber {
  // What each flush reads lies together: with many clients each piece of a subscriber is one wait for memory.
  readonly connection: Connection
  /** The flush at which it got its present channels: what was in that flush is contained in its snapshots. */
  joinedFlush = 0
  /** The flush that it followed last. */
  followedFlush = 0
  /** Set while the client does not follow the stream because it reads too slowly. */
  behind: Behind | undefined
  isGone = false
  /** Its place among all clients: in the times of the heartbeats, and when a flush is written. */
  place = NO_PLACE
  /** Where it takes its channels: for each rate the clients with the same channels at that rate. */
  readonly cohorts = new Map<Lane, Cohort>()
  /** Patterns that take in channels declared later, with the rate that was asked for. */
  readonly patterns = new Map<string, number | undefined>()
  /** What it may still be sent under the cap on bandwidth, bytes, as of `earnedMs` (monotonic). */
  allowanceBytes = 0
  earnedMs = 0
  isToldOfCap = false
  /** Set once it has held a channel or a pattern. */
  hasSubscribed = false

  /** When it connected, monotonic ms. */
  readonly openedMs: number

  constructor(connection: Connection, openedMs: number) {
    this.connection = connection
    this.openedMs = openedMs
  }

  /** The number of channels it holds. */
  get channelCount(): number {
    let count = 0
    for (const { channels } of this.cohorts.values()) count += channels.size
    return count
  }

  holds(channel: ChannelState): boolean {
    for (const { channels } of this.cohorts.values()) if (channels.has(channel)) return true
    return false
  }

  /** A copy of what it holds, to be changed and given to the fan-out. */
  holding(): Holding {
    return new Map([...this.cohorts].map(([lane, { channels }]) => [lane, new Set(channels)]))
  }

  *channels(): Generator<ChannelState> {
    for (const { channels } of this.cohorts.values()) yield* channels
  }
}
