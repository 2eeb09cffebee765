/** How many frames can one main thread write in a second, and still be there for others? */
import type { Case, CaseContext, Sample } from '../harness/case.ts'
import { type Contender, RAW_WS, STOCK, TICKCAST } from '../harness/contenders.ts'
import { highestRate } from '../harness/highest-rate.ts'
import { eachRound, orderOf, sampleOf, UPDATE_METRICS } from '../harness/sampling.ts'
import { Stand } from '../harness/stand.ts'
import { quantile } from '../harness/statistics.ts'
import { droppedDuring } from '../harness/told.ts'

const CLIENTS = 500
const TICK_MS = 5
/** What "still there for others" means, ms. */
const MAX_LOOP_DELAY_P99_MS = 20
/** Frames for each message and client: with fewer it is at its limit, whatever it makes of what comes besides. */
const MIN_SHARE = 0.95
const MIN_RATE = 10
/** Where the search begins, messages a second: each is a frame for each client. */
const START_RATE = 80
const DRAIN_MS = 4_000
/** Here each message is to be a frame, and not what waiting would put together. */
const FLUSH = { flushMs: '1', flushMaxMs: '1' }
const CONTENDERS = [TICKCAST, STOCK, RAW_WS]

interface Shape {
  readonly name: string
  readonly padBytes: number
}

const SHAPES: readonly Shape[] = [
  { name: `frames of 200 bytes to ${CLIENTS} clients`, padBytes: 0 },
  { name: `frames of 1 KiB to ${CLIENTS} clients`, padBytes: 800 }
]

const { p50, p99, cpuShare, loadShare } = UPDATE_METRICS
const framesMetric = { key: 'framesPerSecond', title: 'highest rate, frames/s' } as const

export const frames: Case = {
  name: 'frames',
  question: 'How many frames can one main thread write in a second, and still be there for others?',
  metrics: [
    framesMetric,
    { key: 'cpuPerFrame', title: 'server CPU per frame, µs' },
    { key: 'loopDelayP99', title: 'event loop delay p99, ms' },
    ...[p50, p99, cpuShare, loadShare]
  ],
  targets: SHAPES.map(({ name: shape }) => ({
    ...{ shape, contender: TICKCAST.name, metric: framesMetric.key, atLeast: 60_000 }
  })),
  async run(context) {
    const found = new Map<string, number>()
    await eachRound(context, async (round) => {
      for (const shape of SHAPES) {
        for (const contender of CONTENDERS) {
          const key = `${shape.name} ${contender.name}`
          const known = found.get(key)
          const sample = await search(context, contender, shape, known === undefined ? START_RATE : known * 0.9, round)
          found.set(key, sample.ratePerSecond)
          context.record(sample)
        }
      }
    })
  }
}

function search(
  context: CaseContext,
  contender: Contender,
  shape: Shape,
  start: number,
  round: number
): Promise<Sample> {
  return highestRate(context, {
    ...{ name: contender.name, start, minimum: MIN_RATE, growth: round === 1 ? 1.5 : 1.2 },
    open: (rate) => started(context, contender, shape, rate),
    attempt: (stand, rate) => attempt(context, stand, shape, rate, round),
    fault: ({ ratePerSecond, values: { framesPerSecond = 0, loopDelayP99 = Number.NaN, missing = 0 } }) => {
      if (missing > 0) return `too much, ${missing} missing`
      if (framesPerSecond < MIN_SHARE * ratePerSecond * CLIENTS) return 'too much, messages share frames'
      return loopDelayP99 <= MAX_LOOP_DELAY_P99_MS ? undefined : `the event loop is ${loopDelayP99.toFixed()} ms late`
    }
  })
}

async function attempt(
  { options }: CaseContext,
  stand: Stand,
  { name: shape }: Shape,
  rate: number,
  round: number
): Promise<Sample> {
  const order = orderOf(rate, 1, TICK_MS, options.isQuick ? 1.5 : 3)
  const [[window, delays], told] = await droppedDuring(stand, () =>
    stand.delaysDuring(() => stand.run(order, undefined, { drainMs: DRAIN_MS }))
  )
  const { observed, seconds, cpuMicros } = window
  const sample = sampleOf(stand, window, order, { shape, round, told })
  const values = {
    ...sample.values,
    framesPerSecond: observed.frames / seconds,
    cpuPerFrame: cpuMicros / observed.frames,
    loopDelayP99: quantile(delays, 0.99),
    missing: observed.accounts.missing
  }
  return { ...sample, values }
}

/** A server with its clients, warm from half the rate it is to be tried with. */
async function started(
  { options: bench }: CaseContext,
  contender: Contender,
  { padBytes }: Shape,
  rate: number
): Promise<Stand> {
  const settings = contender === TICKCAST ? { settings: FLUSH } : {}
  const stand = new Stand({ contender, channels: 1, clients: CLIENTS, padBytes, ...settings, bench })
  await stand.start()
  await stand.subscribe({ updates: 1, isShared: true, among: 1 })
  await stand.run(orderOf(rate / 2, 1, TICK_MS, bench.isQuick ? 1 : 2), undefined, { drainMs: DRAIN_MS })
  return stand
}
