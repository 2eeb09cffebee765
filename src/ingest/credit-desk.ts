import type { ProducerLink } from './producer-link.ts'

/** Time between two tries to give credit to feeds that were kept waiting, ms. */
const RETRY_MS = 5

export interface CreditDeskOptions {
  /** Whether some client's backlog, or history's, is filling up. */
  readonly isCongested: () => boolean
  /** Whether nothing waits in the queue. */
  readonly isDrained: () => boolean
  /** Longest time that a feed is kept waiting at a stretch, ms. */
  readonly patienceMs: number
  /** Monotonic clock, ms. */
  readonly now: () => number
}

/**
 * Gives producers their credit back when the queue was emptied, and their batches shortly before that, too.
 *
 * A feed that can pause waits while some client's backlog is filling up, so that a recording played at full speed
 * arrives whole; but no longer than `patienceMs` at a stretch, because one slow client must not hold up the others.
 */
export class CreditDesk {
  readonly links = new Set<ProducerLink>()
  readonly #options: CreditDeskOptions
  #congestedSinceMs: number | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(options: CreditDeskOptions) {
    this.#options = options
  }

  /** Call when the queue was emptied. */
  grantAll(): void {
    const isServed = this.#serve((link) => link.grant())
    if (!isServed) this.#timer ??= setTimeout(() => this.#retry(), RETRY_MS)
  }

  /** Call shortly before the queue is emptied, so that what producers hold back for want of batches is in it by then. */
  callIn(): void {
    this.#serve((link) => link.callIn())
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /** What came meanwhile and waits in the queue still uses its credit; the flush that takes it sees to that. */
  #retry(): void {
    this.#timer = undefined
    if (this.#options.isDrained()) this.grantAll()
  }

  /** @returns false when somebody has to wait. */
  #serve(give: (link: ProducerLink) => void): boolean {
    const mustWait = this.#mustWait()
    let isServed = true
    for (const link of this.links) {
      if (mustWait && link.canPause) {
        link.keepWaiting()
        isServed = false
      } else give(link)
    }
    return isServed
  }

  #mustWait(): boolean {
    const { isCongested, patienceMs, now } = this.#options
    if (!isCongested()) {
      this.#congestedSinceMs = undefined
      return false
    }
    this.#congestedSinceMs ??= now()
    return now() - this.#congestedSinceMs < patienceMs
  }
}
