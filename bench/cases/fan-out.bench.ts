/** What does an update cost the server when each client gets 1, 10 or 50 of them at a time? */
import { setTimeout } from 'node:timers/promises'
import type { Case, CaseContext, Target } from '../harness/case.ts'
import { type Contender, RAW_WS, STOCK, TICKCAST, TICKCAST_NATIVE } from '../harness/contenders.ts'
import { eachRound, orderOf, sampleOf, UPDATE_METRICS, withStands } from '../harness/sampling.ts'
import type { Stand } from '../harness/stand.ts'
import type { Order } from '../servers/server-api.ts'

const CONTENDERS = [TICKCAST, TICKCAST_NATIVE, STOCK, RAW_WS]
/** Each one with 10,000 clients takes its part of a round of many minutes: only those that others are compared with. */
const LARGE_CONTENDERS = [TICKCAST, STOCK, RAW_WS]
const CLIENTS = { normal: 1_000, large: 10_000 } as const
/** Updates at a time for each client. */
const UPDATES = [1, 10, 50]
/** Channels to choose one's own from; each gets one message a tick. */
const POOL = 100
/**
 * Share of a core in which the slowest contender is at work, at most: the time between two ticks is the same for all, suits
 * the machine as it is in that round, and is more than the slowest needs.
 */
const BUSY = 0.8
/** What an update costs the slowest contender, before that was measured, µs. */
const FIRST_MICROS = 16
/** Ticks must not come in one flush. */
const MIN_TICK_MS = 100
/** Time in which every server gets warm: V8 compiles for many thousands of calls before its code is what it will be. */
const WARM_UP_SECONDS = 15
/** Time between two ticks meanwhile, ms for 1,000 clients; all servers send at once. */
const WARM_UP_TICK_MS = 400
/**
 * Ticks, with 1,000 clients, in which is compiled what a shape needs: the first at a pace that suits all servers, of all at
 * once; the others at each server's own; the last, directly before what is measured, at the pace of that.
 */
const SHAPE_WARM_UP = { first: 3, others: 40, last: 2 } as const
/** No more of the others than fit in here, ms: what takes longer has long been compiled. */
const MAX_SHAPE_WARM_UP_MS = 20_000
/** What is measured: so long, and so many ticks. */
const WINDOW = { seconds: 4, quickSeconds: 1, ticks: 2 } as const

