import { io, type Socket } from 'socket.io-client'
import type { CodedError } from '../src/protocol/codes.ts'
import { isReservedEvent } from '../src/protocol/plain-event.ts'
import type { SubscriptionWish } from '../src/protocol/requests.ts'
import {
  type Heartbeat,
  NAMESPACE,
  type Notice,
  type SourceStatus,
  type Status,
  type Update,
  type UpdatesMeta
} from '../src/protocol/server-events.ts'
import type { ClientRequests, ServerEvents, SubscribeReply } from './market-events.ts'
import { SilenceWatch } from './silence-watch.ts'
import { SnapshotRequests } from './snapshot-requests.ts'

export interface MarketConnectionOptions {
  /** Where the server is, e.g. `http://localhost:8080`. */
  readonly url: string
  /** In the order in which they are tried; default WebSocket, then HTTP long-polling. */
  readonly transports?: readonly ('websocket' | 'polling')[]
}

/** What happened to the connection, other than by `close`: `down` comes back by itself, `closed` does not. */
export type ConnectionChange =
  | { readonly state: 'connected' }
  | { readonly state: 'down' | 'closed'; readonly reason: string }

/** Takes back a registration. */
export type Off = () => void

const REQUEST_TIMEOUT_MS = 5_000
const RECONNECT_DELAY_MS = 500
const RECONNECT_DELAY_MAX_MS = 5_000

/** Connects to a tickcast server, and again whenever the connection is lost, until `close`. */
export function connectMarket(options: MarketConnectionOptions): MarketConnection {
  return new MarketConnection(options)
}

/**
 * The protocol's events and requests over one Socket.IO connection, typed; the only place that knows socket.io-client.
 *
 * It hands on what arrives as it arrives. Whether an update continues a channel is for `Continuity` to say.
 */
export class MarketConnection {
  readonly #socket: Socket<ServerEvents, ClientRequests>
  /** What is to be subscribed on every connection, by channel or pattern. */
  readonly #wishes = new Map<string, SubscriptionWish>()
  readonly #answerListeners = new Set<(reply: SubscribeReply) => void>()
  readonly #changeListeners = new Set<(change: ConnectionChange) => void>()
  readonly #silence = new SilenceWatch(() => this.#socket.io.engine.close())
  #retry: ReturnType<typeof setTimeout> | undefined
  readonly #snapshots = new SnapshotRequests((channel) => this.#askSnapshot(channel))

