import { type Every, everyAlone } from '../telemetry/pulse.ts'
import type { FanOut } from './fan-out.ts'
import type { Frame } from './frame.ts'
import { ReadAhead } from './read-ahead.ts'
import type { Subscriber } from './subscriber.ts'
import { inTurns, TURN_BUDGET_MS } from './turns.ts'
import { WRITES_PER_BATCH } from './write-batch.ts'

/** Parts of the interval: each client has its own, so that not all are written to at once. */
const PARTS = 10

export interface HeartbeatsOptions {
  readonly intervalMs: number
  readonly fanOut: Pick<FanOut, 'flush' | 'writeAside'>
  /** Makes a heartbeat of this moment. */
  readonly heartbeat: () => Frame
  /** Asked at each turn of a client: false when it has been closed instead. */
  readonly mayStay: (subscriber: Subscriber) => boolean
  /** Default: a timer of its own. */
  readonly every?: Every
}

/**
 * One heartbeat each interval for every client.
 *
 * A client that follows a stream gets it with the next frame, one system call less for each client and second; and alone
 * once it has heard nothing for a whole interval, or has waited for one.
 */
export class Heartbeats {
  readonly #options: HeartbeatsOptions
  readonly #parts: Set<Subscriber>[] = Array.from({ length: PARTS }, () => new Set())
  /** Clients whose heartbeat is due, and waits for a frame of the stream to go with. */
  readonly #due = new Set<Subscriber>()
  /** The flush, an interval before, against which those were last looked at. */
  #lookedFlush = -1
  /** The flush at each turn of the last interval. */
  readonly #flushes: number[] = Array.from({ length: PARTS }, () => 0)
  #added = 0
  #turn = 0
  #stop: (() => void) | undefined

  constructor(options: HeartbeatsOptions) {
    this.#options = options
  }

  start(): void {
    const { intervalMs, every = everyAlone } = this.#options
    this.#stop = every(intervalMs / PARTS, () => this.#beat(this.#turn++ % PARTS))
  }

  stop(): void {
    this.#stop?.()
  }

  /** @returns what takes the client out again. */
  add(subscriber: Subscriber): () => void {
    const part = this.#parts[this.#added++ % PARTS]
    part?.add(subscriber)
    return () => part?.delete(subscriber)
  }

  #beat(turn: number): void {
    const { fanOut, mayStay } = this.#options
    const anIntervalAgo = this.#flushes[turn] ?? 0
    this.#flushes[turn] = fanOut.flush
    const alone: Subscriber[] = []
    const hasHeard = ({ followedFlush, joinedFlush }: Subscriber) =>
      Math.max(followedFlush, joinedFlush) > anIntervalAgo
    // Whom the same flush let wait at the turn before waits on.
    if (anIntervalAgo !== this.#lookedFlush) {
      this.#lookedFlush = anIntervalAgo
      for (const subscriber of this.#due) {
        const isDue = subscriber.isBeatDue && !subscriber.isGone
        if (isDue && hasHeard(subscriber)) continue
        this.#due.delete(subscriber)
        if (isDue) alone.push(subscriber)
      }
    }
    for (const subscriber of this.#parts[turn] ?? []) {
      if (!mayStay(subscriber)) continue
      // Who has waited for an interval has heard other things, and no heartbeat.
      const mayWait = !subscriber.isBeatDue && subscriber.cohorts.size > 0 && subscriber.behind === undefined
      subscriber.isBeatDue = true
      if (mayWait && hasHeard(subscriber)) this.#due.add(subscriber)
      else alone.push(subscriber)
    }
    if (alone.length > 0) inTurns(this.#beatAlone(alone), () => undefined)
  }

  /** To those of them whose heartbeat is still due then. */
  *#beatAlone(subscribers: readonly Subscriber[]): Generator<void> {
    const { fanOut, heartbeat } = this.#options
    const ahead = new ReadAhead()
    let frame = heartbeat()
    let madeMs = performance.now()
    for (let from = 0; from < subscribers.length; from += WRITES_PER_BATCH) {
      const some = subscribers.slice(from, from + WRITES_PER_BATCH)
      ahead.read(some, some.length)
      for (const subscriber of some) {
        if (!subscriber.isBeatDue || subscriber.isGone) continue
        subscriber.isBeatDue = false
        fanOut.writeAside(subscriber, frame)
      }
      yield
      const nowMs = performance.now()
      if (nowMs - madeMs < TURN_BUDGET_MS) continue
      frame = heartbeat()
      madeMs = nowMs
    }
  }
}
