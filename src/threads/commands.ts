import type { MessagePort } from 'node:worker_threads'
import type { MainToProducer, OpenCandles } from '../protocol/port-messages.ts'

/** The one way back: what the main thread tells a producer. */
export class ProducerCommands {
  readonly #port: MessagePort

  constructor(port: MessagePort) {
    this.#port = port
  }

  /** Gives credit back; `batches` were taken in, and their memory is free again. */
  grantCredit(credit: number, batches: number, memory: readonly ArrayBuffer[]): void {
    this.#send({ type: 'credit', credit, batches, memory }, memory)
  }

  /** Tells of channels on demand that somebody wants them, or nobody does any more. */
  setInterest(channels: readonly string[], isWanted: boolean): void {
    this.#send({ type: 'interest', channels, isWanted })
  }

  /** Lets a held replay begin. */
  release(): void {
    this.#send({ type: 'release' })
  }

  /** Tells what is known of the candles that were in progress. */
  restore(symbols: readonly OpenCandles[]): void {
    this.#send({ type: 'restore', symbols })
  }

  /** Asks the producer to close its feed and end. */
  stop(): void {
    this.#send({ type: 'stop' })
  }

  #send(message: MainToProducer, transferred: readonly ArrayBuffer[] = []): void {
    this.#port.postMessage(message, transferred)
  }
}
