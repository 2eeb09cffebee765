import type { ProducerLink } from './producer-link.ts'

/** Time between two tries to give credit to feeds that were kept waiting, ms. */
const RETRY_MS = 5

/**
 * Gives producers their credit back each time the queue was emptied.
 *
 * A feed that can pause waits while some client's backlog is filling up, so that a recording played at full speed
 * arrives whole; but no longer than `patienceMs` at a stretch, because one slow client must not hold up the others.
 */
export class CreditDesk {
  readonly links = new Set<ProducerLink>()
  readonly #isCongested: () => boolean
  readonly #patienceMs: number
  readonly #now: () => number
  #congestedSinceMs: number | undefined
  #timer: NodeJS.Timeout | undefined

  /** @param now monotonic clock, ms. */
  constructor(isCongested: () => boolean, patienceMs: number, now: () => number) {
    this.#isCongested = isCongested
    this.#patienceMs = patienceMs
    this.#now = now
  }

  /** Call when the queue was emptied. */
  grantAll(): void {
    const mustWait = this.#mustWait()
    let isWaiting = false
    for (const link of this.links) {
      if (mustWait && link.canPause) isWaiting = true
      else link.grant()
    }
    if (!isWaiting || this.#timer !== undefined) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.grantAll()
    }, RETRY_MS)
  }

  /** Call shortly before the queue is emptied, so that what producers hold back for want of batches is in it by then. */
  callIn(): void {
    const mustWait = this.#mustWait()
    for (const link of this.links) if (!mustWait || !link.canPause) link.callIn()
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #mustWait(): boolean {
    if (!this.#isCongested()) {
      this.#congestedSinceMs = undefined
      return false
    }
    this.#congestedSinceMs ??= this.#now()
    return this.#now() - this.#congestedSinceMs < this.#patienceMs
  }
}
