import { writeFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, it } from 'vitest'
import type { App } from '../../src/app.ts'
import type { Candle } from '../../src/protocol/market-data.ts'
import type { Update } from '../../src/protocol/server-events.ts'
import { historyFile, TestStore } from '../history/support/history-files.ts'
import { randomNumbers } from '../support/random-numbers.ts'
import { FAST_TRADES, FastCandles, fastProducer } from './support/fast-market.ts'
import { ProducerFile } from './support/producer-file.ts'
import { getJson, startTestApp, until } from './support/test-app.ts'
import { TestClient } from './support/test-client.ts'

const SEED = 20_260_114
/** How much faster than time the market goes: a second of it is 10 ms. */
const SPEED = 100
const CLIENTS = 10
const JOINS_PER_CLIENT = 25
const LENGTHS_MS = { '1s': 1_000, '1m': 60_000, '5m': 300_000 } as const
type Interval = keyof typeof LENGTHS_MS
const INTERVALS = Object.keys(LENGTHS_MS) as Interval[]
/** More trades than the market can make while the test runs. */
const MOST_TRADES = 60_000

interface Position {
  readonly channel: string
  readonly epoch: string
  readonly seq: number
}
interface CandleAnswer {
  readonly candles?: readonly Candle[]
  readonly position?: Position | null
}

/** One candle channel as a client has it: what REST told, and the updates on top of it. */
interface Joined {
  readonly interval: Interval
  readonly position: Position
  readonly bars: Map<number, Candle>
  newest: Candle | undefined
  seq: number
  updates: number
}

function read(app: App, interval: Interval): Promise<CandleAnswer> {
  return getJson<CandleAnswer>(app, `/api/v1/candles?symbol=LAB:FAST&interval=${interval}&limit=100`)
}

/** Reads, then subscribes where the answer ends; again while the server cannot prove that nothing lies between. */
async function join(app: App, client: TestClient, lateMs: () => number, past = new Map<Interval, CandleAnswer>()) {
  const joined = new Map<string, Joined>()
  const problems: string[] = []
  client.onUpdate = (update) => take(joined.get(update.channel), update, problems)
  let tries = 0
  let missing = INTERVALS
  await until(async () => {
    tries += 1
    const answers = await Promise.all(
      missing.map(async (interval) => past.get(interval) ?? (await read(app, interval)))
    )
    past.clear()
    await wait(lateMs())
    const wishes = missing.flatMap((interval, place) => {
      const { candles = [], position = null } = answers[place] ?? {}
      if (position === null) return []
      const bars = new Map(candles.map((candle) => [candle.openTime, candle]))
      joined.set(position.channel, { interval, position, bars, newest: undefined, seq: position.seq, updates: 0 })
      return [{ channel: position.channel, resume: { epoch: position.epoch, seq: position.seq } }]
    })
    if (wishes.length === 0) return false
    const { channels } = await client.subscribe(...wishes)
    const isProven = new Map(channels.map(({ channel, recovered }) => [channel, recovered]))
    missing = missing.filter((interval) => isProven.get(`candle:LAB:FAST:${interval}`) !== true)
    const unproven = missing.map((interval) => `candle:LAB:FAST:${interval}`)
    for (const channel of unproven) joined.delete(channel)
    if (missing.length > 0) await client.request('unsubscribe', { channels: unproven })
    return missing.length === 0
  }, 'a seam that is proven')
  await until(() => [...joined.values()].every(({ updates }) => updates >= 2), 'updates of each interval')
  await client.request('unsubscribe', { channels: [...joined.keys()] })
  client.onUpdate = () => undefined
  return { joined: [...joined.values()], problems, tries }
}

function take(joined: Joined | undefined, { channel, seq, prev = seq - 1, epoch, data }: Update, problems: string[]) {
  if (joined === undefined) return
  if (epoch !== undefined && epoch !== joined.position.epoch) return
  if (prev !== joined.seq || seq <= joined.seq) problems.push(`${channel}: (${prev}, ${seq}] after ${joined.seq}`)
  const candle = data as Candle
  joined.seq = seq
  joined.updates += 1
  joined.newest = candle
  joined.bars.set(candle.openTime, candle)
}

