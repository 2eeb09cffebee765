import type { Cohort, Cohorts } from './cohort.ts'
import { type MessageList, PlacedMessages } from './placed-messages.ts'

/** What a flush has for whom. */
export interface FlushRoutes {
  /** Cohorts with something to get, which know what. */
  readonly active: Cohort[]
  /** Places of plain events in the list. */
  readonly plain: number[]
}

/** Notes for each cohort which messages of a flush are for it. */
export function routeFlush(list: MessageList, cohorts: Cohorts): FlushRoutes {
  const wanted = new PlacedMessages()
  const active: Cohort[] = []
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
    const takers = cohorts.of(channel)
    if (takers.length === 0) continue
    const wantedPlace = wanted.add(segment, index, takers.length)
    const sizeBytes = wanted.size(wantedPlace)
    for (let n = 0; n < takers.length; n++) {
      const cohort = takers[n]
      if (cohort?.pick(wanted, wantedPlace, sizeBytes)) active.push(cohort)
    }
  }
  return { active, plain }
}
