import type { ChannelMessage, PlainMessage, QualityMessage, RewindMessage } from '../../src/protocol/feed-message.ts'

/** A message of a channel that a feed published, or that was derived from those. */
export interface DerivedMessage extends ChannelMessage {
  /** A candle that was closed or corrected: no later message says the same, so it must not be merged into one. */
  readonly isFinal?: boolean
}

/** What leaves `Derive`. */
export type OutgoingMessage = DerivedMessage | PlainMessage | QualityMessage | RewindMessage
