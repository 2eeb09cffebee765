import { isPattern, patternMatcher } from '../src/protocol/channel.ts'
import type { FeedHolder } from './feed.ts'

/** One holder of a channel or pattern; without a rate it wants every update. */
export interface Hold {
  readonly holder: FeedHolder
  readonly maxRateHz: number | undefined
}

/** A channel or pattern that somebody wants: one subscription, however many hold it. */
export class Wish {
  readonly name: string
  readonly holds = new Set<Hold>()
  /** Says whether a channel belongs to the pattern; `undefined` for a single channel. */
  readonly matches: ((channel: string) => boolean) | undefined
  /** Whether it was asked for, and answered, on the present connection. */
  isSent = false
  isAnswered = false
  /** The rate that was asked for last; for a channel that is the highest of all who want it. */
  askedHz: number | undefined

  constructor(name: string) {
    this.name = name
    this.matches = isPattern(name) ? patternMatcher(name) : undefined
  }
}

/** The rate that satisfies every holder; `undefined` for every update. */
export function highestRateHz(wishes: Iterable<Wish>): number | undefined {
  let highest = 0
  for (const { holds } of wishes) {
    for (const { maxRateHz } of holds) {
      if (maxRateHz === undefined) return undefined
      highest = Math.max(highest, maxRateHz)
    }
  }
  return highest === 0 ? undefined : highest
}
