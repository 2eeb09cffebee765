import type { Cohort } from './cohort.ts'
import type { Frame } from './frame.ts'
import { ReadAhead } from './read-ahead.ts'
import { DirectWrites, type StreamHandle } from './stream-handle.ts'
import type { Subscriber } from './subscriber.ts'

/** Clients written to between two looks at the clock. */
export const WRITES_PER_BATCH = 16

/** How a client is written to. */
export interface BatchSteps {
  /** Makes what is sent to it ready; @returns false when there is no room for that until `reset`. */
  prepare(cohort: Cohort, member: Subscriber): boolean
  /** @returns what is sent to it now, counted as sent; none when it gets nothing. */
  frameFor(cohort: Cohort, member: Subscriber): Frame | undefined
  /** @returns the heartbeat that goes behind that. */
  beatFor(member: Subscriber): Frame | undefined
  /** @returns where it may be written to by itself; none when there is more to it. */
  handleOf(member: Subscriber): StreamHandle | undefined
  /** Hands it over. */
  send(member: Subscriber, frame: Frame, beat: Frame | undefined): void
  /** What was written by itself was not taken. */
  settle(member: Subscriber, frame: Frame, bytes: Uint8Array, outcome: number): void
  /** What was made ready was written. */
  reset(): void
}

/**
 * The clients to be written to next.
 *
 * What a write needs of them is read ahead, all frames of a batch are made ready before the first is sent, and where a client
 * takes what it is sent at once, as nearly all do, nothing is done between its write and the next: a system call drives out of
 * the cache what comes before it.
 */
export class WriteBatch {
  readonly #cohorts: (Cohort | undefined)[] = []
  readonly #members: (Subscriber | undefined)[] = []
  readonly #lasts: boolean[] = []
  readonly #frames: (Frame | undefined)[] = []
  readonly #beats: (Frame | undefined)[] = []
  readonly #direct = new DirectWrites()
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
      this.#send(from, to, steps)
      for (let n = from; n < to; n++) if (this.#lasts[n]) (this.#cohorts[n] as Cohort).clear()
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
    this.#frames.fill(undefined)
    this.#beats.fill(undefined)
    this.#direct.forget()
    this.#ahead.forget()
  }

  /** @returns the place after the last one that is ready; the first always is: without room it gets memory of its own. */
  #prepare(from: number, steps: BatchSteps): number {
    let to = from
    while (to < this.#size) {
      const cohort = this.#cohorts[to] as Cohort
      const member = this.#members[to] as Subscriber
      if (!steps.prepare(cohort, member) && to > from) break
      const frame = steps.frameFor(cohort, member)
      const beat = frame && steps.beatFor(member)
      const handle = frame && steps.handleOf(member)
      this.#frames[to] = frame
      this.#beats[to] = beat
      this.#direct.handles[to] = handle
      this.#direct.bytes[to] = handle && frame?.bytesFor(member.connection.door, beat)
      to += 1
    }
    return to
  }

  #send(from: number, to: number, steps: BatchSteps): void {
    const { handles, bytes } = this.#direct
    for (let n = from; ; n++) {
      n = this.#direct.run(n, to)
      if (n === to) return
      const frame = this.#frames[n]
      if (frame === undefined) continue
      const member = this.#members[n] as Subscriber
      if (handles[n] === undefined) steps.send(member, frame, this.#beats[n])
      else steps.settle(member, frame, bytes[n] as Uint8Array, this.#direct.outcome)
      // What else it gets goes behind that, and is counted as waiting.
      for (let next = n + 1; next < to; next++) if (this.#members[next] === member) handles[next] = undefined
    }
  }
}