  constructor({ url, transports = ['websocket', 'polling'] }: MarketConnectionOptions) {
    this.#socket = io(url.replace(/\/+$/, '') + NAMESPACE, {
      transports: [...transports],
      tryAllTransports: true,
      reconnectionDelay: RECONNECT_DELAY_MS,
      reconnectionDelayMax: RECONNECT_DELAY_MAX_MS,
      forceNew: true
    })
    this.#socket.on('connect', () => this.#connected())
    this.#socket.on('connect_error', (error) => this.#refused(error))
    this.#socket.on('disconnect', (reason) => {
      this.#silence.stop()
      if (reason !== 'io client disconnect') this.#tellDown(this.#socket.active, reason)
    })
    this.#socket.on('notice', (notice) => this.#obeyNotice(notice))
    this.#socket.on('hello', ({ heartbeatMs }) => this.#silence.start(heartbeatMs))
    this.#socket.onAny(() => this.#silence.heard())
  }

  /** Asks for channels or patterns, now and after every reconnect; the answers come to `onAnswer`. */
  subscribe(wishes: readonly SubscriptionWish[]): void {
    for (const wish of wishes) this.#wishes.set(typeof wish === 'string' ? wish : wish.channel, wish)
    if (this.#socket.connected) this.#sendSubscribe(wishes)
  }

  /** Ends what was subscribed by the same names. */
  unsubscribe(names: readonly string[]): void {
    for (const name of names) this.#wishes.delete(name)
    if (this.#socket.connected) this.#socket.emit('unsubscribe', { channels: names }, () => undefined)
  }

  /** Asks for the present state of a channel; it arrives among the updates. */
  requestSnapshot(channel: string): void {
    this.#snapshots.add(channel)
  }

  onUpdates(listener: (updates: readonly Update[], meta: UpdatesMeta) => void): Off {
    this.#socket.on('updates', listener)
    return () => this.#socket.off('updates', listener)
  }

  onStatus(listener: (status: Status | SourceStatus) => void): Off {
    this.#socket.on('status', listener)
    return () => this.#socket.off('status', listener)
  }

  onNotice(listener: (notice: Notice) => void): Off {
    this.#socket.on('notice', listener)
    return () => this.#socket.off('notice', listener)
  }

  onHeartbeat(listener: (heartbeat: Heartbeat) => void): Off {
    this.#socket.on('heartbeat', listener)
    return () => this.#socket.off('heartbeat', listener)
  }

  /** Every event that is none of the protocol's own: what a producer published as `{on, data}`. */
  onPlain(listener: (event: string, data: unknown) => void): Off {
    const any = (event: string, data: unknown): void => {
      if (!isReservedEvent(event)) listener(event, data)
    }
    this.#socket.onAny(any)
    return () => this.#socket.offAny(any)
  }

  /** The answer to each `subscribe`, also to those repeated after a reconnect. */
  onAnswer(listener: (reply: SubscribeReply) => void): Off {
    this.#answerListeners.add(listener)
    return () => this.#answerListeners.delete(listener)
  }

  onConnection(listener: (change: ConnectionChange) => void): Off {
    this.#changeListeners.add(listener)
    return () => this.#changeListeners.delete(listener)
  }

  /** Ends the connection for good. */
  close(): void {
    clearTimeout(this.#retry)
    this.#silence.stop()
    this.#snapshots.clear()
    this.#socket.disconnect()
  }

  #connected(): void {
    this.#delayReconnect(RECONNECT_DELAY_MS)
    this.#snapshots.clear()
    this.#tell({ state: 'connected' })
    if (this.#wishes.size > 0) this.#sendSubscribe([...this.#wishes.values()])
  }

  #sendSubscribe(channels: readonly SubscriptionWish[]): void {
    this.#socket.emit('subscribe', { channels }, (reply) => {
      for (const listener of this.#answerListeners) listener(reply)
    })
  }

  async #askSnapshot(channel: string): Promise<boolean> {
    if (!this.#socket.connected) return false
    try {
      const reply = await this.#socket.timeout(REQUEST_TIMEOUT_MS).emitWithAck('snapshot', { channel })
      return 'error' in reply && reply.error.temporary
    } catch {
      return this.#socket.connected
    }
  }

  /** Socket.IO stays away from a server that refuses it, unless told otherwise: ours says when that is temporary. */
  #refused(error: Error & { readonly data?: Partial<CodedError> }): void {
    const isComingBack = this.#socket.active || error.data?.temporary === true
    if (isComingBack && !this.#socket.active) {
      const delayMs = RECONNECT_DELAY_MAX_MS * (0.5 + Math.random())
      this.#retry = setTimeout(() => this.#socket.connect(), delayMs)
    }
    this.#tellDown(isComingBack, error.message)
  }

  /** A server that goes away says when it wants its clients back; the client library spreads them by up to half. */
  #obeyNotice({ reconnectAfterMs }: Notice): void {
    if (reconnectAfterMs !== undefined) this.#delayReconnect(reconnectAfterMs)
  }

  #delayReconnect(delayMs: number): void {
    // Never 0, which would double to 0 from one try to the next.
    this.#socket.io.reconnectionDelay(Math.max(delayMs, RECONNECT_DELAY_MS))
    this.#socket.io.reconnectionDelayMax(Math.max(delayMs, RECONNECT_DELAY_MAX_MS))
  }

  #tellDown(isComingBack: boolean, reason: string): void {
    this.#tell({ state: isComingBack ? 'down' : 'closed', reason })
  }

  #tell(change: ConnectionChange): void {
    for (const listener of this.#changeListeners) listener(change)
  }
}
