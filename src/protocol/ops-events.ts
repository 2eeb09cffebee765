import type { CodedError } from './codes.ts'
import type { Cause, Quality } from './feed-message.ts'

/** Namespace of the operators on the Socket.IO server. */
export const OPS_NAMESPACE = '/ws/ops'

/** Time between two `ops` events, and between two points of the past, ms. */
export const OPS_PERIOD_MS = 1_000

/** Points of the past that are kept and told to an operator who comes: 15 minutes. */
export const OPS_POINTS = 900

/** Most rows of one list in an `ops` event. */
export const OPS_ROWS = 50

/** What is noted each second, whether or not anybody looks. Per second where no unit is told. */
export const LOAD_NAMES = [
  'messages',
  'updates',
  'bytes',
  'lost',
  'queueMessages',
  'loopP50Ms',
  'loopP99Ms',
  'loopMaxMs',
  'clients',
  'slowClients',
  'rssBytes',
  'heapBytes'
] as const
export type LoadName = (typeof LOAD_NAMES)[number]

/** The figures of one second; `time` is its end, ms since the Unix epoch. */
export type LoadPoint = Readonly<Record<'time' | LoadName, number>>

/** Points column by column, oldest first. */
export type LoadPast = Readonly<Record<'time' | LoadName, readonly number[]>>

/** First event of an operator's connection. */
export interface OpsHello {
  readonly time: number
  /** Time between two `ops` events, ms: silence for longer means a lost connection. */
  readonly periodMs: number
  /** By the token, or because the operator sits at the machine itself. */
  readonly access: OpsAccess
  /** False when commands will be refused. */
  readonly canCommand: boolean
  readonly past: LoadPast
}

export type OpsAccess = 'token' | 'local'

/** The `ops` event: what is now. Times are ms since the Unix epoch, ages and durations ms. */
export interface OpsFigures {
  readonly time: number
  readonly uptimeMs: number
  readonly build: { readonly name: string; readonly version: string; readonly node: string }
  readonly ready: boolean
  /** Why it is not ready. */
  readonly reasons: readonly string[]
  /** The newest point, to be added to the past. */
  readonly load: LoadPoint
  readonly producers: readonly OpsProducer[]
  readonly queue: { readonly depth: number; readonly highWater: number; readonly capacity: number }
  readonly flush: { readonly intervalMs: number; readonly durationMs: number }
  readonly memory: OpsMemory
  /** Every counter since the start, by the name that `/api/v1/stats` has. */
  readonly counters: Readonly<Record<string, number>>
  readonly clients: OpsClients
  readonly channels: OpsChannels
}

export interface OpsMemory {
  readonly rssBytes: number
  readonly heapTotalBytes: number
  readonly heapUsedBytes: number
  readonly externalBytes: number
  readonly arrayBuffersBytes: number
  /** Recent messages, from which clients catch up; part of the array buffers. */
  readonly journalBytes: number
}

export interface OpsProducer {
  readonly name: string
  readonly feed: string
  readonly origin: string
  readonly state: string
  /** Number of its thread, or of the last it had, as Node.js and its inspector name it; `null` before its feed was opened. */
  readonly threadId: number | null
  readonly epoch: string
  readonly channels: number
  /** Published so far, over all lives. */
  readonly messages: number
  /** `null` until it was told twice. */
  readonly messagesPerSecond: number | null
  readonly merged: number
  readonly dropped: number
  /** Credit of what the main thread has taken in and not sent, or keeps its feed waiting, messages. */
  readonly owedCredit: number
  /** Credit that it has when all was given back, messages. */
  readonly credit: number
  /** How long its newest batch took from its thread to the main thread; `null` before the first of this life. */
  readonly lagMs: number | null
  readonly restarts: number
  /** When it came into its state. */
  readonly since: number
  readonly lastError: string | null
}

export interface OpsClients {
  readonly count: number
  /** Channels held by all clients together. */
  readonly subscriptions: number
  /** Clients by door and transport, e.g. `socket.io polling`. */
  readonly byTransport: Readonly<Record<string, number>>
  /** Groups of clients with the same channels at the same rate: what is put together once a group. */
  readonly groups: readonly { readonly rateHz: number; readonly count: number }[]
  /** Clients that do not follow the stream now. */
  readonly slow: number
  /** Unsent bytes of all clients together. */
  readonly backlogBytes: number
  /** Those that do not follow the stream, the largest backlog first; at most `OPS_ROWS`. */
  readonly slowest: readonly OpsClient[]
  /** Clients that the search finds. */
  readonly matched: number
  /** The first of them in the order asked for, at most `OPS_ROWS`. */
  readonly list: readonly OpsClient[]
}

export interface OpsClient {
  readonly id: string
  readonly address: string
  /** e.g. `socket.io polling`. */
  readonly transport: string
  readonly channels: number
  readonly patterns: number
  readonly backlogBytes: number
  readonly connectedMs: number
  /** Why and for how long it has not followed the stream. */
  readonly behind: { readonly reason: 'backlog' | 'bandwidth'; readonly ageMs: number } | null
}

export interface OpsChannels {
  readonly count: number
  /** Channels that the search finds. */
  readonly matched: number
  /** The first one of the list is this many of them further on. */
  readonly offset: number
  /** At most `OPS_ROWS`. */
  readonly list: readonly OpsChannel[]
}

export interface OpsChannel {
  readonly channel: string
  readonly source: string
  /** `null` until it was looked at twice. */
  readonly messagesPerSecond: number | null
  readonly seq: number
  /** Since its newest message was taken in; `null` before the first. */
  readonly ageMs: number | null
  readonly quality: Quality
  readonly cause: Cause
  readonly subscribers: number
}

export const CLIENT_ORDERS = ['backlog', 'channels', 'newest'] as const
export type ClientOrder = (typeof CLIENT_ORDERS)[number]

/** Which rows an operator wants to see; what is absent stays as it was. */
export interface OpsWatch {
  readonly channels?: {
    /** A pattern such as `quote:SIM:*`, or parts of the name in any case with `*` between them; empty for all. */
    readonly search?: string
    readonly offset?: number
    /** Only those that are not `live`. */
    readonly onlyTroubled?: boolean
  }
  readonly clients?: {
    /** A part of id, address or transport in any case; empty for all. */
    readonly search?: string
    readonly order?: ClientOrder
  }
}

/** The requests of operators; every one is answered by an `OpsAnswer`. */
export const OPS_REQUESTS = ['watch', 'restartProducer', 'kickClient'] as const
export type OpsRequestName = (typeof OPS_REQUESTS)[number]

export type OpsAnswer = { readonly ok: true } | { readonly error: CodedError }
