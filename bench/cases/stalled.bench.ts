/** What do clients that stop reading cost the others, and the server's memory, and do they come back to the present? */
import type { Case, CaseContext, Sample } from '../harness/case.ts'
import { TICKCAST } from '../harness/contenders.ts'
import { latencyOf } from '../harness/observed.ts'
import { eachRound, orderOf, sampleOf, UPDATE_METRICS, withStands } from '../harness/sampling.ts'
import type { Stand } from '../harness/stand.ts'
import { quantile } from '../harness/statistics.ts'

const CLIENTS = 200
const CHANNELS = 200
/** Channels of each client, a set of its own: frames are not shared, so that memory is at its worst. */
const UPDATES = 100
/** Messages a second on each channel; 2,500 updates and 0.4 MB a second for each client. */
const RATE_PER_CHANNEL = 25
const TICK_MS = 10
/** One client in so many stalls. */
const EVERY = 10
/** From the start of the messages to the stall, and from that of the last ones to the release, ms. */
const LEAD_MS = 500
const SHAPE = { all: 'all clients read', some: 'one client in ten stalls' } as const
const BYTES_PER_MB = 1024 * 1024

const { cpuPerUpdate, p50, p99, p999, max, cpuShare, loadShare } = UPDATE_METRICS

export const stalled: Case = {
  name: 'stalled',
  question: 'What do clients that stop reading cost the others and the memory, and do they come back to the present?',
  metrics: [
    p99,
    { key: 'heldMb', title: 'memory held per stalled client, MiB' },
    { key: 'rssMb', title: 'RSS per stalled client, MiB' },
    { key: 'freshP50', title: 'present again after release p50, ms' },
    { key: 'freshMax', title: 'present again max, ms' },
    { key: 'mergedShare', title: 'merged, %' },
    p50,
    p999,
    max,
    cpuPerUpdate,
    cpuShare,
    loadShare
  ],
  targets: [
    {
      shape: SHAPE.some,
      contender: TICKCAST.name,
      metric: p99.key,
      against: { contender: TICKCAST.name, shape: SHAPE.all },
      atMost: 1.2
    },
    { shape: SHAPE.some, contender: TICKCAST.name, metric: 'heldMb', atMost: 1 },
    { shape: SHAPE.some, contender: TICKCAST.name, metric: 'freshMax', atMost: 1_000 }
  ],
  async run(context) {
    const { options: bench, progress } = context
    await eachRound(context, async (round) => {
      progress(`2 servers with ${CLIENTS} clients each`)
      // A stalled client must not be closed before it is let go.
      const settings = { slowCloseMs: '600000' }
      const stand = {
        contender: TICKCAST,
        kind: 'quote',
        channels: CHANNELS,
        clients: CLIENTS,
        settings,
        bench
      } as const
      await withStands([stand, stand], async ([first, second]) => {
        if (first === undefined || second === undefined) throw new Error('expected two stands; found fewer')
        const calm = await measure(context, first, round, false)
        context.record(calm.sample)
        const { sample, heldBytes, rssBytes, count } = await measure(context, second, round, true)
        const heldMb = (heldBytes - calm.heldBytes) / count / BYTES_PER_MB
        const rssMb = (rssBytes - calm.rssBytes) / count / BYTES_PER_MB
        context.record({ ...sample, values: { ...sample.values, heldMb, rssMb } })
      })
    })
  }
}

interface Measured {
  readonly sample: Sample
  /** While the clients stall, bytes. */
  readonly heldBytes: number
  readonly rssBytes: number
  /** Stalled clients. */
  readonly count: number
}

async function measure({ options }: CaseContext, stand: Stand, round: number, isStalled: boolean): Promise<Measured> {
  const rate = RATE_PER_CHANNEL * CHANNELS
  await stand.subscribe({ updates: UPDATES, isShared: false, among: CHANNELS })
  await stand.run(orderOf(rate, CHANNELS, TICK_MS, 2))
  const order = orderOf(rate, CHANNELS, TICK_MS, options.isQuick ? 15 : isStalled ? 60 : 35)
  let count = 0
  const window = await stand.run(order, async () => {
    await delay(LEAD_MS)
    if (isStalled) count = await stand.stall(EVERY)
  })
  const { heldBytes, rssBytes } = await stand.memory()
  // The messages go on over the release.
  const last = orderOf(rate, CHANNELS, TICK_MS, 2)
  const release = async () => {
    await delay(LEAD_MS)
    if (isStalled) await stand.release()
  }
  const after = await stand.run(last, release, { isForAll: true, continues: true })
  const whole = { ...order, ticks: order.ticks + last.ticks }
  const sample = sampleOf(stand, { ...window, observed: after.observed }, whole, {
    shape: isStalled ? SHAPE.some : SHAPE.all,
    round
  })
  const { accounts, freshMs } = after.observed
  const problems = isStalled && accounts.merged === 0 ? ['no client fell behind: nothing was merged'] : []
  if (freshMs.length !== count || !freshMs.every(Number.isFinite)) problems.push('a client did not come back')
  const updates = window.observed.accounts.delivered
  return {
    sample: {
      ...sample,
      values: {
        ...sample.values,
        ...latencyOf(window.observed.latencies[0]),
        cpuPerUpdate: window.cpuMicros / updates,
        mergedShare: (accounts.merged * 100) / accounts.sent,
        ...(isStalled && { freshP50: quantile(freshMs, 0.5), freshMax: quantile(freshMs, 1) })
      },
      problems: [...sample.problems, ...problems]
    },
    heldBytes,
    rssBytes,
    count
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
