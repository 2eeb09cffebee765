import type { ChannelDeclaration, PlainMessage, QualityMessage, RewindMessage } from './feed-message.ts'

/** A message of a channel as a producer file gives it. */
export interface ProducedUpdate {
  /** `kind:VENUE:SYMBOL[:param]`, e.g. `quote:LAB:GOLD`. */
  readonly channel: string
  /** The payload; for `trade`, `quote`, `book`, `candle` and `ticker` channels as the protocol describes them. */
  readonly data: object
  /** Venue clock, ms since the Unix epoch; default: now. */
  readonly exchangeTime?: number
  /** For `book:` channels: true when `data` is the whole book, false or absent when it holds changed levels only. */
  readonly isSnapshot?: boolean
}

/**
 * Whatever a producer file can publish: an update of a channel, a plain event, how far its channels can be trusted, or
 * that its time begins anew.
 */
export type ProducerMessage = ProducedUpdate | PlainMessage | QualityMessage | RewindMessage

/** What a producer file is given. */
export interface ProducerContext {
  /** Aborted when the producer is asked to stop; pass it to timers and connections. */
  readonly signal: AbortSignal
  /** Writes a line to the server's log. */
  log(level: 'info' | 'warn', text: string): void
}

/** What a producer file with `start` is given. */
export interface ProducerPublisher extends ProducerContext {
  /**
   * Hands a message on. It never waits: `false` says that it was refused, because too many wait or the producer is
   * stopped.
   *
   * @throws Error when the message is malformed.
   */
  publish(message: ProducerMessage): boolean
}

/** What `messages` of a producer file is: usually an async generator that yields messages, one by one or in arrays. */
export type ProducerMessages = (context: ProducerContext) => AsyncIterable<ProducerMessage | readonly ProducerMessage[]>

interface DeclaredChannels {
  /** Channels known beforehand, so that clients can subscribe before the first message; others may follow. */
  readonly channels?: readonly (string | ChannelDeclaration)[]
}

/** A producer that is pulled: its generator runs on when its last message was handed on. */
export interface PullProducer extends DeclaredChannels {
  /**
   * True when `messages` may be left waiting while the server is behind, without losing anything (it reads a file or a
   * queue); false, the default, when time goes on without it (a live source).
   */
  readonly canPause?: boolean
  readonly messages: ProducerMessages
  readonly start?: never
}

/** A producer that publishes when something happens, e.g. from the callbacks of a connection. */
export interface PushProducer extends DeclaredChannels {
  readonly canPause?: false
  readonly messages?: never
  /** Called once; may return a function that frees what it holds, which is called at the end. */
  start(publisher: ProducerPublisher): ProducerStop | Promise<ProducerStop>
}

/** What `start` returns: how to stop, or nothing. */
// biome-ignore lint/suspicious/noConfusingVoidType: a `start` without a return statement must fit
export type ProducerStop = (() => void) | void

/** The default export of a producer file: one of the two kinds of producer. */
export type ProducerDefinition = PullProducer | PushProducer
