import { type Every, everyAlone } from '../telemetry/pulse.ts'
import type { FanOut } from './fan-out.ts'
import type { Frame } from './frame.ts'
import { type HeartbeatTimes, NO_PLACE, TURNS } from './heartbeat-times.ts'
import { ReadAhead } from './read-ahead.ts'
import type { Subscriber } from './subscriber.ts'
import { inTurns, TURN_BUDGET_MS } from './turns.ts'
import { WRITES_PER_BATCH } from './write-batch.ts'

export interface HeartbeatsOptions {
  readonly heartbeatMs: number
  readonly heartbeatTimes: HeartbeatTimes
  readonly fanOut: Pick<FanOut, 'writeAside'>
  /** Makes a heartbeat of this moment. */
  readonly heartbeat: () => Frame
  /** Asked of a client that hears nothing else: false when it has been closed instead. */
  readonly mayStay: (subscriber: Subscriber) => boolean
  /** Default: a timer of its own. */
  readonly every?: Every
}

/**
 * One heartbeat each interval for every client.
 *
 * A client that follows a stream gets it with the next frame, one system call less for each client and second; and alone
 * once no frame has come for a whole interval, or the heartbeat has waited for one.
 */
export class Heartbeats {
  readonly #options: HeartbeatsOptions
  /** By their places in the times. */
  readonly #subscribers: (Subscriber | undefined)[] = []
  #stop: (() => void) | undefined

  constructor(options: HeartbeatsOptions) {
    this.#options = options
  }

  start(): void {
    const { heartbeatMs, every = everyAlone } = this.#options
    this.#stop = every(heartbeatMs / TURNS, () => this.#beat())
  }

  stop(): void {
    this.#stop?.()
    this.#stop = undefined
  }

  /** @returns what takes the client out again. */
  add(subscriber: Subscriber): () => void {
    const { heartbeatTimes: times } = this.#options
    const place = times.add()
    subscriber.place = place
    this.#subscribers[place] = subscriber
    return () => {
      subscriber.place = NO_PLACE
      this.#subscribers[place] = undefined
      times.remove(place)
    }
  }

  #beat(): void {
    const { heartbeatTimes: times, mayStay } = this.#options
    const alone: Subscriber[] = []
    for (const place of times.beginTurn()) {
      const subscriber = this.#subscribers[place]
      if (subscriber === undefined) continue
      if (mayStay(subscriber)) alone.push(subscriber)
      else times.noteBeat(place)
    }
    if (alone.length > 0) inTurns(this.#beatAlone(alone), () => undefined)
  }

  /** To those of them whose heartbeat is still due then. */
  *#beatAlone(subscribers: readonly Subscriber[]): Generator<void> {
    const { heartbeatTimes: times, fanOut, heartbeat } = this.#options
    const ahead = new ReadAhead()
    let frame = heartbeat()
    let madeMs = performance.now()
    for (let from = 0; from < subscribers.length; from += WRITES_PER_BATCH) {
      const some = subscribers.slice(from, from + WRITES_PER_BATCH)
      ahead.read(some, some.length)
      for (const subscriber of some) {
        if (subscriber.isGone || !times.isDue(subscriber.place)) continue
        times.noteBeat(subscriber.place)
        fanOut.writeAside(subscriber, frame)
      }
      yield
      if (this.#stop === undefined) return
      const nowMs = performance.now()
      if (nowMs - madeMs < TURN_BUDGET_MS) continue
      frame = heartbeat()
      madeMs = nowMs
    }
  }
}
