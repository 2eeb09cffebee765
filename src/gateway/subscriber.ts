import type { ChannelState } from '../broadcast/channel-state.ts'
import type { Cohort } from './cohort.ts'
import type { Connection } from './connection.ts'

/** Where a client was on each of its channels when it fell behind: all that is kept for it meanwhile. */
export interface Behind {
  readonly channels: readonly ChannelState[]
  readonly epochs: readonly string[]
  readonly seqs: Float64Array
  /** When it fell behind, monotonic ms. */
  readonly sinceMs: number
  /** The same by the wall clock, ms since the Unix epoch. */
  readonly sinceTime: number
}

/** One client as the fan-out sees it. */
export class Subscriber {
  readonly connection: Connection
  /** The clients with the same channels; `undefined` while it has none. */
  cohort: Cohort | undefined
  /** The flush at which it got its present channels: what was in that flush is contained in its snapshots. */
  joinedFlush = 0
  /** Set while the client does not follow the stream because it reads too slowly. */
  behind: Behind | undefined
  /** Patterns that take in channels declared later. */
  readonly patterns = new Set<string>()
  isGone = false

  constructor(connection: Connection) {
    this.connection = connection
  }
}
