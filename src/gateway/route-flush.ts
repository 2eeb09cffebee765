import type { Cohort } from './cohort.ts'
import type { Lane } from './lane.ts'
import type { MessageList } from './placed-messages.ts'

/** What a flush has for whom. */
export interface FlushRoutes {
  /** Cohorts with something to get, which know what. */
  readonly active: Cohort[]
  /** Places of plain events in the list. */
  readonly plain: number[]
}

/** Notes for each cohort of a lane that takes every flush which messages of this one are for it. */
export function routeFlush(list: MessageList, { routes }: Lane): FlushRoutes {
  const plain: number[] = []
  for (let place = 0; place < list.segments.length; place++) {
    const segment = list.segments[place]
    const index = list.indexes[place] ?? 0
    const channel = segment?.channel(index)
    if (segment === undefined || channel === undefined) continue
    if (channel.form === 'plain') {
      plain.push(place)
      continue
    }
    // What waited in the queue across a restart is of the epoch before.
    channel.flushedSeq = channel.isEpochNew ? 0 : Math.min(segment.seq(index), channel.seq)
    routes.add(segment, index, channel)
  }
  return { active: routes.end(), plain }
}
