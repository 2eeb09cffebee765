import type { HealingStore } from './healing-store.ts'
import { HistoryError } from './history-error.ts'
import type { HistoryToMain, MainToHistory } from './history-messages.ts'
import { answerFrom } from './history-query.ts'

type QueryMessage = Extract<MainToHistory, { type: 'query' }>

/**
 * Queries that wait for their turn on the history thread, oldest first.
 *
 * Bounded by the main thread, which has only so many under way: each is answered, a cancelled one as well.
 */
export class QueryDesk {
  readonly #store: HealingStore
  readonly #post: (message: HistoryToMain) => void
  readonly #waiting: QueryMessage[] = []

  constructor(store: HealingStore, post: (message: HistoryToMain) => void) {
    this.#store = store
    this.#post = post
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0
  }

  add(message: QueryMessage): void {
    this.#waiting.push(message)
  }

  /** Leaves a query out; one that was answered already is no loss. */
  cancel(id: number): void {
    const place = this.#waiting.findIndex((message) => message.id === id)
    if (place < 0) return
    this.#waiting.splice(place, 1)
    this.#post({ type: 'failed', id, code: 'cancelled', message: 'cancelled before its turn' })
  }

  /** Answers queries until none waits, or the time is up; one at least. */
  answer(budgetMs: number): void {
    const endMs = performance.now() + budgetMs
    do {
      const message = this.#waiting.shift()
      if (message === undefined) return
      this.#answerOne(message)
    } while (performance.now() < endMs)
  }

  #answerOne({ id, query }: QueryMessage): void {
    try {
      this.#post({ type: 'answer', id, answer: this.#store.use((store) => answerFrom(store, query)) })
    } catch (error) {
      // Whatever fails here concerns one answer; what is being written must not suffer from a question.
      const message = error instanceof Error ? error.message : String(error)
      this.#post({ type: 'failed', id, code: error instanceof HistoryError ? error.code : 'store_failed', message })
    }
  }
}
