/** What did a server use, and what did its clients see, between two moments? */
import type { Observed } from '../load/load-api.ts'
import type { Usage } from '../servers/server-api.ts'

/** From the first message until the last had come to everybody. */
export interface Window {
  readonly observed: Observed
  readonly seconds: number
  readonly cpuMicros: number
  readonly mainCpuMicros: number
  /** Share of the time in which the main thread's event loop was not waiting, 0 to 1. */
  readonly loopShare: number
  /** Longest time by which the producer itself was late, ms. */
  readonly producerLateMs: number
}

export function windowOf(before: Usage, after: Usage, observed: Observed, producerLateMs: number): Window {
  const wallMs = after.wallMs - before.wallMs
  return {
    observed,
    seconds: wallMs / 1_000,
    cpuMicros: after.cpuMicros - before.cpuMicros,
    mainCpuMicros: after.mainCpuMicros - before.mainCpuMicros,
    loopShare: (after.loopActiveMs - before.loopActiveMs) / wallMs,
    producerLateMs
  }
}
