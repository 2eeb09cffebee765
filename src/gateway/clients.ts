import type { Catalog, CatalogListener } from '../broadcast/catalog.ts'
import type { ChannelState } from '../broadcast/channel-state.ts'
import type { Answer } from '../protocol/requests.ts'
import type { Heartbeat } from '../protocol/server-events.ts'
import type { Cohort } from './cohort.ts'
import type { Connection } from './connection.ts'
import type { FanOut } from './fan-out.ts'
import { Frame } from './frame.ts'
import type { Lanes } from './lane.ts'
import { Session, type SessionOptions } from './session.ts'
import { statusFrames } from './status-frames.ts'
import { Subscriber } from './subscriber.ts'
import type { Subscriptions } from './subscriptions.ts'

/** Parts of the heartbeat interval: each client has its own, so that not all are written to at once. */
const HEARTBEAT_PARTS = 10

/** What a door holds of each of its clients. */
export interface ClientHandle {
  request(name: string, payload: unknown, reply: (answer: Answer) => void): Promise<void>
  end(): void
}

export interface ClientsOptions {
  readonly catalog: Catalog
  readonly fanOut: FanOut
  readonly lanes: Lanes
  readonly subscriptions: Subscriptions
  readonly session: SessionOptions
  readonly heartbeatMs: number
  /** Delay of the event loop, ms. */
  readonly lagMs: () => number
}

/** All clients of all doors: greets and forgets them, and keeps them posted beside the stream. */
export class Clients implements CatalogListener {
  readonly #options: ClientsOptions
  readonly #parts: Set<Subscriber>[] = Array.from({ length: HEARTBEAT_PARTS }, () => new Set())
  #opened = 0
  #timer: NodeJS.Timeout | undefined

  constructor(options: ClientsOptions) {
    this.#options = options
  }

  get count(): number {
    return this.#options.fanOut.subscribers.size
  }

  start(): void {
    this.#options.catalog.listen(this)
    let turn = 0
    const beat = () => this.#beat(turn++ % HEARTBEAT_PARTS)
    this.#timer = setInterval(beat, this.#options.heartbeatMs / HEARTBEAT_PARTS)
    this.#timer.unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** Takes a new connection in. */
  open(connection: Connection): ClientHandle {
    const { fanOut, subscriptions, session } = this.#options
    const subscriber = new Subscriber(connection)
    const part = this.#parts[this.#opened++ % HEARTBEAT_PARTS]
    const requests = new Session(subscriber, session)
    session.counters.connectionsOpened += 1
    fanOut.subscribers.add(subscriber)
    part?.add(subscriber)
    return {
      request: (name, payload, reply) => requests.request(name, payload, reply),
      end: () => {
        if (subscriber.isGone) return
        session.counters.connectionsClosed += 1
        part?.delete(subscriber)
        subscriptions.forget(subscriber)
        fanOut.remove(subscriber)
      }
    }
  }

  onDeclared(channels: readonly ChannelState[]): void {
    this.#options.subscriptions.onDeclared(channels)
  }

  /** Tells each cohort what changed of its channels. */
  onQuality(channels: readonly ChannelState[]): void {
    const { fanOut, lanes } = this.#options
    const byCohort = new Map<Cohort, ChannelState[]>()
    for (const channel of channels) {
      for (const cohort of lanes.all().flatMap((lane) => lane.cohorts.of(channel))) {
        const list = byCohort.get(cohort)
        if (list === undefined) byCohort.set(cohort, [channel])
        else list.push(channel)
      }
    }
    for (const [cohort, changed] of byCohort) fanOut.bulletin(cohort, statusFrames(changed))
  }

  #beat(part: number): void {
    const { fanOut, lagMs } = this.#options
    const heartbeat: Heartbeat = { serverTime: Date.now(), lagMs: lagMs() }
    const frame = Frame.ofEvent('heartbeat', heartbeat)
    for (const subscriber of this.#parts[part] ?? []) fanOut.writeAside(subscriber, frame)
  }
}
