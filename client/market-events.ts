import type { CodedError } from '../src/protocol/codes.ts'
import type { SubscribeAnswer, SubscriptionWish, UnsubscribeAnswer } from '../src/protocol/requests.ts'
import type {
  Heartbeat,
  Hello,
  Notice,
  SourceStatus,
  Status,
  Update,
  UpdatesMeta
} from '../src/protocol/server-events.ts'

/** A request refused as a whole. */
export interface Refused {
  readonly error: CodedError
}

/** The answer to `subscribe`: one answer a channel, patterns expanded. */
export type SubscribeReply = { readonly channels: readonly SubscribeAnswer[] } | Refused

/** What the server sends, as the Socket.IO client wants it typed. */
export interface ServerEvents {
  hello: (hello: Hello) => void
  updates: (updates: readonly Update[], meta: UpdatesMeta) => void
  status: (status: Status | SourceStatus) => void
  heartbeat: (heartbeat: Heartbeat) => void
  notice: (notice: Notice) => void
}

/** The requests a client makes, each with its acknowledgement. */
export interface ClientRequests {
  subscribe: (request: { channels: readonly SubscriptionWish[] }, answer: (reply: SubscribeReply) => void) => void
  unsubscribe: (
    request: { channels: readonly string[] },
    answer: (reply: { readonly channels: readonly UnsubscribeAnswer[] } | Refused) => void
  ) => void
  snapshot: (request: { channel: string }, answer: (reply: { readonly ok: true } | Refused) => void) => void
}
