import { type Every, everyAlone } from '../telemetry/pulse.ts'
import { PING_INTERVAL_MS, PING_TIMEOUT_MS } from './door.ts'
import { ReadAhead, type Wired } from './read-ahead.ts'
import { inTurns } from './turns.ts'
import { WRITES_PER_BATCH } from './write-batch.ts'

/**
 * Time between two looks, ms. Each pings the connections whose time has come: not all at once, and not so few that the
 * process is woken for each answer.
 */
const LOOK_MS = 1_000
const PARTS = PING_INTERVAL_MS / LOOK_MS

/** A connection, as far as pings go. */
export interface Pinged extends Wired {
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

/** Connections that are pinged at the same look, with what says whether they are spared. */
type Part = Map<Pinged, () => boolean>

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
  readonly #stopLooking: () => void
  #isStopped = false
  readonly #timeoutMs: number
  readonly #parts: Part[] = Array.from({ length: PARTS }, () => new Map())
  readonly #awaited = new Map<Pinged, Awaited>()
  readonly #startedMs = performance.now()
  #looks = 0
  #added = 0

  /** @param timeoutMs time for an answer. */
  constructor(timeoutMs = PING_TIMEOUT_MS, every: Every = everyAlone) {
    this.#timeoutMs = timeoutMs
    this.#stopLooking = every(LOOK_MS, () => this.#look())
  }

  stop(): void {
    this.#stopLooking()
    this.#isStopped = true
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
    const parts: Part[] = []
    for (this.#looks = Math.max(this.#looks, due - PARTS); this.#looks < due; this.#looks++) {
      parts.push(this.#parts[this.#looks % PARTS] as Part)
    }
    inTurns(this.#pingAll(parts), () => undefined)
  }

  /** Those who are still there when their turn comes. */
  *#pingAll(parts: readonly Part[]): Generator<void> {
    const ahead = new ReadAhead()
    for (const part of parts) {
      const all = [...part.keys()]
      for (let from = 0; from < all.length; from += WRITES_PER_BATCH) {
        const some = all.slice(from, from + WRITES_PER_BATCH)
        ahead.readWires(some, some.length)
        const nowMs = performance.now()
        for (const pinged of some) {
          const isSpared = part.get(pinged)
          if (isSpared !== undefined) this.#ping(pinged, isSpared, nowMs)
        }
        yield
        if (this.#isStopped) return
      }
    }
  }

  #ping(pinged: Pinged, isSpared: () => boolean, nowMs: number): void {
    if (this.#awaited.has(pinged)) return
    this.#awaited.set(pinged, { sinceMs: nowMs, isSpared })
    if (!pinged.ping()) this.#awaited.delete(pinged)
  }
}
