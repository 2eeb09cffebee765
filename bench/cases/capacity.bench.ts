/** What is the highest rate that reaches everybody in time, when 100 clients take all of 100 symbols? */
import type { Case, CaseContext, Sample } from '../harness/case.ts'
import { ARTICLE, type Contender, STOCK, TICKCAST } from '../harness/contenders.ts'
import { highestRate } from '../harness/highest-rate.ts'
import { threadsApart } from '../harness/machine.ts'
import { eachRound, orderOf, sampleOf, UPDATE_METRICS } from '../harness/sampling.ts'
import { Stand } from '../harness/stand.ts'
import { droppedDuring } from '../harness/told.ts'

const CLIENTS = 100
const CHANNELS = 100
const TICK_MS = 5
/** What "in time" means, ms. */
const MAX_P99_MS = 250
/** Where the search begins, messages a second. */
const STARTS: readonly (readonly [Contender, number])[] = [
  [TICKCAST, 20_000],
  [STOCK, 500],
  [ARTICLE, 40]
]
const MIN_RATE = 5
/** Wait for what is still under way: a rate that needs longer is too high by far. */
const DRAIN_MS = 4_000
const SHAPE = `100 clients take all of 100 symbols, p99 at most ${MAX_P99_MS} ms`

const { cpuPerUpdate, mainCpuPerUpdate, p50, p99, p999, max, cpuShare, loadShare } = UPDATE_METRICS
const capacityMetric = { key: 'capacity', title: 'highest rate, updates/s' } as const

export const capacity: Case = {
  name: 'capacity',
  question: 'What is the highest rate that reaches everybody in time, when 100 clients take all of 100 symbols?',
  metrics: [
    capacityMetric,
    { key: 'messagesPerSecond', title: 'messages/s' },
    cpuPerUpdate,
    mainCpuPerUpdate,
    ...[p50, p99, p999, max, cpuShare, loadShare],
    { key: 'producerLate', title: 'producer late max, ms' }
  ],
  targets: [
    {
      shape: SHAPE,
      contender: TICKCAST.name,
      metric: capacityMetric.key,
      against: { contender: STOCK.name },
      atLeast: 100
    }
  ],
  async run(context) {
    const found = new Map<Contender, number>()
    const run = async (round: number) => {
      for (const [contender, start] of STARTS) {
        const known = found.get(contender)
        const sample = await search(context, contender, known === undefined ? start : known * 0.85, round)
        found.set(contender, sample.ratePerSecond)
        context.record(sample)
      }
    }
    await eachRound(context, run, threadsApart(context.options))
  }
}

function search(context: CaseContext, contender: Contender, start: number, round: number): Promise<Sample> {
  return highestRate(context, {
    ...{ name: contender.name, start, minimum: MIN_RATE, growth: round === 1 ? 2 : 1.35 },
    open: (rate) => started(context, contender, rate),
    attempt: (stand, rate) => attempt(context, stand, rate, round),
    fault: ({ values: { p99: p99Ms = Number.NaN, missing = 0 } }) => {
      if (missing > 0) return `too late, ${missing} missing`
      return p99Ms <= MAX_P99_MS ? undefined : 'too late'
    }
  })
}

/** A warm-up in which something was given up tells as much as the window would; the window would not balance then. */
async function attempt(context: CaseContext, stand: Stand, rate: number, round: number): Promise<Sample> {
  const { isQuick } = context.options
  const warmUp = await oneWindow(stand, rate, isQuick ? 0.5 : 1, round)
  return warmUp.values.missing === 0 ? oneWindow(stand, rate, isQuick ? 1.5 : 3, round) : warmUp
}

async function oneWindow(stand: Stand, rate: number, seconds: number, round: number): Promise<Sample> {
  const order = orderOf(rate, CHANNELS, TICK_MS, seconds)
  const [window, told] = await droppedDuring(stand, () => stand.run(order, undefined, { drainMs: DRAIN_MS }))
  const sample = sampleOf(stand, window, order, { shape: SHAPE, round, told })
  return {
    ...sample,
    values: {
      ...sample.values,
      capacity: rate * CLIENTS,
      messagesPerSecond: rate,
      missing: window.observed.accounts.missing,
      producerLate: window.producerLateMs
    }
  }
}

/** A server with its clients, warm from half the rate it is to be tried with: code that V8 has not compiled yet is no limit. */
async function started({ options }: CaseContext, contender: Contender, rate: number): Promise<Stand> {
  const stand = new Stand({ contender, channels: CHANNELS, clients: CLIENTS, bench: threadsApart(options) })
  await stand.start()
  await stand.subscribe({ updates: CHANNELS, isShared: true, among: CHANNELS })
  const seconds = options.isQuick ? 1 : 3
  await stand.run(orderOf(rate / 2, CHANNELS, TICK_MS, seconds), undefined, { drainMs: DRAIN_MS })
  return stand
}
