import { type Static, Type } from 'typebox'
import type { CodedError } from './codes.ts'
import type { Quality } from './feed-message.ts'

/** A position on a channel that a client has reached. */
export const PositionSchema = Type.Object({
  epoch: Type.String({ description: 'Epoch of the channel, as told at subscription or in a snapshot' }),
  seq: Type.Integer({ minimum: 0, description: 'Last sequence number the client has applied' })
})
export type Position = Readonly<Static<typeof PositionSchema>>

/** One entry of `subscribe`: a channel, a pattern, or a channel with wishes. */
export const SubscriptionWishSchema = Type.Union([
  Type.String(),
  Type.Object({
    channel: Type.String({ description: 'Channel name or pattern' }),
    maxRateHz: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
    resume: Type.Optional(PositionSchema)
  })
])
export type SubscriptionWish = Readonly<Static<typeof SubscriptionWishSchema>>

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
