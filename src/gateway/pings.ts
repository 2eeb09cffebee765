import { type Every, everyAlone } from '../telemetry/pulse.ts'
import { PING_INTERVAL_MS, PING_TIMEOUT_MS } from './door.ts'

/** Time between two looks, ms; each pings the connections whose time has come, so that not all are pinged at once. */
const LOOK_MS = 200
const PARTS = PING_INTERVAL_MS / LOOK_MS

/** A connection, as far as pings go. */
export interface Pinged {
  /** @returns false when none was sent, because it is closing. */
  ping(): boolean
  /** Ends it without waiting for the other side. */
  terminate(): void
  /** Whether it is left alone for now although it does not answer: others look after it. */
  isSpared(): boolean
}

/** What the pings are told of a connection. */
export interface PingedEvents {
  /** It has answered. */
  readonly heard: () => void
  /** It is gone. */
  readonly end: () => void
}

/**
 * Pings connections, and ends those that do not answer in time.
 *
 * A thousand clients that came at once are not pinged at once: each has its turn in the interval.
 */
export class Pings {
  readonly #parts: Set<Pinged>[] = Array.from({ length: PARTS }, () => new Set())
  /** Those whose answer is awaited, and since when, monotonic ms. */
  readonly #unanswered = new Map<Pinged, number>()
  readonly stop: () => void
  #looks = 0
  #added = 0

  constructor(every: Every = everyAlone) {
    this.stop = every(LOOK_MS, () => this.#look())
  }

  add(pinged: Pinged): PingedEvents {
    const part = this.#parts[this.#added++ % PARTS]
    part?.add(pinged)
    return {
      heard: () => this.#unanswered.delete(pinged),
      end: () => {
        part?.delete(pinged)
        this.#unanswered.delete(pinged)
      }
    }
  }

  #look(): void {
    const nowMs = performance.now()
    for (const [pinged, atMs] of this.#unanswered) {
      if (nowMs - atMs > PING_TIMEOUT_MS && !pinged.isSpared()) pinged.terminate()
    }
    for (const pinged of this.#parts[this.#looks++ % PARTS] ?? []) {
      if (this.#unanswered.has(pinged)) continue
      this.#unanswered.set(pinged, nowMs)
      if (!pinged.ping()) this.#unanswered.delete(pinged)
    }
  }
}
