import type { FeedMessage } from '../../../src/protocol/feed-message.ts'

/** Messages that may wait to be pulled, by default: what a burst within one turn of the event loop may hold. */
export const PUSH_QUEUE_LIMIT = 10_000

/** Holds what a pushing producer published until the thread pulls it; refuses and counts what is over the limit. */
export class PushQueue {
  readonly #limit: number
  #waiting: FeedMessage[] = []
  #refusedCount = 0
  #isClosed = false
  #failure: { readonly error: unknown } | undefined
  #wake: () => void = () => undefined

  constructor(limit = PUSH_QUEUE_LIMIT) {
    this.#limit = limit
  }

  /** Messages refused because too many waited. */
  get refusedCount(): number {
    return this.#refusedCount
  }

  /** Takes a message; `false` when the queue is full or closed. */
  offer(message: FeedMessage): boolean {
    if (this.#isClosed) return false
    if (this.#waiting.length >= this.#limit) {
      this.#refusedCount += 1
      return false
    }
    this.#waiting.push(message)
    this.#wake()
    return true
  }

  /** Ends the batches with an error, after what waits. */
  fail(error: unknown): void {
    this.#failure = { error }
    this.close()
  }

  /** Ends the batches, after what waits. */
  close(): void {
    this.#isClosed = true
    this.#wake()
  }

  /** All that waits, each time it is asked for; waits for the first message. */
  async *batches(): AsyncGenerator<readonly FeedMessage[], void, undefined> {
    for (;;) {
      if (this.#waiting.length > 0) {
        const batch = this.#waiting
        this.#waiting = []
        yield batch
      } else if (this.#isClosed) {
        break
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
      }
    }
    if (this.#failure !== undefined) throw this.#failure.error
  }
}
