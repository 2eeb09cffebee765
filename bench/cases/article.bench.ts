/** Do messages that are made once a second arrive once a second, and does REST answer meanwhile? The article's case. */
import type { Case, CaseContext, Sample } from '../harness/case.ts'
import { type Contender, STOCK, TICKCAST } from '../harness/contenders.ts'
import { type RestProbe, withRestProbe } from '../harness/rest-probe.ts'
import { eachRound, orderOf, withStands } from '../harness/sampling.ts'
import type { Stand } from '../harness/stand.ts'
import { quantile } from '../harness/statistics.ts'

const CONTENDERS: readonly Contender[] = [
  { ...TICKCAST, mode: 'plain' },
  { ...STOCK, name: "the article's emitter", mode: 'article-plain' },
  { ...STOCK, name: 'emits from message events', mode: 'direct-plain' }
]
const CLIENTS = 100
const PRODUCERS = 4
const INTERVAL_MS = 1_000
const REQUESTS_PER_SECOND = 200
/** Before anything is measured: V8 compiles for thousands of calls, and a server that has run for a minute is done with that. */
const WARM_UP = { seconds: 6, requestsPerSecond: 1_000 } as const
const SHAPE = 'four producers of one message a second each, REST at 200 requests/s'

export const article: Case = {
  name: 'article',
  question: 'Do messages made once a second arrive once a second, and does REST answer meanwhile?',
  metrics: [
    { key: 'deviationP50', title: 'deviation of the interval p50, ms' },
    { key: 'deviationP99', title: 'deviation p99, ms' },
    { key: 'deviationMax', title: 'deviation max, ms' },
    { key: 'restP50', title: 'REST p50, ms' },
    { key: 'restP99', title: 'REST p99, ms' },
    { key: 'restMax', title: 'REST max, ms' },
    { key: 'producerLate', title: 'producer late max, ms' }
  ],
  targets: [
    { shape: SHAPE, contender: TICKCAST.name, metric: 'deviationP99', atMost: 3 },
    { shape: SHAPE, contender: TICKCAST.name, metric: 'restP99', atMost: 10 }
  ],
  async run(context) {
    const { options: bench, record, progress } = context
    await eachRound(context, (round) =>
      withRestProbe(bench, async (probe) => {
        progress(`${CONTENDERS.length} servers with ${CLIENTS} clients each`)
        const stands = CONTENDERS.map((contender) => ({ contender, channels: 1, clients: CLIENTS, bench }))
        await withStands(stands, async (started) => {
          for (const stand of started) record(await measure(context, stand, probe, round))
        })
      })
    )
  }
}

async function measure({ options }: CaseContext, stand: Stand, probe: RestProbe, round: number): Promise<Sample> {
  const order = orderOf(1, 1, INTERVAL_MS, options.isQuick ? 6 : 12)
  const warmUp = orderOf(1, 1, INTERVAL_MS, options.isQuick ? 2 : WARM_UP.seconds)
  await probe.during(stand.port, '/api', WARM_UP.requestsPerSecond, () => stand.runPlain(warmUp))
  const [arrivals, rest] = await probe.during(stand.port, '/api', REQUESTS_PER_SECOND, () => stand.runPlain(order))
  const { times, count, bytes, sent, producerLateMs } = arrivals
  const deviations = Object.values(times).flatMap((list) =>
    list.slice(1).map((time, place) => Math.abs(time - (list[place] ?? 0) - INTERVAL_MS))
  )
  const problems: string[] = []
  if (sent !== PRODUCERS * order.ticks) problems.push(`expected ${PRODUCERS * order.ticks} messages; found ${sent}`)
  if (count !== sent * CLIENTS) problems.push(`sent ${sent} messages to ${CLIENTS} clients; ${count} came`)
  if (deviations.length !== sent - PRODUCERS) problems.push(`the first client got ${deviations.length} intervals`)
  if (rest.failed > 0) problems.push(`${rest.failed} of ${rest.requests} REST requests failed`)
  return {
    shape: SHAPE,
    contender: stand.options.contender.name,
    round,
    clients: CLIENTS,
    ratePerSecond: PRODUCERS,
    updateBytes: Math.round(bytes / count),
    values: {
      deviationP50: quantile(deviations, 0.5),
      deviationP99: quantile(deviations, 0.99),
      deviationMax: quantile(deviations, 1),
      restP50: rest.p50,
      restP99: rest.p99,
      restMax: rest.max,
      producerLate: producerLateMs
    },
    problems,
    isLoadSaturated: false
  }
}
