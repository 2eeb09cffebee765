import type { HistoryClient } from '../history/history-client.ts'
import type { HistoryCounters } from '../history/history-counters.ts'
import type { BackfillProgress, BackfillToMain, MainToBackfill } from '../protocol/backfill.ts'
import type { Conversation } from '../threads/jobs-pool.ts'
import { CliError } from './cli-error.ts'

/** Time for which writing may fail before it is given up: a short trouble of the disk mends itself, ms. */
const TROUBLE_MS = 10_000
const LOOK_MS = 500

export interface BackfillWritingOptions {
  readonly port: Conversation<unknown>['port']
  readonly client: Pick<HistoryClient, 'offer' | 'flush' | 'trouble'>
  readonly counters: Pick<HistoryCounters, 'historyBatchesDropped' | 'historyFilesSetAside'>
  /** Path of the history file, for messages. */
  readonly file: string
  readonly onProgress: (progress: BackfillProgress) => void
  readonly onProblem: (text: string) => void
}

/**
 * Hands the batches of a backfill on to history, and tells the job when each is durable, so that it goes no faster than
 * the disk.
 */
export class BackfillWriting {
  readonly #options: BackfillWritingOptions
  readonly #filesSetAside: number
  readonly #failure = Promise.withResolvers<never>()
  readonly #timer: ReturnType<typeof setInterval>
  #troubleSinceMs: number | undefined

  constructor(options: BackfillWritingOptions) {
    this.#options = options
    this.#filesSetAside = options.counters.historyFilesSetAside
    // Nobody may be waiting for it yet.
    this.#failure.promise.catch(() => undefined)
    options.port.on('message', (message: BackfillToMain) => this.#receive(message))
    this.#timer = setInterval(() => this.#look(), LOOK_MS)
  }

  /** Rejects with a CliError when something could not be written; never resolves. */
  get failed(): Promise<never> {
    return this.#failure.promise
  }

  /** Asks the job to end: it does so once what is under way is written. */
  askToStop(): void {
    this.#tell({ type: 'stop' })
  }

  /** No job any more. */
  close(): void {
    clearInterval(this.#timer)
  }

  #receive(message: BackfillToMain): void {
    switch (message.type) {
      case 'batch':
        this.#write(message.bytes)
        break
      case 'progress':
        this.#options.onProgress(message)
        break
      case 'problem':
        this.#options.onProblem(message.text)
        break
      default:
        message satisfies never
    }
  }

  #write(bytes: Uint8Array): void {
    const { client, counters } = this.#options
    // Numbers of a backfill mean nothing, and so it has no epoch either.
    if (!client.offer('', bytes)) this.#fail('what waits to be written is more than it may be')
    void client.flush().then(() => {
      if (counters.historyBatchesDropped > 0) this.#fail('the history thread died over it again and again')
      if (counters.historyFilesSetAside > this.#filesSetAside) this.#fail('it was damaged, and a new file was begun')
      this.#tell({ type: 'written' })
    })
  }

  #look(): void {
    const { trouble } = this.#options.client
    if (trouble === undefined) this.#troubleSinceMs = undefined
    else this.#troubleSinceMs ??= performance.now()
    if (this.#troubleSinceMs !== undefined && performance.now() - this.#troubleSinceMs > TROUBLE_MS) {
      this.#fail(trouble ?? 'it failed')
    }
  }

  #fail(found: string): void {
    this.#failure.reject(
      new CliError(
        `expected to write ${this.#options.file}, found: ${found}. Mend that, then run the same command again: what ` +
          'is stored already is passed over'
      )
    )
  }

  #tell(message: MainToBackfill): void {
    this.#options.port.postMessage(message)
  }
}
