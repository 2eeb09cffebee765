import type { ReplayClock } from './replay-clock.ts'

/** How late a replay may run before its schedule moves, ms. */
export const LATENESS_LIMIT_MS = 1_000

/**
 * Says when each recorded line is due, so that a replay keeps the rhythm of the recording.
 *
 * The first line is due at once, and every other as long after it as it was received after it, divided by the speed.
 * Lines are scheduled from the first one rather than from each other, so small delays do not add up. A replay that
 * falls behind further than `LATENESS_LIMIT_MS` (it was paused, or the speed is more than the machine can do) does not
 * rush through what it missed: the schedule moves, and the rest follows in its own rhythm.
 */
export class Pacer {
  readonly #speed: number
  readonly #clock: ReplayClock
  #firstReceiveTimeMs: number | undefined
  #startMs = 0

  constructor(speed: number, clock: ReplayClock) {
    this.#speed = speed
    this.#clock = clock
  }

  /** Time until a line is due, ms; 0 when it is due. */
  waitMs(receiveTimeMs: number): number {
    if (this.#speed === Infinity) return 0
    const nowMs = this.#clock.now()
    if (this.#firstReceiveTimeMs === undefined) {
      this.#firstReceiveTimeMs = receiveTimeMs
      this.#startMs = nowMs
    }
    const dueMs = this.#startMs + (receiveTimeMs - this.#firstReceiveTimeMs) / this.#speed
    if (nowMs - dueMs > LATENESS_LIMIT_MS) this.#startMs += nowMs - dueMs
    return Math.max(0, dueMs - nowMs)
  }

  /** Starts the schedule anew: the next line is due at once. */
  restart(): void {
    this.#firstReceiveTimeMs = undefined
  }
}
