import type { Catalog, CatalogListener } from '../broadcast/catalog.ts'
import type { ChannelState } from '../broadcast/channel-state.ts'
import { type CodedError, codedError } from '../protocol/codes.ts'
import type { Every } from '../telemetry/pulse.ts'
import type { Cohort } from './cohort.ts'
import type { Connection } from './connection.ts'
import type { FanOut } from './fan-out.ts'
import type { Frame } from './frame.ts'
import type { HeartbeatTimes } from './heartbeat-times.ts'
import { Heartbeats } from './heartbeats.ts'
import type { Interest } from './interest.ts'
import type { Lanes } from './lanes.ts'
import { type Reply, Session, type SessionOptions } from './session.ts'
import type { SlowClients } from './slow-clients.ts'
import { MANY_CHANNELS, sourceStatusFrames, statusFrames } from './status-frames.ts'
import { Subscriber } from './subscriber.ts'
import type { Subscriptions } from './subscriptions.ts'

/** What a door holds of each of its clients. */
export interface ClientHandle {
  /** It does not follow the stream now, because it reads too slowly. */
  readonly isSlow: boolean
  request(name: string, payload: unknown, reply: (reply: Reply) => void): Promise<void>
  end(): void
}

export interface ClientsOptions {
  readonly catalog: Catalog
  readonly fanOut: FanOut
  readonly slowClients: Pick<SlowClients, 'isSlow'>
  readonly lanes: Lanes
  readonly subscriptions: Subscriptions
  readonly interest: Interest
  readonly session: SessionOptions
  readonly heartbeatMs: number
  readonly heartbeatTimes: HeartbeatTimes
  readonly maxConnections: number
  /** Most connections from one network address; 0 for no limit. */
  readonly maxConnectionsPerAddress: number
  /** Time in which a client has to subscribe to something, ms; 0 for no limit. */
  readonly firstSubscribeMs: number
  /** Makes a heartbeat of this moment. */
  readonly heartbeat: () => Frame
  /** Default: a timer of its own. */
  readonly every?: Every
}

/** All clients of all doors: greets and forgets them, and keeps them posted beside the stream. */
export class Clients implements CatalogListener {
  readonly #options: ClientsOptions
  readonly #byAddress = new Map<string, number>()
  readonly #heartbeats: Heartbeats

  constructor(options: ClientsOptions) {
    this.#options = options
    this.#heartbeats = new Heartbeats({ ...options, mayStay: (subscriber) => this.#mayStay(subscriber) })
  }

  get count(): number {
    return this.#options.fanOut.subscribers.size
  }

  start(): void {
    this.#options.catalog.listen(this)
    this.#heartbeats.start()
  }

  stop(): void {
    this.#heartbeats.stop()
  }

  /** Why no further connection from this address is taken in now; `undefined` when it is welcome. */
  refusal(address: string): CodedError | undefined {
    const { session, maxConnections, maxConnectionsPerAddress } = this.#options
    const isFull = this.count >= maxConnections
    const ofAddress = this.#byAddress.get(address) ?? 0
    const isAddressFull = maxConnectionsPerAddress > 0 && ofAddress >= maxConnectionsPerAddress
    if (!isFull && !isAddressFull) return undefined
    session.counters.connectionsRefused += 1
    return isFull
      ? codedError('tooManyConnections', `the server holds ${maxConnections} connections; come back later`)
      : codedError('tooManyConnections', `expected at most ${maxConnectionsPerAddress} connections of one address`)
  }

  /** Takes a new connection in. */
  open(connection: Connection, address: string): ClientHandle {
    const { fanOut, slowClients, subscriptions, session } = this.#options
    const subscriber = new Subscriber(connection, session.now())
    this.#count(address, 1)
    const requests = new Session(subscriber, session)
    session.counters.connectionsOpened += 1
    fanOut.subscribers.add(subscriber)
    const endHeartbeats = this.#heartbeats.add(subscriber)
    return {
      get isSlow() {
        return slowClients.isSlow(subscriber)
      },
      request: (name, payload, reply) => requests.request(name, payload, reply),
      end: () => {
        if (subscriber.isGone) return
        session.counters.connectionsClosed += 1
        endHeartbeats()
        this.#count(address, -1)
        subscriptions.forget(subscriber)
        fanOut.remove(subscriber)
      }
    }
  }

  onDeclared(channels: readonly ChannelState[]): void {
    this.#options.interest.onDeclared(channels)
    this.#options.subscriptions.onDeclared(channels)
  }

  /** Tells each cohort what changed of its channels. */
  onQuality(channels: readonly ChannelState[]): void {
    const { catalog, fanOut, lanes } = this.#options
    const byCohort = new Map<Cohort, ChannelState[]>()
    for (const channel of channels) {
      for (const cohort of lanes.all().flatMap((lane) => lane.cohorts.of(channel))) {
        const list = byCohort.get(cohort)
        if (list === undefined) byCohort.set(cohort, [channel])
        else list.push(channel)
      }
    }
    const [first] = channels
    const isWholeSource =
      first !== undefined && channels.length > MANY_CHANNELS && channels.length === catalog.awakeCountOf(first.source)
    const made = new Map<ChannelState, Frame>()
    for (const [cohort, changed] of byCohort) {
      const isBrief = isWholeSource && changed.length > MANY_CHANNELS && !holdsDormant(cohort, first)
      fanOut.bulletin(cohort, changed, isBrief ? sourceStatusFrames(first) : statusFrames(changed, made))
    }
  }

  /** Closes a client that subscribes to nothing in time. */
  #mayStay({ openedMs, hasSubscribed, connection }: Subscriber): boolean {
    const { firstSubscribeMs, session } = this.#options
    const isIdle = firstSubscribeMs > 0 && !hasSubscribed
    if (!isIdle || session.now() - openedMs <= firstSubscribeMs) return true
    connection.close('subscribeTimeout')
    return false
  }

  #count(address: string, change: 1 | -1): void {
    const count = (this.#byAddress.get(address) ?? 0) + change
    if (count > 0) this.#byAddress.set(address, count)
    else this.#byAddress.delete(address)
  }
}

/** Says whether the clients of a cohort wait for a channel of the same source that has no value yet. */
function holdsDormant({ channels }: Cohort, { source }: ChannelState): boolean {
  for (const channel of channels) if (channel.isDormant && channel.source === source) return true
  return false
}
