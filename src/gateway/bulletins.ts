import type { ChannelState } from '../broadcast/channel-state.ts'
import type { Cohort } from './cohort.ts'
import type { FrameGroup } from './frame-group.ts'

/** What is new of the channels of a cohort beside their updates, of one flush. */
export interface Bulletin {
  readonly channels: readonly ChannelState[]
  readonly news: FrameGroup
}

/** The news of one flush for each cohort, in order: they leave together, by one system call for each member. */
export class Bulletins {
  readonly #byCohort = new Map<Cohort, { readonly channels: ChannelState[]; readonly news: FrameGroup }>()

  add(cohort: Cohort, channels: readonly ChannelState[], news: FrameGroup): void {
    const known = this.#byCohort.get(cohort)
    if (known === undefined) this.#byCohort.set(cohort, { channels: [...channels], news: news.copy() })
    else {
      for (const channel of channels) known.channels.push(channel)
      known.news.add(news)
    }
  }

  /** What a cohort is to be told. */
  of(cohort: Cohort): Bulletin | undefined {
    return this.#byCohort.get(cohort)
  }

  all(): Iterable<readonly [Cohort, Bulletin]> {
    return this.#byCohort
  }
}
