import type { MessagePort } from 'node:worker_threads'
import type { ChannelDeclaration, ChannelMessage, FeedMessage, PlainMessage } from '../src/protocol/feed-message.ts'
import {
  creditOf,
  FLAG,
  MAX_BATCHES_IN_FLIGHT,
  type OutboxTotals,
  type ProducerToMain
} from '../src/protocol/port-messages.ts'
import { Backlog, type Waiting } from './backlog.ts'
import { BatchWriter } from './batch-writer.ts'
import { BookDepths } from './compute/book-depths.ts'
import { BookKeeper } from './compute/book-keeper.ts'
import { messageJson, payloadJson } from './message-json.ts'
import { OutboxChannels } from './outbox-channels.ts'

/** Messages after which a batch is sent although its feed has more at hand. */
const MAX_BATCH_MESSAGES = 512
/** Bytes after which the same happens. */
const MAX_BATCH_BYTES = 256 * 1024
/** Events of a live feed that wait for credit; later ones are dropped and counted. */
const MAX_WAITING_EVENTS = 10_000

export interface OutboxOptions {
  readonly port: Pick<MessagePort, 'postMessage'>
  readonly epoch: string
  /** First credit; see `creditOf`. */
  readonly credit: number
  /** Merge state and drop events when there is no credit; false for a feed that can pause. */
  readonly merges: boolean
  /** Wall clock, ms since the Unix epoch. */
  readonly now: () => number
}

/**
 * The way from a producer to the main thread: numbers each message, makes its JSON, and posts batches, never more
 * than its credit allows. The channel's one owner numbers from 1 by 1.
 */
export class Outbox {
  readonly #options: OutboxOptions
  readonly #writer = new BatchWriter()
  readonly #books = new BookKeeper()
  readonly #depths = new BookDepths(this.#books)
  readonly #channels = new OutboxChannels(this.#depths, (channels) => this.#post({ type: 'channels', channels }))
  /** Channels on demand that begin as soon as there is credit. */
  readonly #waking = new Set<string>()
  /** Channels on demand that have ended, which main is told behind their last message. */
  readonly #resting = new Set<string>()
  readonly #backlog: Backlog
  readonly #epochJson: string
  #credit: number
  #inFlight = 0
  #wakers: (() => void)[] = []
  readonly #totals = { published: 0, merged: 0, dropped: 0, pauses: 0 }

  constructor(options: OutboxOptions) {
    this.#options = options
    this.#credit = options.credit
    this.#backlog = new Backlog(MAX_WAITING_EVENTS, options.merges)
    this.#epochJson = JSON.stringify(options.epoch)
  }

  get totals(): Omit<OutboxTotals, 'inputErrors'> {
    return { ...this.#totals }
  }

  /** Tells main of channels before their first message. */
  declare(declarations: readonly ChannelDeclaration[]): void {
    this.#channels.declare(declarations)
  }

  /** Begins or ends channels that are made on demand; others are passed over. */
  setInterest(names: readonly string[], isWanted: boolean): void {
    for (const name of names) {
      if (isWanted) {
        this.#resting.delete(name)
        if (this.#depths.want(name)) this.#waking.add(name)
      } else {
        this.#waking.delete(name)
        if (this.#depths.rest(name)) this.#resting.add(name)
      }
    }
    this.#wake()
    this.flush()
  }

  /**
   * Numbers a message and sends it, or keeps it for later.
   *
   * @throws Error when the channel name does not follow the grammar, or the payload has no JSON.
   */
  publish(message: FeedMessage): void {
    if ('quality' in message) this.#publishQuality(message.quality, message.cause, message.channels)
    else if ('on' in message) this.#publishPlain(message)
    else if ('rewind' in message) this.#publishRewind()
    else this.#publishChannel(message)
  }

  /** Posts what was written, as soon as main keeps up. */
  flush(): void {
    if (this.#writer.messages > 0) {
      if (this.#inFlight >= MAX_BATCHES_IN_FLIGHT) return
      const batch = this.#writer.take(this.#options.now())
      this.#inFlight += 1
      this.#options.port.postMessage(batch, [batch.bytes.buffer as ArrayBuffer, batch.records.buffer as ArrayBuffer])
    }
    if (this.#resting.size === 0) return
    this.#post({ type: 'rest', channels: this.#channels.indexesOf([...this.#resting]) })
    this.#resting.clear()
  }

  /** Takes credit from main, with memory for further batches, and sends what waited for it. */
  grant(credit: number, batches: number, memory: readonly ArrayBuffer[] = []): void {
    this.#writer.reuse(memory)
    this.#credit += credit
    this.#inFlight -= batches
    this.#wake()
    while (this.#credit > 0) {
      const waiting = this.#backlog.take()
      if (waiting === undefined) break
      this.#write(waiting)
    }
    this.flush()
    const wakers = this.#wakers
    this.#wakers = []
    for (const wake of wakers) wake()
  }

  /** True when the next message would be sent at once. */
  get isReady(): boolean {
    return this.#credit > 0 && this.#backlog.size === 0
  }

  get isEmpty(): boolean {
    return this.#backlog.size === 0 && this.#waking.size === 0 && this.#writer.messages === 0
  }

  /** Resolves when there is credit again. */
  async ready(): Promise<void> {
    if (this.isReady) return
    this.#totals.pauses += 1
    while (!this.isReady) await this.#granted()
  }

  /** Resolves when nothing waits here any more. */
  async drained(): Promise<void> {
    this.flush()
    while (!this.isEmpty) await this.#granted()
  }

  #granted(): Promise<void> {
    return new Promise((resolve) => this.#wakers.push(resolve))
  }

  #publishChannel({ channel: name, exchangeTime, data, isSnapshot = false, isFinal = false }: ChannelMessage): void {
    const channel = this.#channels.ofFeed(name)
    if (!Number.isFinite(exchangeTime)) {
      throw new Error(`bad exchangeTime on ${name}: expected ms since the Unix epoch; found ${exchangeTime}`)
    }
    const seq = ++channel.seq
    this.#send({
      channel,
      seq,
      prev: seq - 1,
      exchangeTime,
      ingestTime: this.#options.now(),
      // The first message of a state channel is its whole state, so that clients start from it as from any snapshot.
      isSnapshot: channel.contract === 'state' && (seq === channel.firstSeq || (channel.isBook && isSnapshot)),
      isFinal,
      data
    })
  }

  #publishPlain({ on, data }: PlainMessage): void {
    const channel = this.#channels.event(on)
    const seq = ++channel.seq
    this.#send({ channel, seq, prev: seq - 1, exchangeTime: 0, ingestTime: 0, isSnapshot: false, isFinal: false, data })
  }

  #publishQuality(
    quality: Extract<FeedMessage, { quality: unknown }>['quality'],
    cause: Extract<FeedMessage, { quality: unknown }>['cause'],
    names?: readonly string[]
  ): void {
    const channels = names && this.#channels.indexesOf(names)
    this.flush()
    this.#post({ type: 'quality', quality, cause, ...(channels && { channels }) })
  }

