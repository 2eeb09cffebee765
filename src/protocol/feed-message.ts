import type { Contract } from './channel.ts'

/**
 * A normalised message as a feed hands it on: what a channel's subscribers shall get.
 *
 * The producer thread adds the sequence number and the ingest time, and makes the JSON. A feed never changes a
 * message after it has handed it on, and never reuses its objects.
 */
export interface ChannelMessage {
  /** `kind:VENUE:SYMBOL[:param]`. */
  readonly channel: string
  /** Venue clock, ms since the Unix epoch. */
  readonly exchangeTime: number
  /** The payload; for the standard kinds one of the shapes in `market-data.ts`. Must survive `JSON.stringify`. */
  readonly data: object
  /** For `book:` channels: true when `data` is the whole book, false or absent when it holds changed levels only. */
  readonly isSnapshot?: boolean
  /** For `candle:` channels: true for a candle that was closed or corrected, which no later message says again. */
  readonly isFinal?: boolean
}

/** A plain event: `data` arrives at every client of the namespace as event `on`, without channel or sequence. */
export interface PlainMessage {
  readonly on: string
  readonly data: unknown
}

/** What a feed knows about the freshness of its channels, e.g. that its venue connection was lost. */
export interface QualityMessage {
  readonly quality: Quality
  readonly cause: Cause
  /** The channels concerned; all channels of the producer when absent. */
  readonly channels?: readonly string[]
}

/**
 * The time of the feed begins anew: what follows takes the place of what came, from its own time on. A replay says so at
 * the start of each pass.
 */
export interface RewindMessage {
  readonly rewind: true
}

export type FeedMessage = ChannelMessage | PlainMessage | QualityMessage | RewindMessage

/** How far a channel's newest value can be trusted. */
export const QUALITIES = ['live', 'delayed', 'recovering', 'stale', 'closed'] as const
export type Quality = (typeof QUALITIES)[number]

/** Why a channel is not `live`; `none` when it is. */
export const CAUSES = [
  'none',
  'starting',
  'venue_silent',
  'producer_dead',
  'producer_hung',
  'producer_restarted',
  'gap',
  'broker_lost',
  'session_closed'
] as const
export type Cause = (typeof CAUSES)[number]

/** A channel that a feed will publish to, told before its first message so that clients can subscribe. */
export interface ChannelDeclaration {
  readonly channel: string
  /** Default: by kind (`trade` is `event`, all others `state`). */
  readonly contract?: Contract
}
