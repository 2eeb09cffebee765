import type { ChannelMessage, FeedMessage } from '../../../src/protocol/feed-message.ts'

/** Where an update of a recorded book stands in the recorded sequence. */
export interface RecordedPosition {
  readonly seq: number
  /** The update stands for everything in `(prev, seq]`. */
  readonly prev: number
}

/**
 * Follows the sequence of one recorded book by the client's rule, so that a hole in the recording (a broken line, a
 * recorder that fell behind) never makes a wrong book: from a hole to the next snapshot the channel is `recovering` and
 * its deltas are left out.
 */
export class RecordedBook {
  #lastSeq: number | undefined
  #isRecovering: boolean

  /** @param isRecovering whether the channel was published as `recovering` before. */
  constructor(isRecovering: boolean) {
    this.#isRecovering = isRecovering
  }

  /** What to publish for an update; nothing when it is old, or when the book it changes is unknown. */
  follow(message: ChannelMessage, { seq, prev }: RecordedPosition): readonly FeedMessage[] {
    const channels = [message.channel]
    if (message.isSnapshot === true) {
      this.#lastSeq = seq
      if (!this.#isRecovering) return [message]
      this.#isRecovering = false
      return [message, { quality: 'live', cause: 'none', channels }]
    }
    if (this.#lastSeq === undefined || this.#isRecovering || seq <= this.#lastSeq) return []
    if (prev > this.#lastSeq) {
      this.#isRecovering = true
      return [{ quality: 'recovering', cause: 'gap', channels }]
    }
    this.#lastSeq = seq
    return [message]
  }
}
