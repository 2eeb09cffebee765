/** A batch that the history thread has not acknowledged. */
export interface UnwrittenBatch {
  /** Grows by 1. */
  readonly id: number
  readonly epoch: string
  readonly bytes: Uint8Array
  /** When it was offered, monotonic, ms. */
  readonly offeredMs: number
  /** Threads that died while it was the oldest. */
  deaths: number
}

interface Waiter {
  readonly id: number
  readonly resolve: () => void
}

/** Most batches that wait, whatever their size. */
const MAX_BATCHES = 20_000

/** What is not durable yet, oldest first, kept to be sent again should the thread die. Bounded. */
export class UnwrittenBatches {
  readonly #maxBytes: number
  readonly #batches = new Map<number, UnwrittenBatch>()
  #waiters: Waiter[] = []
  #lastId = 0
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get bytes(): number {
    return this.#bytes
  }

  get oldest(): UnwrittenBatch | undefined {
    for (const batch of this.#batches.values()) return batch
    return undefined
  }

  all(): Iterable<UnwrittenBatch> {
    return this.#batches.values()
  }

  /** Keeps a batch; `undefined` when there is no room. */
  offer(epoch: string, bytes: Uint8Array, nowMs: number): UnwrittenBatch | undefined {
    if (this.#batches.size >= MAX_BATCHES || this.#bytes + bytes.byteLength > this.#maxBytes) return undefined
    const batch = { id: ++this.#lastId, epoch, bytes, offeredMs: nowMs, deaths: 0 }
    this.#batches.set(batch.id, batch)
    this.#bytes += bytes.byteLength
    return batch
  }

  /** Lets go of every batch up to `id`. @returns how many. */
  release(id = this.#lastId): number {
    let released = 0
    for (const batch of this.#batches.values()) {
      if (batch.id > id) break
      this.#batches.delete(batch.id)
      this.#bytes -= batch.bytes.byteLength
      released += 1
    }
    const done = this.#waiters.filter((waiter) => waiter.id <= id)
    this.#waiters = this.#waiters.filter((waiter) => waiter.id > id)
    for (const { resolve } of done) resolve()
    return released
  }

  /** Resolves when nothing of what is kept now waits any more. */
  released(): Promise<void> {
    if (this.#batches.size === 0) return Promise.resolve()
    return new Promise((resolve) => this.#waiters.push({ id: this.#lastId, resolve }))
  }
}
