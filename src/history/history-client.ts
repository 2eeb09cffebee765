import type { HistoryCounters } from './history-counters.ts'
import { HistoryError } from './history-error.ts'
import type { CommittedMessage, HistoryToMain } from './history-messages.ts'
import type { HistoryAnswers, HistoryQuery } from './history-query.ts'
import { PendingQueries, type QueryPatience } from './pending-queries.ts'
import { type HistoryThread, RestartedThread } from './restarted-thread.ts'
import { type UnwrittenBatch, UnwrittenBatches } from './unwritten-batches.ts'

export interface HistoryClientOptions {
  /** Starts a thread with `HistoryThreadOptions`; called again when one has died. */
  readonly startThread: () => HistoryThread
  readonly counters: HistoryCounters
  readonly log: (level: 'info' | 'warn' | 'error', text: string) => void
  /** Most bytes that may wait to be written; what comes then is dropped, and leaves a hole. */
  readonly maxUnwrittenBytes: number
  /** Time a query may take, unless it says otherwise, ms. */
  readonly queryTimeoutMs: number
  /** Time a stop may take to write what waits, ms. */
  readonly stopMs: number
  /** Monotonic clock, ms. */
  readonly now: () => number
}

export type HistoryState = 'starting' | 'open' | 'restarting' | 'stopped'

/** Queries under way at once; more are refused. */
const MAX_QUERIES = 256
/** Threads that may die with the same batch as their oldest; then it is dropped. */
const MAX_DEATHS = 3

/**
 * The main thread's side of history: hands over what is to be kept, and asks for what was kept; never waits.
 *
 * A batch is held here until the thread has acknowledged it as durable. When the thread dies, another is started, and
 * gets everything unacknowledged once more; the store skips what it has.
 */
export class HistoryClient {
  readonly #options: HistoryClientOptions
  readonly #thread: RestartedThread
  readonly #unwritten: UnwrittenBatches
  readonly #queries = new PendingQueries(MAX_QUERIES)
  readonly #opened = Promise.withResolvers<void>()
  #state: HistoryState = 'starting'
  #trouble: string | undefined
  #isDropping = false
  #stopped: Promise<void> | undefined

