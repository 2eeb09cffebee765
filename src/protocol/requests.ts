import type { CodedError } from './codes.ts'
import type { Cause, Quality } from './feed-message.ts'

/** One entry of `subscribe`: a channel or a pattern, by name or with wishes. */
export type SubscriptionWish = string | DetailedWish

export interface DetailedWish {
  /** Channel name or pattern. */
  readonly channel: string
  /** Most updates a second the client wants on the channel. */
  readonly maxRateHz?: number
  /** Where the client was: the epoch it was told, and the last sequence number it has applied. */
  readonly resume?: { readonly epoch: string; readonly seq: number }
}

/** What the server grants, which may be other than what was asked. */
export interface Granted {
  /** Most updates a second that can arrive on the channel. */
  readonly maxRateHz: number
  /** Levels a side for books; `full` when all are sent. */
  readonly depth?: number | 'full'
}

/** The answer for one channel of a `subscribe`. */
export type SubscribeAnswer =
  | {
      readonly channel: string
      readonly ok: true
      readonly epoch: string
      /** Sequence number of the newest message; 0 when nothing was published yet. */
      readonly seq: number
      readonly quality: Quality
      readonly cause: Cause
      /** Since when the quality holds, ms since the Unix epoch. */
      readonly since: number
      readonly source: string
      readonly recovered: boolean
      readonly granted: Granted
    }
  | ChannelRefusal

export interface ChannelRefusal {
  readonly channel: string
  readonly ok: false
  readonly error: CodedError
}

/** The answer for one channel of an `unsubscribe`. */
export type UnsubscribeAnswer = { readonly channel: string; readonly ok: true } | ChannelRefusal

/** What each request is answered with; a request refused as a whole is answered with `{error}`. */
export type Answer =
  | { readonly channels: readonly (SubscribeAnswer | UnsubscribeAnswer)[] }
  | { readonly channels: readonly string[]; readonly patterns: readonly string[] }
  | { readonly ok: true; readonly channel: string; readonly epoch: string; readonly seq: number }
  | { readonly error: CodedError }

/** The requests a client can make; every one is answered. */
export const REQUESTS = ['subscribe', 'unsubscribe', 'subscriptions', 'snapshot'] as const
export type RequestName = (typeof REQUESTS)[number]
