import type { FeedMessage } from '../../../src/protocol/feed-message.ts'

/** What a line of a recording means: messages (none, for a line without use), or why it could not be used. */
export type LineOutcome = RecordedMessages | { readonly problem: string }

export interface RecordedMessages {
  /**
   * Clock of the recorder when the line was received, ms since the Unix epoch, with a fraction; paces the replay.
   * Absent for a line that was not received, such as a header.
   */
  readonly receiveTimeMs?: number
  readonly messages: readonly FeedMessage[]
}

/** Turns the lines of one session into messages; keeps what later lines need, such as half-built books. */
export interface Normaliser {
  /** Channels the lines so far belong to. */
  readonly channels: ReadonlySet<string>
  /** Well-formed lines without use. */
  readonly ignoredCount: number
  push(line: string): LineOutcome
}

/**
 * A form in which sessions are recorded. To replay another venue's recordings, write one of these and name it in
 * `recording-forms.ts`.
 */
export interface RecordingForm {
  /** The form in words, for messages to the operator. */
  readonly name: string
  /** Says whether a file that begins with these lines is of this form. */
  accepts(firstLines: readonly string[]): boolean
  /** @param recovering channels that an earlier pass through the session left `recovering`. */
  createNormaliser(recovering: ReadonlySet<string>): Normaliser
}
