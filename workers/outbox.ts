import type { MessagePort } from 'node:worker_threads'
import { CHANNEL_GRAMMAR, type Contract, parseChannel } from '../src/protocol/channel.ts'
import type { ChannelDeclaration, ChannelMessage, FeedMessage, PlainMessage } from '../src/protocol/feed-message.ts'
import { creditOf, FLAG, type OutboxTotals, type ProducerToMain } from '../src/protocol/port-messages.ts'
import { Backlog, type Waiting } from './backlog.ts'
import { BatchWriter } from './batch-writer.ts'
import { BookKeeper } from './compute/book-keeper.ts'
import { OutboxChannel } from './outbox-channel.ts'

/** Batches on their way that main has not taken in; further messages make the next batch larger. */
const MAX_BATCHES_IN_FLIGHT = 8
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
  readonly #channels = new Map<string, OutboxChannel>()
  readonly #events = new Map<string, OutboxChannel>()
  readonly #writer = new BatchWriter()
  readonly #books = new BookKeeper()
  readonly #backlog: Backlog
  readonly #epochJson: string
  #credit: number
  #inFlight = 0
  #declared = 0
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
    const added = declarations
      .filter(({ channel }) => !this.#channels.has(channel))
      .map(({ channel, contract }) => this.#add(this.#channels, channel, 'channel', contract))
    this.#tell(added)
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
    if (this.#writer.messages === 0 || this.#inFlight >= MAX_BATCHES_IN_FLIGHT) return
    const batch = this.#writer.take(this.#options.now())
    this.#inFlight += 1
    this.#options.port.postMessage(batch, [batch.bytes.buffer as ArrayBuffer, batch.records.buffer as ArrayBuffer])
  }

  /** Takes credit from main, and sends what waited for it. */
  grant(credit: number, batches: number): void {
    this.#credit += credit
    this.#inFlight -= batches
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
    return this.#backlog.size === 0 && this.#writer.messages === 0
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
    const channel = this.#channels.get(name) ?? this.#declareLate(name)
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
      isSnapshot: channel.contract === 'state' && (seq === 1 || (channel.isBook && isSnapshot)),
      isFinal,
      data
    })
  }

  #publishPlain({ on, data }: PlainMessage): void {
    let channel = this.#events.get(on)
    if (channel === undefined) {
      channel = this.#add(this.#events, on, 'plain')
      this.#tell([channel])
    }
    const seq = ++channel.seq
    this.#send({ channel, seq, prev: seq - 1, exchangeTime: 0, ingestTime: 0, isSnapshot: false, isFinal: false, data })
  }

  #publishQuality(
    quality: Extract<FeedMessage, { quality: unknown }>['quality'],
    cause: Extract<FeedMessage, { quality: unknown }>['cause'],
    names?: readonly string[]
  ): void {
    const channels = names?.flatMap((name) => this.#channels.get(name)?.index ?? [])
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

  #write({ channel, seq, prev, exchangeTime, ingestTime, isSnapshot, isFinal, data }: Waiting): void {
    if (channel.form === 'plain') {
      const plainBytes = this.#writer.write(jsonOf(data, channel.name), channel.index, seq, prev, 0, true)
      this.#credit -= creditOf(plainBytes)
      return
    }
    const range = prev === seq - 1 ? '' : `,"prev":${prev}`
    const type = isSnapshot ? `,"type":"snapshot","epoch":${this.#epochJson}` : ''
    const times = `,"exchangeTime":${exchangeTime},"ingestTime":${ingestTime},"data":`
    const json = `${channel.head}${seq}${range}${type}${times}${jsonOf(data, channel.name)}}`
    const flags = (isSnapshot ? FLAG.snapshot : channel.isBook ? FLAG.delta : 0) | (isFinal ? FLAG.final : 0)
    const sizeBytes = this.#writer.write(json, channel.index, seq, prev, flags, true)
    this.#credit -= creditOf(sizeBytes)
    if (channel.isBook) this.#keepBook(channel, seq, exchangeTime, ingestTime, isSnapshot, data, sizeBytes)
  }

  /** Follows the book, and writes a fresh base for late joiners when the deltas have outgrown the last one. */
  #keepBook(
    channel: OutboxChannel,
    seq: number,
    exchangeTime: number,
    ingestTime: number,
    isSnapshot: boolean,
    data: unknown,
    sizeBytes: number
  ): void {
    const { name } = channel
    this.#books.note({ channel: name, exchangeTime, data: data as object, isSnapshot }, sizeBytes)
    if (!this.#books.baseDue(name)) return
    const times = `,"exchangeTime":${exchangeTime},"ingestTime":${ingestTime},"data":`
    const base = JSON.stringify({ ...this.#books.base(name), ...venueSeqOf(data) })
    const json = `${channel.head}${seq},"type":"snapshot","epoch":${this.#epochJson}${times}${base}}`
    this.#books.noteBase(name, this.#writer.write(json, channel.index, seq, seq - 1, FLAG.base, false))
  }

  #declareLate(name: string): OutboxChannel {
    if (parseChannel(name) === undefined) {
      throw new Error(`bad channel name: expected ${CHANNEL_GRAMMAR}; found ${JSON.stringify(name)}`)
    }
    const channel = this.#add(this.#channels, name, 'channel')
    this.#tell([channel])
    return channel
  }

  #add(map: Map<string, OutboxChannel>, name: string, form: 'channel' | 'plain', contract?: Contract): OutboxChannel {
    const channel = new OutboxChannel(this.#declared++, name, form, contract)
    map.set(name, channel)
    return channel
  }

  #tell(added: readonly OutboxChannel[]): void {
    if (added.length === 0) return
    this.#post({ type: 'channels', channels: added.map(({ name, form, contract }) => ({ name, form, contract })) })
  }

  #post(message: ProducerToMain): void {
    this.#options.port.postMessage(message)
  }
}

function jsonOf(data: unknown, name: string): string {
  const json = JSON.stringify(data)
  if (json === undefined) throw new Error(`no JSON for ${name}: expected an object or a value; found ${typeof data}`)
  return json
}

function venueSeqOf(data: unknown): { venueSeq?: number } {
  const venueSeq = (data as { venueSeq?: number }).venueSeq
  return venueSeq === undefined ? {} : { venueSeq }
}
