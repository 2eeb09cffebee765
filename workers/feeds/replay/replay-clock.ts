import { performance } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'

/** The time a replay is paced by; tests pass one of their own. */
export interface ReplayClock {
  /** Monotonic, ms from an arbitrary start. */
  now(): number
  /** Resolves after `ms`, or soon after `signal` is aborted; never rejects. */
  wait(ms: number, signal: AbortSignal): Promise<void>
}

/** Longest single timer, ms: Node's own limit is about 24 days, and recordings may hold longer silences. */
const MAX_TIMER_MS = 3_600_000

export const SYSTEM_CLOCK: ReplayClock = {
  now: () => performance.now(),
  async wait(ms, signal) {
    for (let leftMs = ms; leftMs > 0 && !signal.aborted; leftMs -= MAX_TIMER_MS) {
      // A timer cuts fractions off and would end the wait too early. It rejects on abort only.
      await setTimeout(Math.ceil(Math.min(leftMs, MAX_TIMER_MS)), undefined, { signal }).catch(() => undefined)
    }
  }
}
