/** What do clients cost that get few updates each, where there is little to put together, and can others still join? */
import { setTimeout } from 'node:timers/promises'
import type { Case, CaseContext, Sample } from '../harness/case.ts'
import { type Contender, STOCK, TICKCAST } from '../harness/contenders.ts'
import { problemsOf } from '../harness/observed.ts'
import { eachRound, orderOf, sampleOf, UPDATE_METRICS, withStands } from '../harness/sampling.ts'
import { Stand } from '../harness/stand.ts'

const CONTENDERS = [TICKCAST, STOCK]

interface Shape {
  readonly name: string
  readonly clients: number
  readonly channels: number
  readonly updates: number
  readonly ratePerChannel: number
  readonly tickMs: number
}

const ONE_CHANNEL: Shape = {
  ...{ name: 'one channel of 100 messages/s', clients: 1_000, channels: 1, updates: 1 },
  ...{ ratePerChannel: 100, tickMs: 10 }
}
const FEW_SYMBOLS: Shape = {
  ...{ name: '20 of 500 symbols, 4 messages/s each', clients: 2_000, channels: 500, updates: 20 },
  ...{ ratePerChannel: 4, tickMs: 5 }
}
const JOINING = '200 clients join a server at its limit'
const JOINERS = 200
/** From the start of the messages to the first who joins; messages go on until the last could have. */
const LEAD_MS = 1_000
const JOIN_MS = { full: 12_000, quick: 6_000 } as const
const MAX_JOIN_SECONDS = 5
/** A server is at its limit when its event loop has no more time left than this. */
const FULL_LOOP = 0.93
const MAX_RATE_PER_CHANNEL = 512

const { cpuPerUpdate, mainCpuPerUpdate, updatesPerSecond, p50, p99, p999, max, cpuShare, loadShare } = UPDATE_METRICS
const limitsOf = ({ name: shape }: Shape) => {
  const common = { shape, contender: TICKCAST.name } as const
  return [
    {
      ...common,
      ...{ metric: cpuPerUpdate.key, against: { contender: STOCK.name }, isLess: true as const, atLeast: 3 }
    },
    { ...common, metric: p99.key, atMost: 80 },
    { ...common, metric: cpuShare.key, atMost: 70 }
  ]
}

export const sparse: Case = {
  name: 'sparse',
  question: 'What do clients cost that get few updates each, and can others still join a server at its limit?',
  metrics: [
    cpuPerUpdate,
    mainCpuPerUpdate,
    updatesPerSecond,
    ...[p50, p99, p999, max, cpuShare, loadShare],
    { key: 'joinSeconds', title: 'last of 200 had its first update after, s' },
    { key: 'joined', title: 'joined of 200' }
  ],
  targets: [
    ...limitsOf(ONE_CHANNEL),
    ...limitsOf(FEW_SYMBOLS),
    { shape: JOINING, contender: TICKCAST.name, metric: 'joinSeconds', atMost: MAX_JOIN_SECONDS }
  ],
  async run(context) {
    await eachRound(context, async (round) => {
      for (const shape of [ONE_CHANNEL, FEW_SYMBOLS]) await compare(context, shape, round)
      for (const contender of CONTENDERS) context.record(await join(context, contender, round))
    })
  }
}

async function compare({ options: bench, record }: CaseContext, shape: Shape, round: number): Promise<void> {
  const { name, clients, channels, updates, tickMs } = shape
  const rate = shape.ratePerChannel * channels
  const stands = CONTENDERS.map((contender) => ({ contender, clients, channels, bench }))
  await withStands(stands, async (started) => {
    for (const stand of started) {
      await stand.subscribe({ updates, isShared: updates === channels, among: channels })
      await stand.run(orderOf(rate, channels, tickMs, 1))
      const order = orderOf(rate, channels, tickMs, bench.isQuick ? 2 : 6)
      record(sampleOf(stand, await stand.run(order), order, { shape: name, round }))
    }
  })
}

/** Doubles the rate until the server is at its limit, and lets clients join while it stays there. */
async function join({ options: bench, progress }: CaseContext, contender: Contender, round: number): Promise<Sample> {
  const { clients, channels, updates, tickMs } = FEW_SYMBOLS
  const choice = { updates, isShared: false, among: channels }
  // State: what is too much is merged, so that the server can stay at its limit without a backlog that grows.
  const stand = new Stand({ contender, kind: 'quote', clients, channels, joiners: JOINERS, bench })
  try {
    await stand.start()
    await stand.subscribe(choice)
    await stand.run(orderOf(channels, channels, tickMs, 1))
    let ratePerChannel = 1
    for (; ratePerChannel < MAX_RATE_PER_CHANNEL; ratePerChannel *= 2) {
      const order = orderOf(ratePerChannel * channels, channels, tickMs, bench.isQuick ? 1 : 2)
      const { loopShare } = await stand.run(order)
      if (loopShare > FULL_LOOP) break
    }
    progress(`${contender.name} is at its limit at ${ratePerChannel} messages/s on each of ${channels} symbols`)
    const joinMs = bench.isQuick ? JOIN_MS.quick : JOIN_MS.full
    const order = orderOf(ratePerChannel * channels, channels, tickMs, (LEAD_MS + joinMs) / 1_000)
    let firstMs: readonly number[] = []
    const letJoin = async () => {
      await setTimeout(LEAD_MS)
      firstMs = (await stand.join(choice, joinMs)).firstMs
    }
    const window = await stand.run(order, letJoin, { isForAll: true })
    const sample = sampleOf(stand, window, order, { shape: JOINING, round })
    const isAll = firstMs.length === JOINERS
    return {
      ...sample,
      values: {
        ...sample.values,
        joinSeconds: (isAll ? Math.max(...firstMs) : joinMs) / 1_000,
        joined: firstMs.length
      },
      // Those who join are not in the plan.
      problems: problemsOf(window.observed, window.observed.accounts.sent)
    }
  } finally {
    await stand.end()
  }
}
