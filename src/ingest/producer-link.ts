import type { MessagePort } from 'node:worker_threads'
import type { Cause, Quality } from '../protocol/feed-message.ts'
import {
  type BatchMessage,
  type Beat,
  type DeclaredChannel,
  MAX_BATCHES_IN_FLIGHT,
  type OutboxTotals,
  type ProducerToMain
} from '../protocol/port-messages.ts'

/** What is given back together, since a producer is woken for it: that share of its credit, or of its batches. */
const ENOUGH_SHARE = 1 / 4
/** Memory that is given back at once, bytes. */
const LARGE_BYTES = 256 * 1024

/** Where the data of one producer's life goes. */
export interface LinkSink {
  declare(channels: readonly DeclaredChannel[]): void
  /** Copies what it needs: the memory of the batch goes back. */
  accept(batch: BatchMessage): void
  /** Nothing more comes on these channels on demand until they are wanted again. */
  rest(channels: readonly number[]): void
  /** The time of the feed begins anew. */
  rewind(): void
  setQuality(quality: Quality, cause: Cause, channels?: readonly number[]): void
}

/** Who looks after the producer's life. */
export interface LinkListener {
  onOpened(threadId: number): void
  /** @param ingestTime when the newest message of the batch was taken in, ms since the Unix epoch. */
  onBatch(ingestTime: number): void
  onBeat(beat: Beat): void
  onLog(level: 'info' | 'warn', text: string): void
  onFinished(totals: OutboxTotals): void
}

export interface ProducerLinkOptions {
  readonly port: MessagePort
  /** All credit of the producer, messages. */
  readonly credit: number
  readonly sink: LinkSink
  readonly listener: LinkListener
  /** Gives credit back to the producer, and memory of its batches. */
  readonly grantCredit: (credit: number, batches: number, memory: readonly ArrayBuffer[]) => void
}

/**
 * The main thread's end of one producer's port.
 *
 * A turn of the event loop takes in everything that waits at the port. That is bounded, because a producer never has
 * more messages and batches on their way than its credit, and gets credit back only when the queue was emptied; so
 * REST and sockets always run in between.
 */
export class ProducerLink {
  /** True once the feed has said that it waits without loss for as long as it has no credit. */
  canPause = false
  readonly #options: ProducerLinkOptions
  #owedCredit = 0
  /** Of that, what is kept back until there is more of it. */
  #keptCredit = 0
  #owedBatches = 0
  #owedMemory: ArrayBuffer[] = []

  constructor(options: ProducerLinkOptions) {
    this.#options = options
    options.port.on('message', (message: ProducerToMain) => this.#receive(message))
  }

  /** Credit of what was taken in and waits for a flush, or keeps its feed waiting, messages. */
  get owedCredit(): number {
    return this.#owedCredit - this.#keptCredit
  }

  /**
   * Gives back the credit of everything taken in since the last time, once that is enough to wake the producer for. Call when
   * the queue is empty.
   */
  grant(): void {
    this.#keptCredit = this.#owedCredit
    if (!this.#isEnough()) return
    this.#give(this.#owedCredit)
    this.#owedCredit = 0
    this.#keptCredit = 0
  }

  /**
   * Gives back the batches alone, when the producer may have none left (some can be at the port still): what it holds comes as
   * one more, and what follows as others. Its messages are bounded by their credit all the same.
   */
  callIn(): void {
    if (this.#owedBatches >= MAX_BATCHES_IN_FLIGHT / 2) this.#give(0)
  }

  /** Stops receiving; what waits at the port is not taken in. */
  close(): void {
    // A port that is closed while it hands out messages hands out the rest of them.
    this.#options.port.removeAllListeners('message')
    this.#options.port.close()
  }

  /** Its feed is kept waiting: all of its credit is in use. */
  keepWaiting(): void {
    this.#keptCredit = 0
  }

  #isEnough(): boolean {
    if (this.#owedCredit >= this.#options.credit * ENOUGH_SHARE) return true
    if (this.#owedBatches >= MAX_BATCHES_IN_FLIGHT * ENOUGH_SHARE) return true
    return this.#owedMemory.some(({ byteLength }) => byteLength >= LARGE_BYTES)
  }

  #give(credit: number): void {
    this.#options.grantCredit(credit, this.#owedBatches, this.#owedMemory)
    this.#owedBatches = 0
    this.#owedMemory = []
  }

  #receive(message: ProducerToMain): void {
    const { sink, listener } = this.#options
    switch (message.type) {
      case 'batch':
        this.#owedCredit += message.credit
        this.#owedBatches += 1
        sink.accept(message)
        this.#owedMemory.push(message.bytes.buffer as ArrayBuffer, message.records.buffer as ArrayBuffer)
        listener.onBatch(message.ingestTime)
        break
      case 'beat':
        listener.onBeat(message)
        break
      case 'channels':
        sink.declare(message.channels)
        break
      case 'quality':
        sink.setQuality(message.quality, message.cause, message.channels)
        break
      case 'rest':
        sink.rest(message.channels)
        break
      case 'rewind':
        sink.rewind()
        break
      case 'opened':
        this.canPause = message.canPause
        listener.onOpened(message.threadId)
        break
      case 'log':
        listener.onLog(message.level, message.text)
        break
      case 'finished':
        listener.onFinished(message)
        break
      default:
        message satisfies never
    }
  }
}
