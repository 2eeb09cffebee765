import type { ChannelState } from '../broadcast/channel-state.ts'
import type { Cohort } from './cohort.ts'
import type { Frame } from './frame.ts'
import { FrameGroup } from './frame-group.ts'

/** What is new of the channels of a cohort beside their updates, of one flush. */
export interface Bulletin {
  readonly channels: readonly ChannelState[]
  readonly news: FrameGroup
}

/** The news of one flush for each cohort, in order: they leave together, by one system call for each member. */
export class Bulletins {
  readonly #byCohort = new Map<Cohort, { readonly channels: ChannelState[]; readonly frames: Frame[] }>()

  add(cohort: Cohort, channels: readonly ChannelState[], { frames }: FrameGroup): void {
    const known = this.#byCohort.get(cohort)
    if (known === undefined) this.#byCohort.set(cohort, { channels: [...channels], frames: [...frames] })
    else {
      for (const channel of channels) known.channels.push(channel)
      for (const frame of frames) known.frames.push(frame)
    }
  }

  /** What a cohort is to be told. */
  of(cohort: Cohort): Bulletin | undefined {
    const known = this.#byCohort.get(cohort)
    return known && { channels: known.channels, news: new FrameGroup(known.frames) }
  }

  cohorts(): Iterable<Cohort> {
    return this.#byCohort.keys()
  }
}
