import type { ChannelDeclaration, FeedMessage } from '../../src/protocol/feed-message.ts'

/**
 * A source of market data: a venue's messages in, ours out.
 *
 * One feed runs in one producer thread. It is pulled: the thread asks for the next batch when it has handed on the
 * last one. A feed that `canPause` is not pulled while the main thread is behind, so nothing is lost or merged; any
 * other feed is pulled at once, and the thread merges state and counts what it must drop.
 */
export interface Feed {
  /** True for a source that waits without losing anything (a file), false for a live one. Final once it is open. */
  readonly canPause: boolean
  /** Malformed inputs refused so far. */
  readonly inputErrors?: number
  /**
   * The channels known before the first message. May take a moment (a file is scanned, a venue asked), and is called
   * exactly once, before `messages`.
   *
   * @throws Error when the source cannot be opened; the message names the source, what was expected, what was found.
   */
  open(): Promise<readonly ChannelDeclaration[]>
  /** Batches of messages in the order of the source; ends when the source is exhausted or closed. */
  messages(): AsyncIterable<readonly FeedMessage[]>
  /** Ends `messages` soon and frees what the feed holds. May be called at any time, also twice. */
  close(): Promise<void>
}

/** What every feed is given by its producer thread. */
export interface FeedContext {
  /** Aborted when the producer is asked to stop; waits inside a feed end on it. */
  readonly signal: AbortSignal
  /** Tells the operator something worth a log line. */
  log(level: 'info' | 'warn', text: string): void
}
