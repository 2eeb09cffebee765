/** What did the article do? A bounded queue, and an emitter that wakes every 10 ms and sends one message. */

/** As in the article. */
const MAX_SIZE = 5_000
const WAKE_MS = 10

/** The article's emitter, word for word. */
export class ArticleEmitter {
  readonly #queue: unknown[] = []

  constructor(emit: (message: unknown) => void) {
    setInterval(() => {
      const message = this.#queue.shift()
      if (message !== undefined) emit(message)
    }, WAKE_MS)
  }

  /** A full queue blocks the article's producers; here it refuses. */
  put(message: unknown): void {
    if (this.#queue.length < MAX_SIZE) this.#queue.push(message)
  }
}
