import type { Subscriber } from './subscriber.ts'
import { TURN_BUDGET_MS } from './turns.ts'

/** Longest time for changes of subscriptions in one flush, ms: no turn of the event loop may be longer. */
const MAX_CHANGES_MS = 25
/** Time between two looks at clients whose changes wait until they read, ms. */
const RETRY_MS = 50

export interface ChangeQueueOptions {
  /** Whether more may be handed to a client now. */
  readonly hasRoom: (subscriber: Subscriber) => boolean
  /** Asks the emitter for a flush. */
  readonly wake: () => void
}

interface Queue {
  readonly subscriber: Subscriber
  /** Whether they wait while the client does not read. */
  readonly mayWait: boolean
  readonly changes: (() => void)[]
}

/**
 * Changes of clients' channels, made at the start of one of the next flushes; those that one client asked for are made in
 * order, and clients take turns.
 *
 * Each is answered, and an answer can be as long as the list of all channels. So a client that does not read its answers
 * has to wait for the next ones: whatever it asks for at once, it holds no more memory than it may leave unread.
 */
export class ChangeQueue {
  readonly #options: ChangeQueueOptions
  /** By client, or by the change where it is not one that a client asked for. */
  readonly #queues = new Map<object, Queue>()
  #retry: NodeJS.Timeout | undefined

  constructor(options: ChangeQueueOptions) {
    this.#options = options
  }

  stop(): void {
    clearTimeout(this.#retry)
  }

  /** Adds what a client asked for. */
  add(subscriber: Subscriber, change: () => void): void {
    const known = this.#queues.get(subscriber)
    if (known === undefined) this.#queues.set(subscriber, { subscriber, mayWait: true, changes: [change] })
    else known.changes.push(change)
    this.#options.wake()
  }

  /** Adds what a client did not ask for, beside all that it did. */
  addOwn(subscriber: Subscriber, change: () => void): void {
    this.#queues.set(change, { subscriber, mayWait: false, changes: [change] })
    this.#options.wake()
  }

  /**
   * Makes changes for a tenth of the time that flushes take, and asks for another flush while there are any left: at the
   * limit there are few flushes, and clients still get in.
   *
   * @param deliveryMs how long the last flush took.
   */
  make(deliveryMs: number): void {
    const { hasRoom, wake } = this.#options
    const startedMs = performance.now()
    const budgetMs = Math.min(MAX_CHANGES_MS, Math.max(TURN_BUDGET_MS, deliveryMs / 10))
    for (const [key, queue] of this.#queues) {
      const { subscriber, mayWait, changes } = queue
      if (subscriber.isGone) changes.length = 0
      else if (mayWait && !hasRoom(subscriber)) continue
      changes.shift()?.()
      // The next one after those of all others.
      this.#queues.delete(key)
      if (changes.length > 0) this.#queues.set(key, queue)
      if (performance.now() - startedMs <= budgetMs) continue
      if (this.#queues.size > 0) wake()
      return
    }
    if (this.#queues.size > 0) this.#retry ??= setTimeout(() => this.#wakeAgain(), RETRY_MS).unref()
  }

  #wakeAgain(): void {
    this.#retry = undefined
    this.#options.wake()
  }
}
