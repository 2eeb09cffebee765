/** What does an update cost the server when each client gets 1, 10 or 50 of them at a time? */
import { setTimeout } from 'node:timers/promises'
import type { Case, CaseContext, Target } from '../harness/case.ts'
import { RAW_WS, STOCK, TICKCAST, TICKCAST_NATIVE } from '../harness/contenders.ts'
import { eachRound, orderOf, sampleOf, UPDATE_METRICS, withStands } from '../harness/sampling.ts'
import type { Stand } from '../harness/stand.ts'

const CONTENDERS = [TICKCAST, TICKCAST_NATIVE, STOCK, RAW_WS]
const CLIENTS = { normal: 1_000, large: 10_000 } as const
/** Channels to choose one's own from; each gets one message a tick. */
const POOL = 100
/** Time of the slowest contender for one update, µs: ticks are so far apart that it keeps up. */
const SLOWEST_MICROS = 16
const MIN_TICK_MS = 100
/** Time in which every server gets warm: V8 compiles for many thousands of calls before its code is what it will be. */
const WARM_UP_SECONDS = 15
/** What is compiled anew for a shape is compiled in that time. */
const SHAPE_WARM_UP_SECONDS = 3
const WARM_UP_TICK_MS = 400

interface Shape {
  readonly name: string
  readonly updates: number
  readonly isShared: boolean
  /** Channels to choose from. */
  readonly channels: number
}

const { cpuPerUpdate, mainCpuPerUpdate, p50, p99, p999, max, cpuShare, loadShare } = UPDATE_METRICS
const costs = (shape: string, against: string, limit: Pick<Target, 'isLess' | 'atLeast' | 'atMost'>): Target => ({
  ...{ shape, contender: TICKCAST.name, metric: cpuPerUpdate.key, against: { contender: against } },
  ...limit
})

export const fanOut: Case = {
  name: 'fan-out',
  question: 'What does an update cost when clients get 1, 10 or 50 at a time, with the same channels or their own?',
  metrics: [
    cpuPerUpdate,
    { key: 'aboveIdle', title: 'above idle, µs' },
    mainCpuPerUpdate,
    ...[p50, p99, p999, max, cpuShare, loadShare],
    { key: 'idle', title: 'idle server CPU, % of a core' }
  ],
  targets: [
    costs('1 update, all sets distinct', STOCK.name, { isLess: true, atLeast: 1.5 }),
    costs('10 updates, all sets distinct', STOCK.name, { isLess: true, atLeast: 8 }),
    costs('50 updates, all sets distinct', STOCK.name, { isLess: true, atLeast: 25 }),
    costs('10 updates, all sets distinct', RAW_WS.name, { atMost: 1.3 })
  ],
  async run(context) {
    await compare(context, CLIENTS.normal, [1, 10, 50])
    if (context.options.isLarge) await compare(context, CLIENTS.large, [10])
  }
}

/** Servers and clients are new in each round; all contenders take turns in every shape. */
async function compare(context: CaseContext, clients: number, sizes: readonly number[]): Promise<void> {
  const shapes = sizes.flatMap((updates) => [true, false].map((isShared) => shapeOf(updates, isShared, clients)))
  const channels = Math.max(...shapes.map((shape) => shape.channels))
  const { options: bench, progress } = context
  await eachRound(context, async (round) => {
    progress(`${CONTENDERS.length} servers with ${clients} clients each`)
    const stands = CONTENDERS.map((contender) => ({ contender, channels, clients, bench }))
    await withStands(stands, async (started) => {
      await Promise.all(started.map((stand) => warmUp(stand, bench.isQuick ? 1 : WARM_UP_SECONDS)))
      const idle = await Promise.all(started.map((stand) => idleShare(stand, bench.isQuick ? 1_000 : 2_000)))
      for (const shape of shapes) {
        for (const [place, stand] of started.entries()) await measure(context, stand, shape, round, idle[place] ?? 0)
      }
    })
  })
}

/** All servers at once: nothing is measured. */
async function warmUp(stand: Stand, seconds: number): Promise<void> {
  const { updates, isShared, channels } = shapeOf(10, false, stand.options.clients)
  await stand.subscribe({ updates, isShared, among: channels })
  await stand.run(orderOf((channels * 1_000) / WARM_UP_TICK_MS, channels, WARM_UP_TICK_MS, seconds))
}

/** CPU that a server uses while nothing is sent: heartbeats to its clients, mostly; µs a second. */
async function idleShare(stand: Stand, ms: number): Promise<number> {
  const before = await stand.usage()
  await setTimeout(ms)
  const after = await stand.usage()
  return ((after.cpuMicros - before.cpuMicros) * 1_000) / (after.wallMs - before.wallMs)
}

async function measure(
  { options, record }: CaseContext,
  stand: Stand,
  shape: Shape,
  round: number,
  idleMicrosPerSecond: number
): Promise<void> {
  const { clients } = stand.options
  const { updates, isShared, channels, name } = shape
  await stand.subscribe({ updates, isShared, among: channels })
  const expectedSets = isShared ? 1 : clients
  const { length: sets } = stand.subscribed.sets
  const tickMs = Math.max(MIN_TICK_MS, (clients * updates * SLOWEST_MICROS) / 1_000)
  const rate = (channels * 1_000) / tickMs
  await stand.run(orderOf(rate, channels, tickMs, options.isQuick ? 0.5 : SHAPE_WARM_UP_SECONDS))
  // What the change of channels has left behind is collected before, not during, whoever is measured.
  await stand.memory()
  const order = orderOf(rate, channels, tickMs, Math.max(options.isQuick ? 1 : 4, (3 * tickMs) / 1_000))
  const window = await stand.run(order)
  const sample = sampleOf(stand, window, order, { shape: name, round })
  const problems = sets === expectedSets ? [] : [`expected ${expectedSets} sets of channels; found ${sets}`]
  const aboveIdle = (window.cpuMicros - idleMicrosPerSecond * window.seconds) / window.observed.accounts.delivered
  const values = { ...sample.values, aboveIdle, idle: idleMicrosPerSecond / 10_000 }
  record({ ...sample, values, problems: [...sample.problems, ...problems] })
}

function shapeOf(updates: number, isShared: boolean, clients: number): Shape {
  const size = clients === CLIENTS.normal ? '' : `${clients.toLocaleString('en-US')} clients, `
  const name = `${size}${updates} update${updates === 1 ? '' : 's'}, ${isShared ? 'one set' : 'all sets distinct'}`
  // One channel each is a set of one's own only when there are as many channels as clients.
  const channels = isShared ? updates : updates === 1 ? clients : POOL
  return { name, updates, isShared, channels }
}