interface Shape {
  readonly name: string
  readonly clients: number
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

const METRICS = [
  cpuPerUpdate,
  mainCpuPerUpdate,
  ...[p50, p99, p999, max, cpuShare, loadShare],
  { key: 'idle', title: 'idle server CPU, % of a core' }
]

export const fanOut: Case = {
  name: 'fan-out',
  question: 'What does an update cost when clients get 1, 10 or 50 at a time, with the same channels or their own?',
  metrics: METRICS,
  targets: [
    costs('1 update, all sets distinct', STOCK.name, { isLess: true, atLeast: 1.5 }),
    costs('10 updates, all sets distinct', STOCK.name, { isLess: true, atLeast: 8 }),
    costs('50 updates, all sets distinct', STOCK.name, { isLess: true, atLeast: 25 }),
    costs('10 updates, all sets distinct', RAW_WS.name, { atMost: 1.3 })
  ],
  run: (context) => compare(context, CONTENDERS, CLIENTS.normal)
}

export const fanOutLarge: Case = {
  name: 'fan-out-large',
  question: 'What does an update cost when 10,000 clients get 1, 10 or 50 at a time?',
  isLarge: true,
  metrics: METRICS,
  targets: [],
  run: (context) => compare(context, LARGE_CONTENDERS, CLIENTS.large)
}

/** Servers and clients are new in each round; all contenders take turns in every shape. */
async function compare(context: CaseContext, contenders: readonly Contender[], clients: number): Promise<void> {
  const shapes = UPDATES.flatMap((updates) => [true, false].map((isShared) => shapeOf(updates, isShared, clients)))
  const channels = Math.max(...shapes.map((shape) => shape.channels))
  const { options: bench, progress } = context
  await eachRound(context, async (round) => {
    progress(`${contenders.length} servers with ${clients} clients each`)
    const stands = contenders.map((contender) => ({ contender, channels, clients, bench }))
    await withStands(stands, async (started) => {
      await Promise.all(started.map((stand) => warmUp(stand, bench.isQuick ? 1 : WARM_UP_SECONDS)))
      const idle = await Promise.all(started.map((stand) => idleShare(stand, bench.isQuick ? 1_000 : 2_000)))
      for (const shape of shapes) {
        const tickMs = await commonTickMs(started, shape, bench.isQuick)
        for (const [place, stand] of started.entries()) {
          await measure(context, stand, { shape, tickMs, round, idle: idle[place] ?? 0 })
        }
      }
    })
  })
}

/** All servers at once: nothing is measured. */
async function warmUp(stand: Stand, seconds: number): Promise<void> {
  const { clients } = stand.options
  const shape = shapeOf(10, false, clients)
  await subscribe(stand, shape)
  await stand.run(orderIn(shape, (WARM_UP_TICK_MS * clients) / CLIENTS.normal, seconds))
}

/** Warms every server up for a shape. @returns time between two ticks with which the slowest of them is busy, ms. */
async function commonTickMs(stands: readonly Stand[], shape: Shape, isQuick: boolean): Promise<number> {
  const { first, others } = SHAPE_WARM_UP
  for (const stand of stands) {
    await subscribe(stand, shape)
    // What the change of channels has left behind is collected now. Later, what is compiled would be thrown away with it,
    // and be compiled again while it is measured.
    await stand.memory()
  }
  const firstTicks = ticksOf(shape, first, isQuick)
  const firstMicros = await Promise.all(stands.map((stand) => costIn(stand, shape, FIRST_MICROS, firstTicks)))
  let slowestMicros = 0
  for (const [place, stand] of stands.entries()) {
    const paceMicros = firstMicros[place] ?? FIRST_MICROS
    const mostTicks = Math.ceil(MAX_SHAPE_WARM_UP_MS / tickMsFor(shape, paceMicros))
    const ticks = Math.min(mostTicks, ticksOf(shape, others, isQuick))
    slowestMicros = Math.max(slowestMicros, await costIn(stand, shape, paceMicros, ticks))
  }
  return tickMsFor(shape, slowestMicros)
}

/** What an update costs a server when it comes at the pace of one that costs `paceMicros`, µs. */
async function costIn(stand: Stand, shape: Shape, paceMicros: number, ticks: number): Promise<number> {
  const tickMs = tickMsFor(shape, paceMicros)
  const { observed, cpuMicros } = await stand.run(orderIn(shape, tickMs, (ticks * tickMs) / 1_000))
  const { delivered } = observed.accounts
  if (delivered === 0)
    throw new Error(`${stand.options.contender.name}: expected updates while it got warm; found none`)
  return cpuMicros / delivered
}

function tickMsFor({ clients, updates }: Shape, microsPerUpdate: number): number {
  return Math.max(MIN_TICK_MS, Math.round((clients * updates * microsPerUpdate) / BUSY / 1_000))
}

/** As many ticks as bring as many writes as `ticks` do with 1,000 clients. */
function ticksOf({ clients }: Shape, ticks: number, isQuick: boolean): number {
  return Math.ceil(((isQuick ? ticks / 10 : ticks) * CLIENTS.normal) / clients)
}

function subscribe(stand: Stand, { updates, isShared, channels }: Shape): Promise<void> {
  return stand.subscribe({ updates, isShared, among: channels })
}

/** One message on each channel a tick. */
function orderIn({ channels }: Shape, tickMs: number, seconds: number): Order {
  return orderOf((channels * 1_000) / tickMs, channels, tickMs, seconds)
}

/** CPU that a server uses while nothing is sent: heartbeats to its clients, mostly; µs a second. */
async function idleShare(stand: Stand, ms: number): Promise<number> {
  const before = await stand.usage()
  await setTimeout(ms)
  const after = await stand.usage()
  return ((after.cpuMicros - before.cpuMicros) * 1_000) / (after.wallMs - before.wallMs)
}

interface Measured {
  readonly shape: Shape
  readonly tickMs: number
  readonly round: number
  /** CPU of the server while nothing is sent, µs a second. */
  readonly idle: number
}

async function measure({ options, record }: CaseContext, stand: Stand, measured: Measured): Promise<void> {
  const { shape, tickMs, round, idle } = measured
  const { isShared, name, clients } = shape
  const expectedSets = isShared ? 1 : clients
  const { length: sets } = stand.subscribed.sets
  // The others had their turn meanwhile.
  await stand.run(orderIn(shape, tickMs, (ticksOf(shape, SHAPE_WARM_UP.last, options.isQuick) * tickMs) / 1_000))
  const seconds = options.isQuick ? WINDOW.quickSeconds : WINDOW.seconds
  const order = orderIn(shape, tickMs, Math.max(seconds, (WINDOW.ticks * tickMs) / 1_000))
  const window = await stand.run(order)
  const sample = sampleOf(stand, window, order, { shape: name, round })
  const problems = sets === expectedSets ? [] : [`expected ${expectedSets} sets of channels; found ${sets}`]
  const values = { ...sample.values, idle: idle / 10_000 }
  record({ ...sample, values, problems: [...sample.problems, ...problems] })
}

function shapeOf(updates: number, isShared: boolean, clients: number): Shape {
  const size = clients === CLIENTS.normal ? '' : `${clients.toLocaleString('en-US')} clients, `
  const name = `${size}${updates} update${updates === 1 ? '' : 's'}, ${isShared ? 'one set' : 'all sets distinct'}`
  // One channel each is a set of one's own only when there are as many channels as clients.
  const channels = isShared ? updates : updates === 1 ? clients : POOL
  return { name, clients, updates, isShared, channels }
}
