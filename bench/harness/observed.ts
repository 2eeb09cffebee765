/** What did all clients see together, and does it balance? */
import type { Accounts } from '../load/auditor.ts'
import { Histogram } from '../load/histogram.ts'
import type { Observed } from '../load/load-api.ts'
import { NOTHING_DROPPED } from './told.ts'

/** A load process that uses more of its core than this may itself be what is slow. */
export const SATURATED = 0.85

/** Percentiles of a latency, ms. */
export interface Latency {
  readonly p50: number
  readonly p99: number
  readonly p999: number
  readonly max: number
}

/** Puts together what several load processes saw. */
export function merged(parts: readonly Observed[]): Observed {
  const [first, ...others] = parts
  if (first === undefined) throw new Error('expected what one load process saw at least; found nothing')
  return others.reduce(
    (sum, part) => ({
      accounts: added(sum.accounts, part.accounts),
      latencies: [
        addedCounts(sum.latencies[0], part.latencies[0]),
        addedCounts(sum.latencies[1], part.latencies[1])
      ] as const,
      lastTime: Math.max(sum.lastTime, part.lastTime),
      // The busiest one decides whether the load was at its limit.
      cpuMicros: Math.max(sum.cpuMicros, part.cpuMicros),
      wallMs: Math.max(sum.wallMs, part.wallMs),
      bytes: sum.bytes + part.bytes,
      frames: sum.frames + part.frames,
      remarks: [...sum.remarks, ...part.remarks],
      freshMs: [...sum.freshMs, ...part.freshMs]
    }),
    first
  )
}

export function latencyOf(counts: Uint32Array): Latency {
  const histogram = new Histogram()
  histogram.merge(counts)
  return {
    p50: histogram.percentile(0.5),
    p99: histogram.percentile(0.99),
    p999: histogram.percentile(0.999),
    max: histogram.percentile(1)
  }
}

/** Share of a core that the busiest load process used. */
export function loadShare({ cpuMicros, wallMs }: Observed): number {
  return cpuMicros / 1_000 / wallMs
}

export function isLoadSaturated(observed: Observed): boolean {
  return loadShare(observed) > SATURATED
}

/** Bytes of one update as it came, with its share of the event around it. */
export function updateBytes({ bytes, accounts }: Observed): number {
  return accounts.delivered === 0 ? 0 : Math.round(bytes / accounts.delivered)
}

/**
 * What is wrong with the accounts; nothing when every message was delivered, merged or, as the server told, dropped.
 *
 * @param expected messages that should have been sent to all clients together, as the plan has it.
 * @param told updates that the server says it dropped; some may be in both numbers.
 */
export function problemsOf({ accounts, remarks }: Observed, expected: number, told = NOTHING_DROPPED): string[] {
  const { sent, delivered, merged: stoodFor, missing, repeated, unexpected } = accounts
  const problems: string[] = []
  if (sent !== expected) problems.push(`the clients account for ${sent} messages, the plan for ${expected}`)
  const { byProducers, forClients } = told
  if (missing < Math.max(byProducers, forClients) || missing > byProducers + forClients) {
    problems.push(`${missing} updates missing; ${byProducers} told by producers, ${forClients} for clients`)
  }
  if (delivered + stoodFor + missing !== sent) {
    problems.push(`${delivered} delivered + ${stoodFor} merged + ${missing} dropped is not ${sent} sent`)
  }
  if (repeated > 0) problems.push(`${repeated} updates came again or out of order`)
  if (unexpected > 0) problems.push(`${unexpected} updates of channels that were not subscribed`)
  if (delivered === 0) problems.push('nothing was delivered')
  return problems.length === 0 ? [] : [...problems, ...remarks.slice(0, 3)]
}

function added(a: Accounts, b: Accounts): Accounts {
  return {
    sent: a.sent + b.sent,
    delivered: a.delivered + b.delivered,
    merged: a.merged + b.merged,
    missing: a.missing + b.missing,
    repeated: a.repeated + b.repeated,
    unexpected: a.unexpected + b.unexpected,
    snapshots: a.snapshots + b.snapshots
  }
}

function addedCounts(a: Uint32Array, b: Uint32Array): Uint32Array {
  return Uint32Array.from({ length: Math.max(a.length, b.length) }, (_, ms) => (a[ms] ?? 0) + (b[ms] ?? 0))
}
