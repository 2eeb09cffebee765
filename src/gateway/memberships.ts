import type { ChannelState } from '../broadcast/channel-state.ts'
import type { Cohort } from './cohort.ts'
import type { Interest } from './interest.ts'
import type { Lane } from './lane.ts'
import type { Subscriber } from './subscriber.ts'

/** Moves clients between cohorts, and counts for lanes and interest which channels the cohorts hold. */
export class Memberships {
  readonly #interest: Pick<Interest, 'retain'>

  constructor(interest: Pick<Interest, 'retain'>) {
    this.#interest = interest
  }

  /** Makes a client a member of the cohort of exactly these channels in a lane, and of no other there; of none without any. */
  move(subscriber: Subscriber, lane: Lane, channels: ReadonlySet<ChannelState> | undefined): void {
    const from = subscriber.cohorts.get(lane)
    const to = channels === undefined || channels.size === 0 ? undefined : lane.cohorts.get(channels)
    if (from === to) return
    if (to === undefined) subscriber.cohorts.delete(lane)
    else {
      subscriber.cohorts.set(lane, to)
      to.join(subscriber)
      if (to.size === 1) this.#retain(to, lane, 1)
    }
    if (from === undefined) return
    from.leave(subscriber)
    if (from.size > 0) return
    lane.cohorts.release(from)
    this.#retain(from, lane, -1)
  }

  #retain({ channels }: Cohort, lane: Lane, change: 1 | -1): void {
    for (const channel of channels) {
      lane.retain(channel, change)
      this.#interest.retain(channel, change)
    }
  }
}
