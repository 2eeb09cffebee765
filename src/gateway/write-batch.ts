import type { Cohort } from './cohort.ts'
import type { Frame } from './frame.ts'
import { ReadAhead } from './read-ahead.ts'
import { DirectWrites } from './stream-handle.ts'
import type { StreamWriter } from './stream-writer.ts'
import type { Subscriber } from './subscriber.ts'

/** Clients written to between two looks at the clock. */
export const WRITES_PER_BATCH = 16

/**
 * The clients to be written to next.
 *
 * What a write needs of them is read ahead, all frames of a batch are made ready before the first is sent, and where a client
 * takes what it is sent at once, as nearly all do, nothing is done between its write and the next: a system call drives out of
 * the cache what comes before it.
 */
export class WriteBatch {
  readonly #writer: StreamWriter
  readonly #follows: (cohort: Cohort, member: Subscriber) => boolean
  readonly #cohorts: (Cohort | undefined)[] = []
  readonly #members: (Subscriber | undefined)[] = []
  readonly #lasts: boolean[] = []
  readonly #frames: (Frame | undefined)[] = []
  readonly #beats: (Frame | undefined)[] = []
  readonly #direct = new DirectWrites()
  readonly #ahead = new ReadAhead()
  #size = 0

  /** @param follows whether a member gets what the flush has for its cohort; asked once or more before it does. */
  constructor(writer: StreamWriter, follows: (cohort: Cohort, member: Subscriber) => boolean) {
    this.#writer = writer
    this.#follows = follows
  }

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
  write(): void {
    this.#ahead.read(this.#members, this.#size)
    for (let from = 0; from < this.#size; ) {
      const to = this.#prepare(from)
      this.#send(from, to)
      for (let n = from; n < to; n++) if (this.#lasts[n]) (this.#cohorts[n] as Cohort).clear()
      // The frame of a cohort that goes on in the next batch is kept for it.
      if (this.#lasts[to - 1]) this.#writer.reset()
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
  #prepare(from: number): number {
    const writer = this.#writer
    const { handles, bytes } = this.#direct
    let to = from
    for (; to < this.#size; to++) {
      const cohort = this.#cohorts[to] as Cohort
      const member = this.#members[to] as Subscriber
      const follows = this.#follows(cohort, member)
      if (follows && !writer.prepare(cohort) && to > from) break
      const frame = follows ? writer.frameFor(cohort) : undefined
      const beat = frame && writer.beatFor(member)
      const handle = frame && writer.handleOf(member)
      this.#frames[to] = frame
      this.#beats[to] = beat
      handles[to] = handle
      bytes[to] = handle && frame?.bytesFor(member.connection.door, beat)
    }
    return to
  }

  #send(from: number, to: number): void {
    const { handles, bytes } = this.#direct
    for (let n = from; ; n++) {
      n = this.#direct.run(n, to)
      if (n === to) return
      const frame = this.#frames[n]
      if (frame === undefined) continue
      const member = this.#members[n] as Subscriber
      if (handles[n] === undefined) this.#writer.send(member, frame, this.#beats[n])
      else this.#writer.settle(member, frame, bytes[n] as Uint8Array, this.#direct.outcome)
      // What else it gets goes behind that, and is counted as waiting.
      for (let next = n + 1; next < to; next++) if (this.#members[next] === member) handles[next] = undefined
    }
  }
}
