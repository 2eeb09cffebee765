import type { Cause, Quality } from './feed-message.ts'

/** Version of the client protocol, told in `hello`. */
export const PROTOCOL_VERSION = 1

/** Namespace of the Socket.IO door and URL path of the native one. */
export const NAMESPACE = '/ws/rt_market'

/** Name of the event that carries updates, one per flush. */
export const UPDATES_EVENT = 'updates'

/** First event on every connection. */
export interface Hello {
  readonly protocol: typeof PROTOCOL_VERSION
  readonly sessionId: string
  readonly serverTime: number
  readonly heartbeatMs: number
  readonly limits: Limits
  readonly build: { readonly name: string; readonly version: string }
}

/** Every limit a client can run into, with its value. */
export interface Limits {
  readonly maxChannels: number
  /** 0 for no limit, here and below. */
  readonly maxConnectionsPerAddress: number
  /** ms. */
  readonly firstSubscribeMs: number
  readonly maxRequestsPerSecond: number
  readonly maxRequestBurst: number
  readonly maxMessageBytes: number
  readonly maxBacklogBytes: number
  /** kbit/s. */
  readonly maxClientKbps: number
  readonly slowCloseMs: number
}

/**
 * One update as it arrives. `prev` appears only where it differs from `seq - 1`: the update stands for everything in
 * `(prev, seq]`. A snapshot clears and sets; it names the epoch it belongs to.
 */
export interface Update {
  readonly channel: string
  readonly seq: number
  readonly prev?: number
  readonly type?: 'snapshot'
  readonly epoch?: string
  /** Venue clock, ms. */
  readonly exchangeTime: number
  /** When the producer thread took it in, ms. */
  readonly ingestTime: number
  readonly data: unknown
}

/** Second argument of `updates`. */
export interface UpdatesMeta {
  /** When the flush was put together, ms. */
  readonly emitTime: number
}

/** Says how far a channel can be trusted from now on. */
export interface Status {
  readonly channel: string
  /** Name of the producer. */
  readonly source: string
  readonly epoch: string
  readonly quality: Quality
  readonly cause: Cause
  readonly since: number
  readonly lastSeq: number
}

export interface Heartbeat {
  readonly serverTime: number
  /** Delay of the server's event loop, ms. */
  readonly lagMs: number
}

/** Told before something happens to the client. */
export interface Notice {
  readonly code: number
  readonly name: string
  readonly message: string
  readonly reconnectAfterMs?: number
  readonly channels?: readonly string[]
}

/** The same news for all channels that the client holds of one producer. */
export type SourceStatus = Omit<Status, 'channel' | 'epoch' | 'lastSeq'>
