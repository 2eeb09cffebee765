/** How does a window become figures, and how are contenders kept from being left behind? */
import type { Order } from '../servers/server-api.ts'
import type { CaseContext, Metric, Sample } from './case.ts'
import { lookAtCores } from './cores.ts'
import { isLoadSaturated, latencyOf, loadShare, problemsOf, updateBytes } from './observed.ts'
import { Stand, type StandOptions } from './stand.ts'
import type { Dropped } from './told.ts'
import type { Window } from './window.ts'

/** Figures that every window of updates has. */
export const UPDATE_METRICS = {
  cpuPerUpdate: { key: 'cpuPerUpdate', title: 'server CPU per update, µs' },
  mainCpuPerUpdate: { key: 'mainCpuPerUpdate', title: 'its main thread, µs' },
  updatesPerSecond: { key: 'updatesPerSecond', title: 'updates/s delivered' },
  cpuShare: { key: 'cpuShare', title: 'server CPU, % of a core' },
  loadShare: { key: 'loadShare', title: 'client CPU, % of a core' },
  p50: { key: 'p50', title: 'latency p50, ms' },
  p99: { key: 'p99', title: 'p99, ms' },
  p999: { key: 'p999', title: 'p99.9, ms' },
  max: { key: 'max', title: 'max, ms' }
} as const satisfies Record<string, Metric>

/** The figures of a window, and whether its accounts balance. */
export function sampleOf(
  stand: Stand,
  window: Window,
  order: Order,
  { shape, round, told }: { readonly shape: string; readonly round: number; readonly told?: Dropped }
): Sample {
  const { contender, clients } = stand.options
  const { observed, seconds, cpuMicros, mainCpuMicros } = window
  const { delivered } = observed.accounts
  const messages = messagesOf(order)
  const expected = Math.round((messages / order.channels) * stand.subscribed.subscriptions)
  return {
    shape,
    contender: contender.name,
    round,
    clients,
    ratePerSecond: order.ratePerSecond,
    updateBytes: updateBytes(observed),
    values: {
      cpuPerUpdate: cpuMicros / delivered,
      mainCpuPerUpdate: mainCpuMicros / delivered,
      updatesPerSecond: delivered / seconds,
      cpuShare: cpuMicros / 1e4 / seconds,
      loadShare: loadShare(observed) * 100,
      ...latencyOf(observed.latencies[0])
    },
    problems: problemsOf(observed, expected, told),
    isLoadSaturated: isLoadSaturated(observed)
  }
}

export function messagesOf({ ratePerSecond, tickMs, ticks }: Order): number {
  return Math.round((ratePerSecond * tickMs * ticks) / 1_000)
}

/** An order for so many seconds, and whole rounds of the channels. */
export function orderOf(ratePerSecond: number, channels: number, tickMs: number, seconds: number): Order {
  const perRound = (channels * 1_000) / ratePerSecond / tickMs
  const rounds = Math.max(1, Math.round((seconds * 1_000) / tickMs / perRound))
  return { ratePerSecond, channels, tickMs, ticks: Math.ceil(rounds * perRound) }
}

/** Starts a stand for each of these, one after the other, and ends them all whatever happens. */
export async function withStands(
  list: readonly StandOptions[],
  use: (stands: readonly Stand[]) => Promise<void>
): Promise<void> {
  const stands: Stand[] = []
  try {
    for (const options of list) {
      const stand = new Stand(options)
      stands.push(stand)
      await stand.start()
    }
    await use(stands)
  } finally {
    await Promise.all(stands.map((stand) => stand.end()))
  }
}

/**
 * Runs every round, and says which one it is.
 *
 * @param bench by which the servers of a round and all that asks them are started; their cores are measured before.
 */
export async function eachRound(
  { options, progress }: CaseContext,
  run: (round: number) => Promise<void>,
  bench = options
): Promise<void> {
  for (let round = 1; round <= options.rounds; round++) {
    const cores = lookAtCores(bench)
    progress(`round ${round} of ${options.rounds}${cores === undefined ? '' : `: ${cores}`}`)
    await run(round)
  }
}
