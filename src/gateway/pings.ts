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
}

/** What the pings are told of a connection. */
export interface PingedEvents {
  /** It has answered. */
  readonly heard: () => void
  /** It is gone. */
  readonly end: () => void
}

interface Awaited {
  /** Since when, or since it was spared last; monotonic ms. */
  sinceMs: number
  readonly isSpared: () => boolean
}

/**
 * Pings connections, and ends those that do not answer in time.
 *
 * A thousand clients that came at once are not pinged at once: each has its turn in the interval.
 */
export class Pings {
  readonly stop: () => void
  readonly #timeoutMs: number
  readonly #parts: Map<Pinged, () => boolean>[] = Array.from({ length: PARTS }, () => new Map())
  readonly #awaited = new Map<Pinged, Awaited>()
  readonly #startedMs = performance.now()
  #looks = 0
  #added = 0

  /** @param timeoutMs time for an answer. */
  constructor(timeoutMs = PING_TIMEOUT_MS, every: Every = everyAlone) {
    this.#timeoutMs = timeoutMs
    this.stop = every(LOOK_MS, () => this.#look())
  }

  /** @param isSpared Whether it is left alone for now although it does not answer: others look after it. */
  add(pinged: Pinged, isSpared: () => boolean): PingedEvents {
    const part = this.#parts[this.#added++ % PARTS]
    part?.set(pinged, isSpared)
    return {
      heard: () => this.#awaited.delete(pinged),
      end: () => {
        part?.delete(pinged)
        this.#awaited.delete(pinged)
      }
    }
  }

  #look(): void {
    const nowMs = performance.now()
    for (const [pinged, awaited] of this.#awaited) {
      // What it has not read yet may have the ping in it.
      if (awaited.isSpared()) awaited.sinceMs = nowMs
      else if (nowMs - awaited.sinceMs > this.#timeoutMs) pinged.terminate()
    }
    // Looks that come late under load do not make the interval longer.
    const due = Math.floor((nowMs - this.#startedMs) / LOOK_MS)
    for (this.#looks = Math.max(this.#looks, due - PARTS); this.#looks < due; this.#looks++) {
      for (const [pinged, isSpared] of this.#parts[this.#looks % PARTS] ?? []) this.#ping(pinged, isSpared, nowMs)
    }
  }

  #ping(pinged: Pinged, isSpared: () => boolean, nowMs: number): void {
    if (this.#awaited.has(pinged)) return
    this.#awaited.set(pinged, { sinceMs: nowMs, isSpared })
    if (!pinged.ping()) this.#awaited.delete(pinged)
  }
}
