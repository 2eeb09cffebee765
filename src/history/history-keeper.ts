import { HealingStore, type HealingStoreOptions } from './healing-store.ts'
import { HistoryError } from './history-error.ts'
import type { AppendMessage, HistoryToMain, MainToHistory } from './history-messages.ts'
import { QueryDesk } from './query-desk.ts'
import { isEnvironment } from './sqlite-codes.ts'
import { createBatchReader } from './update-batch.ts'

/** JSON that one transaction takes in, bytes: some milliseconds of work, which a query may have to wait for. */
const MAX_TRANSACTION_BYTES = 128 * 1024
/** Time for queries before it is the turn of a transaction again, ms. */
const QUERY_BUDGET_MS = 20
/** Time between two passes of pruning, ms. */
const PRUNE_MS = 60_000
/** Time until a failed transaction is tried again, ms. */
const RETRY_MS = 1_000

export interface HistoryKeeperOptions extends HealingStoreOptions {
  readonly post: (message: HistoryToMain) => void
  /** Everything is written and closed: the thread shall end. */
  readonly onStopped: () => void
  /** Longest time a batch waits for others to be written with, ms. */
  readonly writeMs: number
}

/**
 * The work of the history thread, one short piece at a time: queries, then one transaction or one slice of pruning,
 * then whatever has arrived meanwhile. So a query waits for one transaction at most, and neither starves the other.
 *
 * What waits here is bounded by the main thread, which has only so much unacknowledged.
 */
export class HistoryKeeper {
  readonly #options: HistoryKeeperOptions
  readonly #store: HealingStore
  readonly #queries: QueryDesk
  readonly #read = createBatchReader()
  readonly #batches: AppendMessage[] = []
  #batchBytes = 0
  /** When the batches that wait are due, monotonic, ms. */
  #dueMs = 0
  #isInTrouble = false
  #isPruning = true
  #isStopping = false
  #isScheduled = false
  #timer: NodeJS.Timeout | undefined
  readonly #pruneTimer: NodeJS.Timeout

  /** @throws HistoryError when the file cannot be used. */
  constructor(options: HistoryKeeperOptions) {
    this.#options = options
    this.#store = new HealingStore(options)
    this.#queries = new QueryDesk(this.#store, options.post)
    this.#pruneTimer = setInterval(() => this.#beginPruning(), PRUNE_MS)
    options.post({ type: 'opened' })
    this.#schedule()
  }

  receive(message: MainToHistory): void {
    switch (message.type) {
      case 'append':
        this.#add(message)
        break
      case 'query':
        this.#queries.add(message)
        break
      case 'cancel':
        this.#queries.cancel(message.id)
        break
      case 'flush':
        this.#dueMs = 0
        break
      case 'stop':
        this.#dueMs = 0
        this.#isStopping = true
        break
      default:
        message satisfies never
    }
    this.#schedule()
  }

  #add(message: AppendMessage): void {
    if (this.#batches.length === 0) this.#dueMs = performance.now() + this.#options.writeMs
    this.#batches.push(message)
    this.#batchBytes += message.bytes.byteLength
  }

  #schedule(): void {
    clearTimeout(this.#timer)
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      this.#turn()
    })
  }

  #turn(): void {
    this.#queries.answer(QUERY_BUDGET_MS)
    if (this.#isWriteDue()) this.#write()
    else if (this.#isPruning) this.#prune()
    const isWritten = this.#batches.length === 0 || (this.#isInTrouble && !this.#isWriteDue())
    if (this.#isStopping && isWritten && this.#queries.isEmpty) this.#stop()
    else if (!this.#queries.isEmpty || this.#isPruning || this.#isWriteDue()) this.#schedule()
    else if (this.#batches.length > 0) {
      this.#timer = setTimeout(() => this.#schedule(), Math.max(1, this.#dueMs - performance.now()))
    }
  }

  #isWriteDue(): boolean {
    if (this.#batches.length === 0) return false
    return performance.now() >= this.#dueMs || (this.#batchBytes >= MAX_TRANSACTION_BYTES && !this.#isInTrouble)
  }

  /** Writes what fits into one transaction; what fails stays and is tried again. */
  #write(): void {
    const taken = this.#nextBatches()
    try {
      const batches = taken.map(({ epoch, bytes }) => this.#read(epoch, bytes))
      const result = this.#store.use((store) => store.append(batches))
      this.#batches.splice(0, taken.length)
      for (const { bytes } of taken) this.#batchBytes -= bytes.byteLength
      this.#isInTrouble = false
      this.#options.post({ type: 'committed', upTo: taken.at(-1)?.id ?? 0, ...result })
    } catch (error) {
      this.#onTrouble(error)
      // A full file may have room again when old data is gone.
      this.#beginPruning()
    }
  }

  #nextBatches(): AppendMessage[] {
    const [first] = this.#batches
    if (first?.isResent === true) return [first]
    let bytes = 0
    const end = this.#batches.findIndex((batch) => {
      bytes += batch.bytes.byteLength
      return bytes > MAX_TRANSACTION_BYTES || batch.isResent
    })
    return this.#batches.slice(0, end < 0 ? undefined : Math.max(1, end))
  }

  #beginPruning(): void {
    this.#isPruning = !this.#isStopping
    this.#schedule()
  }

  #prune(): void {
    try {
      const { rows, isDone } = this.#store.use((store) => store.prune(Date.now()))
      this.#isPruning = !isDone && !this.#isStopping
      if (rows > 0) this.#options.post({ type: 'pruned', rows })
    } catch (error) {
      this.#isPruning = false
      this.#onTrouble(error)
    }
  }

  /** @throws what is neither the machine's fault nor healed: a bug, which ends the thread. */
  #onTrouble(error: unknown): void {
    if (error instanceof HistoryError && error.code === 'damaged') return
    if (!isEnvironment(error) || !(error instanceof Error)) throw error
    this.#isInTrouble = true
    this.#dueMs = performance.now() + RETRY_MS
    this.#options.post({ type: 'trouble', message: error.message })
  }

  #stop(): void {
    clearInterval(this.#pruneTimer)
    clearTimeout(this.#timer)
    this.#store.close()
    this.#options.onStopped()
  }
}
