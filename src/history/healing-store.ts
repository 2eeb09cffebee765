import { HistoryError } from './history-error.ts'
import type { HistoryStore } from './history-store.ts'
import { isDamage } from './sqlite-codes.ts'

export interface HealingStoreOptions {
  readonly open: () => HistoryStore
  /** Renames the file, which is closed, and tells of it. */
  readonly setAside: (cause: unknown) => void
}

/** A store whose file is set aside when it turns out to be damaged, and begun anew. */
export class HealingStore {
  readonly #options: HealingStoreOptions
  #store: HistoryStore

  /** @throws HistoryError when the file cannot be used. */
  constructor(options: HealingStoreOptions) {
    this.#options = options
    this.#store = options.open()
  }

  /**
   * Does something with the store.
   *
   * @throws HistoryError `damaged` when a new file was begun: what is to be written can be written now.
   */
  use<Result>(work: (store: HistoryStore) => Result): Result {
    try {
      return work(this.#store)
    } catch (error) {
      if (!isDamage(error)) throw error
      this.#store.close()
      this.#options.setAside(error)
      this.#store = this.#options.open()
      throw new HistoryError('the history file was damaged, and a new one was begun', { code: 'damaged', cause: error })
    }
  }

  close(): void {
    this.#store.close()
  }
}