/** How the bars of a client differ from those that all trades make. */
function differences({ interval, bars }: Joined, oracle: FastCandles): string[] {
  const openTimes = [...bars.keys()].toSorted((a, b) => a - b)
  const newest = bars.get(openTimes.at(-1) ?? 0)
  if (newest === undefined) return [`${interval}: no bars`]
  const arrival = oracle.arrival(newest.openTime, newest.trades)
  const missing = oracle
    .openTimes(openTimes[0] ?? 0, newest.openTime, arrival)
    .filter((openTime) => !bars.has(openTime))
    .map((openTime) => `${interval}: no bar ${openTime} at ${arrival}`)
  const different = [...bars.values()].flatMap(({ closed, partial, ...bar }) => {
    const { corrected: _, ...told } = bar as Candle & { corrected?: boolean }
    const isShort = bar.trades < oracle.countAt(bar.openTime, arrival)
    const expected = JSON.stringify(oracle.candle(bar.openTime, bar.trades), Object.keys(told))
    const found = JSON.stringify(told, Object.keys(told))
    return isShort || expected !== found ? [`${interval}: expected ${expected}, found ${found} at ${arrival}`] : []
  })
  return [...missing, ...different]
}

it('whoever reads candles and subscribes where they end has every bar, once and right, also over a restart', async () => {
  process.stdout.write(`seed ${SEED}\n`)
  const random = randomNumbers(SEED)
  const file = historyFile()
  const producer = new ProducerFile('fast', fastProducer(`${file}.next`, SPEED))
  const flags = { feed: producer.feed, historyFile: file, historyTradeHours: '0', deriveMs: '10', historyWriteMs: '20' }
  const oracles = new Map(INTERVALS.map((interval) => [interval, new FastCandles(LENGTHS_MS[interval], MOST_TRADES)]))
  const found: string[] = []
  let joins = 0
  let bars = 0
  const audit = ({ joined, problems }: Awaited<ReturnType<typeof join>>) => {
    joins += 1
    found.push(...problems)
    for (const one of joined) {
      bars += one.bars.size
      found.push(...differences(one, oracles.get(one.interval) ?? new FastCandles(1_000, 0)))
    }
  }
  const joinAll = async (app: App) => {
    const isStored = async (interval: Interval) => ((await read(app, interval)).candles?.length ?? 0) > 0
    await until(async () => (await Promise.all(INTERVALS.map(isStored))).every(Boolean), 'the first candles')
    const work = Array.from({ length: CLIENTS }, async () => {
      const client = new TestClient(app)
      for (let round = 0; round < JOINS_PER_CLIENT; round++) {
        await wait(random() * 20)
        const result = await join(app, client, () => random() ** 3 * 150)
        // Within the life of a producer the first try is always proven.
        if (round > 0 && result.tries > 1) found.push(`${result.tries} tries`)
        audit(result)
      }
      client.socket.disconnect()
    })
    await Promise.all(work)
  }

  const first = await startTestApp(flags)
  await joinAll(first)
  const before = new Map<Interval, CandleAnswer>()
  for (const interval of INTERVALS) before.set(interval, await read(first, interval))
  await first.stop('a restart')
  const store = new TestStore({ file })
  const ids = store.trades(FAST_TRADES, { limit: 1_000 }).trades.map(({ id }) => Number(id))
  store.close()
  // The producer goes on with the trade after the last one that was kept: so nothing is missing.
  writeFileSync(`${file}.next`, String(Math.max(...ids) + 1))
  const second = await startTestApp(flags)
  // Who comes back with a position of the life before is not told that nothing lies between.
  const returned = await join(second, new TestClient(second), () => 0, before)
  expect(returned.tries).toBeGreaterThan(1)
  audit(returned)
  await joinAll(second)

  expect(found.slice(0, 5)).toEqual([])
  expect(joins).toBe(2 * CLIENTS * JOINS_PER_CLIENT + 1)
  expect(bars).toBeGreaterThan(joins * 3 * 10)
})