  constructor(options: HistoryClientOptions) {
    this.#options = options
    this.#unwritten = new UnwrittenBatches(options.maxUnwrittenBytes)
    this.#thread = new RestartedThread({
      startThread: options.startThread,
      onStarted: () => this.#sendAgain(),
      onMessage: (message) => this.#receive(message),
      onDeath: (reason) => this.#onDeath(reason)
    })
  }

  get state(): HistoryState {
    return this.#state
  }

  /** Why nothing can be written at present, e.g. a full disk. */
  get trouble(): string | undefined {
    return this.#trouble
  }

  get unwrittenBytes(): number {
    return this.#unwritten.bytes
  }

  /** A quarter of what may wait to be written does: whoever can wait should. */
  get isCongested(): boolean {
    return this.#unwritten.bytes > this.#options.maxUnwrittenBytes / 4
  }

  /** Age of the oldest batch that is not durable yet, ms. */
  get writeLagMs(): number {
    const { oldest } = this.#unwritten
    return oldest === undefined ? 0 : this.#options.now() - oldest.offeredMs
  }

  /** @throws HistoryError when the file cannot be used. */
  start(): Promise<void> {
    this.#thread.start()
    return this.#opened.promise
  }

  /**
   * Hands over updates of one life of a producer: `[update,…]` as UTF-8 JSON, in the order they were numbered. `bytes`
   * must not be changed afterwards. In shared memory they cross to the thread without a copy.
   *
   * @returns false when too much waits to be written; the batch is dropped and counted.
   */
  offer(epoch: string, bytes: Uint8Array): boolean {
    const { counters, now } = this.#options
    const batch = this.#stopped === undefined ? this.#unwritten.offer(epoch, bytes, now()) : undefined
    counters[batch === undefined ? 'historyBatchesDropped' : 'historyBatchesKept'] += 1
    this.#tellDropping(batch === undefined)
    if (batch !== undefined) this.#append(batch, false)
    return batch !== undefined
  }

  /** Resolves when everything offered so far is durable, or was given up. */
  flush(): Promise<void> {
    this.#thread.post({ type: 'flush' })
    return this.#unwritten.released()
  }

  /** @throws HistoryError with the reason. */
  async query<Query extends HistoryQuery>(
    query: Query,
    patience: Partial<QueryPatience> = {}
  ): Promise<HistoryAnswers[Query['kind']]> {
    const { counters, queryTimeoutMs: timeoutMs } = this.#options
    counters.historyQueries += 1
    const refusal = this.#refusal(patience.signal)
    if (refusal !== undefined) {
      counters.historyQueriesRefused += 1
      throw refusal
    }
    const send = (id: number) => this.#thread.post({ type: 'query', id, query })
    const giveUp = (id: number) => {
      counters.historyQueriesGivenUp += 1
      this.#thread.post({ type: 'cancel', id })
    }
    const answer = await this.#queries.ask({ timeoutMs, ...patience }, send, giveUp)
    // The thread answers each question with what its kind is answered with.
    return answer as HistoryAnswers[Query['kind']]
  }

  /** Writes what waits, as far as time allows, and closes the file. May be called twice. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async #stop(): Promise<void> {
    const { counters, log, stopMs } = this.#options
    const isStarting = this.#state === 'starting' && this.#thread.isAlive
    if (this.#state === 'restarting' && !this.#thread.isAlive && this.#unwritten.bytes > 0) this.#thread.start()
    await this.#thread.stop(stopMs)
    if (isStarting) this.#opened.reject(new HistoryError('history was stopped while it started', { code: 'stopped' }))
    this.#state = 'stopped'
    this.#queries.failAll(new HistoryError('history is stopped', { code: 'stopped' }))
    const lost = this.#unwritten.release()
    counters.historyBatchesDropped += lost
    if (lost > 0) log('error', `history stopped with ${lost} batches not written`)
  }

  /** Logs that data is dropped, once until there is plenty of room again. */
  #tellDropping(isDropped: boolean): void {
    const { log, maxUnwrittenBytes } = this.#options
    const { bytes } = this.#unwritten
    if (this.#stopped !== undefined) return
    if (isDropped && !this.#isDropping) log('error', `history drops data: ${bytes} bytes wait to be written already`)
    const isOver = this.#isDropping && bytes <= maxUnwrittenBytes / 2
    if (isOver) log('info', 'history keeps data again; what was dropped is a hole')
    this.#isDropping = isDropped || (this.#isDropping && !isOver)
  }

  #append({ id, epoch, bytes }: UnwrittenBatch, isResent: boolean): void {
    this.#thread.post({ type: 'append', id, epoch, bytes, isResent })
  }

  #sendAgain(): void {
    for (const batch of this.#unwritten.all()) this.#append(batch, true)
  }

  #receive(message: HistoryToMain): void {
    const { counters, log } = this.#options
    switch (message.type) {
      case 'opened':
        this.#state = 'open'
        this.#opened.resolve()
        break
      case 'refused':
        if (this.#state !== 'starting') log('error', message.message)
        else this.#opened.reject(new HistoryError(message.message, { code: message.code }))
        break
      case 'committed':
        this.#onCommitted(message)
        break
      case 'trouble':
        counters.historyWriteFailures += 1
        if (this.#trouble === undefined) log('error', `history cannot write, and tries again: ${message.message}`)
        this.#trouble = message.message
        break
      case 'answer':
        this.#queries.answer(message.id, message.answer)
        break
      case 'failed':
        this.#queries.fail(message.id, new HistoryError(message.message, { code: message.code }))
        break
      case 'damaged':
        counters.historyFilesSetAside += 1
        log('error', message.message)
        break
      case 'pruned':
        counters.historyRowsPruned += message.rows
        break
      default:
        message satisfies never
    }
  }

  #onCommitted({ upTo, trades, candles, duplicates, refused, holes }: CommittedMessage): void {
    const { counters, log } = this.#options
    counters.historyTradesWritten += trades
    counters.historyCandlesWritten += candles
    counters.historyDuplicates += duplicates
    counters.historyUpdatesRefused += refused
    counters.historyHoles += holes
    if (this.#trouble !== undefined) log('info', 'history writes again')
    this.#trouble = undefined
    this.#thread.noteHealth()
    this.#unwritten.release(upTo)
  }

  /** @returns true when another thread shall be started. */
  #onDeath(reason: string): boolean {
    const { counters, log } = this.#options
    this.#queries.failAll(new HistoryError(`the history thread died: ${reason}`, { code: 'thread_failed' }))
    if (this.#state === 'starting') {
      this.#opened.reject(new HistoryError(`the history thread died: ${reason}`, { code: 'thread_failed' }))
      this.#state = 'stopped'
      return false
    }
    counters.historyThreadFailures += 1
    log('error', `the history thread died: ${reason}; another is started`)
    if (this.#state === 'open') this.#blameOldest()
    this.#state = 'restarting'
    return true
  }

  /** What a thread dies of again and again must not keep the rest from being written. */
  #blameOldest(): void {
    const { oldest } = this.#unwritten
    if (oldest === undefined || ++oldest.deaths < MAX_DEATHS) return
    this.#unwritten.release(oldest.id)
    this.#options.counters.historyBatchesDropped += 1
    this.#options.log('error', `history drops a batch: ${MAX_DEATHS} threads died over it`)
  }

  #refusal(signal: AbortSignal | undefined): HistoryError | undefined {
    if (signal?.aborted === true) return new HistoryError('the query was cancelled early', { code: 'cancelled' })
    if (this.#stopped !== undefined) return new HistoryError('history is stopped', { code: 'stopped' })
    if (!this.#thread.isAlive) return new HistoryError('the history thread starts again', { code: 'thread_failed' })
    if (!this.#queries.isFull) return undefined
    return new HistoryError(`history answers ${MAX_QUERIES} queries at once; ask again in a moment`, { code: 'busy' })
  }
}
