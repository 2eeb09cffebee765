import type { Cohort } from './cohort.ts'
import type { Connection } from './connection.ts'
import type { Subscriber } from './subscriber.ts'
import type { Wire } from './wire.ts'

/** Clients written to between two looks at the clock. */
export const WRITES_PER_BATCH = 16

/**
 * The clients to be written to next.
 *
 * What the server keeps of a client is a chain of small objects all over the heap: the subscriber, its connection, the
 * wire, the handle and libuv's part of it. With many clients none of them is in the processor's cache any more when the
 * next flush comes, and to follow the chain means to wait for memory at each link. So the chains of a whole batch are
 * followed first, side by side, link by link: these reads do not depend on one another, and the processor has many of
 * them under way at a time.
 */
export class WriteBatch {
  readonly #cohorts: Cohort[] = []
  readonly #members: Subscriber[] = []
  readonly #lasts: boolean[] = []
  readonly #connections: Connection[] = []
  readonly #wires: (Wire | undefined)[] = []
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
  write(writeTo: (cohort: Cohort, member: Subscriber) => void): void {
    this.#readAhead()
    for (let n = 0; n < this.#size; n++) {
      const cohort = this.#cohorts[n]
      const member = this.#members[n]
      if (cohort === undefined || member === undefined) continue
      writeTo(cohort, member)
      if (this.#lasts[n]) cohort.clear()
    }
    this.#size = 0
  }

  #readAhead(): void {
    const connections = this.#connections
    const wires = this.#wires
    for (let n = 0; n < this.#size; n++) connections[n] = (this.#members[n] as Subscriber).connection
    for (let n = 0; n < this.#size; n++) wires[n] = (connections[n] as Connection).wire
    for (let n = 0; n < this.#size; n++) wires[n]?.look()
  }
}
