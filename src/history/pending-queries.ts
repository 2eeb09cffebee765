import { HistoryError } from './history-error.ts'
import type { HistoryAnswer } from './history-query.ts'

/** How long, and for whom, an answer is worth waiting. */
export interface QueryPatience {
  /** ms. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

interface PendingQuery {
  readonly resolve: (answer: HistoryAnswer) => void
  readonly reject: (error: HistoryError) => void
}

/**
 * Queries on their way. A query that nobody waits for any more keeps its place until the thread has answered or left it
 * out: so the thread never has more to do than the bound, however impatient the askers are.
 */
export class PendingQueries {
  /** Queries. */
  readonly #capacity: number
  readonly #pending = new Map<number, PendingQuery>()
  #lastId = 0

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get isFull(): boolean {
    return this.#pending.size >= this.#capacity
  }

  /**
   * Takes a place and calls `send` with its number; `giveUp` is called when nobody waits any more.
   *
   * @throws HistoryError `timeout`, `cancelled`, and whatever the thread failed with.
   */
  async ask(patience: QueryPatience, send: (id: number) => void, giveUp: (id: number) => void): Promise<HistoryAnswer> {
    const { timeoutMs, signal } = patience
    const { promise, resolve, reject } = Promise.withResolvers<HistoryAnswer>()
    const id = ++this.#lastId
    this.#pending.set(id, { resolve, reject })
    const end = (error: HistoryError) => {
      giveUp(id)
      reject(error)
    }
    const onAbort = () => end(new HistoryError('the query was cancelled by whoever asked', { code: 'cancelled' }))
    const timer = setTimeout(
      () =>
        end(
          new HistoryError(`history must answer within ${timeoutMs} ms, did not. Ask for less, or later`, {
            code: 'timeout'
          })
        ),
      timeoutMs
    )
    signal?.addEventListener('abort', onAbort, { once: true })
    try {
      send(id)
      return await promise
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
    }
  }

  answer(id: number, answer: HistoryAnswer): void {
    this.#take(id)?.resolve(answer)
  }

  fail(id: number, error: HistoryError): void {
    this.#take(id)?.reject(error)
  }

  failAll(error: HistoryError): void {
    for (const id of this.#pending.keys()) this.fail(id, error)
  }

  #take(id: number): PendingQuery | undefined {
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    return pending
  }
}
