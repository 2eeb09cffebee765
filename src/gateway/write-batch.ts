import type { Cohort } from './cohort.ts'
import { ReadAhead } from './read-ahead.ts'
import type { Subscriber } from './subscriber.ts'

/** Clients written to between two looks at the clock. */
export const WRITES_PER_BATCH = 16

/** How a client is written to. */
export interface BatchSteps {
  /** Makes what is sent to it ready; @returns false when there is no room for that until `reset`. */
  prepare(cohort: Cohort, member: Subscriber): boolean
  write(cohort: Cohort, member: Subscriber): void
  /** What was made ready was written. */
  reset(): void
}

/**
 * The clients to be written to next.
 *
 * What a write needs of them is read ahead, and all frames of a batch are made ready before the first is sent: a system
 * call drives out of the cache what comes before it.
 */
export class WriteBatch {
  readonly #cohorts: (Cohort | undefined)[] = []
  readonly #members: (Subscriber | undefined)[] = []
  readonly #lasts: boolean[] = []
  readonly #ahead = new ReadAhead()
  #size = 0

  get isFull(): boolean {
    return this.#size === WRITES_PER_BATCH
  }

  /** @param isLast whether the cohort is done with it. */
  add(cohort: Cohort, member: Subscriber, isLast: boolean): void {
    this.#cohorts[this.#size] = cohort
    this.#members[this.#size] = member
    this.#lasts[this.#size] = isLast
    this.#size += 1
  }

  /** Writes to all of them, in order, and is empty again. */
  write(steps: BatchSteps): void {
    this.#ahead.read(this.#members, this.#size)
    for (let from = 0; from < this.#size; ) {
      const to = this.#prepare(from, steps)
      for (let n = from; n < to; n++) {
        const cohort = this.#cohorts[n] as Cohort
        steps.write(cohort, this.#members[n] as Subscriber)
        if (this.#lasts[n]) cohort.clear()
      }
      // The frame of a cohort that goes on in the next batch is kept for it.
      if (this.#lasts[to - 1]) steps.reset()
      from = to
    }
    this.#size = 0
  }

  /** Forgets who was written to: nobody is kept in memory who leaves before the next flush. */
  forget(): void {
    this.#cohorts.fill(undefined)
    this.#members.fill(undefined)
    this.#ahead.forget()
  }

  /** @returns the place after the last one that is ready, or after the first: it gets memory of its own without room. */
  #prepare(from: number, steps: BatchSteps): number {
    let to = from
    while (to < this.#size && steps.prepare(this.#cohorts[to] as Cohort, this.#members[to] as Subscriber)) to += 1
    return Math.max(to, from + 1)
  }
}
