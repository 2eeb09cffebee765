import type { ChannelState } from '../broadcast/channel-state.ts'
import type { Segment } from '../broadcast/segment.ts'
import type { Cohort, Cohorts } from './cohort.ts'
import { PlacedMessages } from './placed-messages.ts'

/** Picks that memory is kept for between two flushes; what a burst needed beyond that is let go. */
const KEPT_PICKS = 2 ** 20
/** Up to here a sum is a whole number for V8, and not a piece of memory of its own. */
const MAX_WHOLE = 2 ** 30

/**
 * Which messages of a flush go to which cohorts of a lane.
 *
 * A message is counted for each cohort that takes it, by the number of the cohort, and once all are counted their places are
 * written down, those of a cohort side by side and the cohorts in the order in which they are written to. So a cohort itself
 * is not looked at for each message: with thousands of them, each look is a wait for memory.
 */
export class Routes {
  readonly #cohorts: Cohorts
  /** By the number of a cohort: how many messages it gets, and the bytes of their JSON; 0 between two flushes. */
  #counts = new Int32Array()
  #sizes = new Float64Array()
  /** By the number of a cohort: where its next pick is written. */
  #nexts = new Int32Array()
  #picks = new Int32Array()
  #messages = new PlacedMessages()
  /** Numbers of the cohorts that take each message. */
  #takers: (readonly number[])[] = []
  #total = 0

  constructor(cohorts: Cohorts) {
    this.#cohorts = cohorts
  }

  /** Adds the next message. */
  add(segment: Segment, index: number, channel: ChannelState): void {
    const takers = this.#cohorts.numbersOf(channel)
    if (takers.length === 0) return
    if (this.#total === 0) this.#begin()
    const sizeBytes = this.#messages.size(this.#messages.add(segment, index, takers.length))
    this.#takers.push(takers)
    this.#total += takers.length
    const counts = this.#counts
    const sizes = this.#sizes
    for (let n = 0; n < takers.length; n++) {
      const number = takers[n] as number
      counts[number] = (counts[number] as number) + 1
      sizes[number] = (sizes[number] as number) + sizeBytes
    }
  }

  /** @returns the cohorts that get some of the messages, in the order in which they are written to; each knows what. */
  end(): Cohort[] {
    if (this.#total === 0) return []
    const active = this.#active()
    this.#give(active)
    this.#messages = new PlacedMessages()
    this.#takers = []
    this.#total = 0
    return active
  }

  #active(): Cohort[] {
    const counts = this.#counts
    const active: Cohort[] = []
    for (let number = 0; number < this.#cohorts.numbers; number++) {
      if (counts[number] !== 0) active.push(this.#cohorts.at(number))
    }
    return inOrderOfPlaces(active)
  }

  #give(active: readonly Cohort[]): void {
    const messages = this.#messages
    const counts = this.#counts
    const sizes = this.#sizes
    const nexts = this.#nexts
    const picks = this.#room()
    let from = 0
    for (let n = 0; n < active.length; n++) {
      const cohort = active[n] as Cohort
      const { number } = cohort
      const count = counts[number] as number
      const size = sizes[number] as number
      const sizeBytes = size < MAX_WHOLE ? size | 0 : size
      if (count === messages.count) cohort.give(messages, undefined, 0, count, sizeBytes)
      else cohort.give(messages, picks, from, count, sizeBytes)
      nexts[number] = from
      from += count
      counts[number] = 0
      sizes[number] = 0
    }
    for (let place = 0; place < this.#takers.length; place++) {
      const takers = this.#takers[place] as readonly number[]
      for (let n = 0; n < takers.length; n++) {
        const number = takers[n] as number
        const next = nexts[number] as number
        picks[next] = place
        nexts[number] = next + 1
      }
    }
  }

  /** Makes room for all cohorts that there are: none comes or goes while messages are added. */
  #begin(): void {
    const { numbers } = this.#cohorts
    if (numbers <= this.#counts.length) return
    const length = 2 ** Math.ceil(Math.log2(numbers))
    this.#counts = new Int32Array(length)
    this.#sizes = new Float64Array(length)
    this.#nexts = new Int32Array(length)
  }

  #room(): Int32Array {
    if (this.#total > KEPT_PICKS) return new Int32Array(this.#total)
    if (this.#total > this.#picks.length) this.#picks = new Int32Array(2 ** Math.ceil(Math.log2(this.#total)))
    return this.#picks
  }
}

/** Sorts numbers instead of cohorts, which is quicker, and nothing while cohorts have the order in which they were made. */
function inOrderOfPlaces(cohorts: Cohort[]): Cohort[] {
  const { length } = cohorts
  const keys = new Float64Array(length)
  let isInOrder = true
  for (let n = 0, last = -1; n < length; n++) {
    const key = (cohorts[n] as Cohort).place * length + n
    keys[n] = key
    isInOrder &&= key > last
    last = key
  }
  if (isInOrder) return cohorts
  keys.sort()
  const sorted: Cohort[] = []
  for (let n = 0; n < length; n++) sorted.push(cohorts[(keys[n] as number) % length] as Cohort)
  return sorted
}