  /** In order with the messages: those before it leave first. */
  #publishRewind(): void {
    this.flush()
    this.#post({ type: 'rewind' })
  }

  #send(message: Waiting): void {
    this.#totals.published += 1
    if (this.isReady) {
      this.#write(message)
      if (this.#writer.messages >= MAX_BATCH_MESSAGES || this.#writer.bytes >= MAX_BATCH_BYTES) this.flush()
      return
    }
    const kept = this.#backlog.keep(message)
    if (kept === 'merged') this.#totals.merged += 1
    else if (kept === 'dropped') this.#totals.dropped += 1
  }

  #write(message: Waiting): void {
    const { channel, seq, prev, isSnapshot, isFinal, data } = message
    if (channel.form === 'plain') {
      const plainBytes = this.#writer.write(payloadJson(channel, data), channel.index, seq, prev, 0, true)
      this.#credit -= creditOf(plainBytes)
      return
    }
    const json = messageJson(message, isSnapshot ? this.#epochJson : undefined)
    const flags = (isSnapshot ? FLAG.snapshot : channel.isBook ? FLAG.delta : 0) | (isFinal ? FLAG.final : 0)
    const sizeBytes = this.#writer.write(json, channel.index, seq, prev, flags, true)
    this.#credit -= creditOf(sizeBytes)
    if (channel.isOnDemand) this.#keepDepth(message, sizeBytes)
    else if (channel.isBook) this.#keepBook(message, sizeBytes)
  }

  /** Follows a book that the feed publishes, and makes of it the depths that are wanted. */
  #keepBook(message: Waiting, sizeBytes: number): void {
    const { channel, exchangeTime, ingestTime, isSnapshot, data } = message
    const followed = { channel: channel.name, exchangeTime, data: data as object, isSnapshot }
    const following = this.#depths.follow(followed, sizeBytes)
    this.#writeBase(this.#books, message)
    // At once, whatever the credit: in the batch of the book that they are a part of.
    for (const depth of following) this.#writeDepth(depth, ingestTime)
  }

  #keepDepth(message: Waiting, sizeBytes: number): void {
    this.#depths.note(message.channel.name, message.isSnapshot, sizeBytes)
    this.#writeBase(this.#depths, message)
  }

  /** Writes a fresh base for late joiners when the deltas have outgrown the last one. */
  #writeBase(books: BookKeeper | BookDepths, message: Waiting): void {
    const { channel, seq } = message
    if (!books.baseDue(channel.name)) return
    const data = { ...books.base(channel.name), ...venueSeqOf(message.data) }
    const json = messageJson({ ...message, prev: seq - 1, data }, this.#epochJson)
    books.noteBase(channel.name, this.#writer.write(json, channel.index, seq, seq - 1, FLAG.base, false))
  }

  #writeDepth({ channel: name, exchangeTime, data, isSnapshot = false }: ChannelMessage, ingestTime: number): void {
    const channel = this.#channels.find(name)
    if (channel === undefined) return
    this.#totals.published += 1
    const seq = ++channel.seq
    this.#write({ channel, seq, prev: seq - 1, exchangeTime, ingestTime, isSnapshot, isFinal: false, data })
  }

  /** Begins channels on demand, as far as there is credit for their snapshots. */
  #wake(): void {
    for (const name of this.#waking) {
      if (this.#credit <= 0) return
      this.#waking.delete(name)
      const snapshot = this.#depths.begin(name)
      if (snapshot !== undefined) this.#writeDepth(snapshot, this.#options.now())
    }
  }

  #post(message: ProducerToMain): void {
    this.#options.port.postMessage(message)
  }
}

function venueSeqOf(data: unknown): { venueSeq?: number } {
  const venueSeq = (data as { venueSeq?: number }).venueSeq
  return venueSeq === undefined ? {} : { venueSeq }
}
