import type { Cause, Quality } from '../protocol/feed-message.ts'

/** All that the REST side may see of the running server; built in `app.ts`. Times are ms since the Unix epoch. */
export interface MarketView {
  /** Channels matching a pattern (`quote:SIM:*`) or all of them, sorted by name. */
  channels(pattern?: string): readonly ChannelView[]
  /** One channel; `undefined` when no producer publishes it. */
  channel(name: string): ChannelView | undefined
  /**
   * The newest state of a channel as JSON text: an array of updates, the first of them a snapshot (a book may be a
   * snapshot followed by deltas). `undefined` for an unknown channel; `[]` when nothing was published yet.
   */
  snapshot(channel: string): string | undefined
  producers(): readonly ProducerView[]
  /** Numbers for `/api/v1/stats`; the same source as `/metrics`. */
  stats(): StatsView
  /** Is the event loop turning? Measured by the event-loop delay over the last second, ms. */
  liveness(): { readonly live: boolean; readonly loopDelayMs: number; readonly uptimeMs: number }
  /** Ready when started, not stopping, and every required producer delivers fresh data. */
  readiness(): { readonly ready: boolean; readonly reasons: readonly string[] }
}

export interface ChannelView {
  readonly channel: string
  readonly kind: string
  readonly venue: string
  readonly symbol: string
  readonly contract: 'state' | 'event'
  /** Name of the producer. */
  readonly source: string
  readonly epoch: string
  readonly seq: number
  readonly quality: Quality
  readonly cause: Cause
  readonly since: number
  /** When the newest message was taken in; null before the first. */
  readonly ingestTime: number | null
  readonly subscribers: number
  /** Made only while somebody holds it, and now nobody does. */
  readonly dormant: boolean
}

export type ProducerState = 'starting' | 'holding' | 'running' | 'silent' | 'restarting' | 'finished' | 'stopped'

export interface ProducerView {
  readonly name: string
  readonly feed: string
  readonly state: ProducerState
  /** Producer data is generated, recorded or live. */
  readonly origin: 'synthetic' | 'replay' | 'live'
  readonly epoch: string
  readonly channels: number
  readonly messages: number
  readonly merged: number
  readonly dropped: number
  readonly restarts: number
  readonly since: number
  readonly lastError: string | null
}

export interface StatsView {
  readonly uptimeMs: number
  readonly clients: number
  readonly channels: number
  readonly subscriptions: number
  readonly queueDepth: number
  readonly queueCapacity: number
  readonly queueHighWater: number
  readonly counters: Readonly<Record<string, number>>
}
