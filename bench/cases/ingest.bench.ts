/** What does it cost the main thread to take in 100,000 messages a second, and does it answer REST meanwhile? */
import type { Case, CaseContext } from '../harness/case.ts'
import { STOCK_OBJECTS, TICKCAST } from '../harness/contenders.ts'
import { threadsApart } from '../harness/machine.ts'
import { type RestProbe, withRestProbe } from '../harness/rest-probe.ts'
import { eachRound, messagesOf, orderOf, sampleOf, UPDATE_METRICS, withStands } from '../harness/sampling.ts'
import type { Stand } from '../harness/stand.ts'

const CONTENDERS = [TICKCAST, STOCK_OBJECTS]
const CLIENTS = 100
const CHANNELS = 5_000
/** Channels that clients take, three each: few, so that ingest is the work, not the sending. */
const WATCHED = 100
const UPDATES = 3
const TICK_MS = 5
const RATES = [100_000, 200_000] as const
const REQUESTS_PER_SECOND = 50
const shapeOf = (rate: number) => `${rate.toLocaleString('en-US')} messages/s`

const { updatesPerSecond, p50, p99, cpuShare, loadShare } = UPDATE_METRICS

export const ingest: Case = {
  name: 'ingest',
  question: 'What does a message cost the main thread that takes it in, and does REST answer at full load?',
  metrics: [
    // What the messages that nobody watches add to a run with the watched ones alone, at the same rate per channel.
    { key: 'ingestCpu', title: 'main-thread CPU to take in a message, µs' },
    { key: 'mainCpuPerMessage', title: 'all main-thread CPU per message, µs' },
    { key: 'restP50', title: '/health p50, ms' },
    { key: 'restP99', title: '/health p99, ms' },
    { key: 'restMax', title: '/health max, ms' },
    { key: 'loopShare', title: 'event loop busy, %' },
    { key: 'mergedShare', title: 'merged, %' },
    { key: 'producerLate', title: 'producer late max, ms' },
    updatesPerSecond,
    p50,
    p99,
    cpuShare,
    loadShare
  ],
  targets: [
    { shape: shapeOf(100_000), contender: TICKCAST.name, metric: 'ingestCpu', atMost: 0.5 },
    {
      shape: shapeOf(100_000),
      contender: TICKCAST.name,
      metric: 'ingestCpu',
      against: { contender: STOCK_OBJECTS.name },
      isLess: true,
      atLeast: 4
    },
    { shape: shapeOf(200_000), contender: TICKCAST.name, metric: 'restP99', atMost: 15 }
  ],
  async run(context) {
    const { options, progress } = context
    const bench = threadsApart(options)
    const run = (round: number) =>
      withRestProbe(bench, async (probe) => {
        progress(`${CONTENDERS.length} servers with ${CLIENTS} clients each`)
        const stands = CONTENDERS.map(
          (contender) => ({ contender, kind: 'quote', channels: CHANNELS, clients: CLIENTS, bench }) as const
        )
        await withStands(stands, async (started) => {
          for (const stand of started) {
            await stand.subscribe({ updates: UPDATES, isShared: false, among: WATCHED })
            await stand.run(orderOf(RATES[0], CHANNELS, TICK_MS, 1))
          }
          for (const rate of RATES) for (const stand of started) await measure(context, stand, probe, rate, round)
        })
      })
    await eachRound(context, run, bench)
  }
}

async function measure(
  { options, record }: CaseContext,
  stand: Stand,
  probe: RestProbe,
  rate: number,
  round: number
): Promise<void> {
  const seconds = options.isQuick ? 2 : 6
  const watched = orderOf((rate * WATCHED) / CHANNELS, WATCHED, TICK_MS, seconds)
  const order = orderOf(rate, CHANNELS, TICK_MS, seconds)
  const floor = await stand.run(watched)
  const [window, rest] = await probe.during(stand.port, '/health', REQUESTS_PER_SECOND, () => stand.run(order))
  const sample = sampleOf(stand, window, order, { shape: shapeOf(rate), round })
  const { merged, sent } = window.observed.accounts
  const failed = rest.failed > 0 ? [`${rest.failed} of ${rest.requests} REST requests failed`] : []
  const floorProblems = sampleOf(stand, floor, watched, { shape: 'watched', round }).problems
  record({
    ...sample,
    values: {
      ...sample.values,
      ingestCpu: (window.mainCpuMicros - floor.mainCpuMicros) / (messagesOf(order) - messagesOf(watched)),
      mainCpuPerMessage: window.mainCpuMicros / messagesOf(order),
      restP50: rest.p50,
      restP99: rest.p99,
      restMax: rest.max,
      loopShare: window.loopShare * 100,
      mergedShare: (merged * 100) / sent,
      producerLate: window.producerLateMs
    },
    problems: [...sample.problems, ...floorProblems, ...failed]
  })
}
