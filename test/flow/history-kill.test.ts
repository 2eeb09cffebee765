import { readFileSync, writeFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, it } from 'vitest'
import type { Candle } from '../../src/protocol/market-data.ts'
import { historyFile } from '../history/support/history-files.ts'
import { randomNumbers } from '../support/random-numbers.ts'
import { FastCandles, fastProducer, fastTrade } from './support/fast-market.ts'
import { ProducerFile } from './support/producer-file.ts'
import { startServer } from './support/server-process.ts'
import { until } from './support/test-app.ts'

const SEED = 20_260_108
/** More of them for a night: `TICKCAST_TEST_KILLS=20`. */
const KILLS = Number(process.env.TICKCAST_TEST_KILLS ?? 5)
const LENGTHS_MS = { '1s': 1_000, '1m': 60_000, '5m': 300_000 } as const
type Interval = keyof typeof LENGTHS_MS
const INTERVALS = Object.keys(LENGTHS_MS) as Interval[]
const MOST_TRADES = 40_000
/** How much faster than time the market goes. */
const SPEED = 50

type StoredCandle = Candle & { readonly interval: Interval }

/** What a file holds that no process has open. */
function contents(file: string): { count: number; distinct: number; last: number; candles: StoredCandle[] } {
  const database = new DatabaseSync(file)
  try {
    expect(database.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }])
    const sums =
      'SELECT count(*) AS count, count(DISTINCT id) AS distinctIds, max(CAST(id AS INTEGER)) AS last FROM trades'
    const { count, distinctIds, last } = database.prepare(sums).get() ?? {}
    const rows = database
      .prepare(
        `SELECT channels.name, open_time AS openTime, open, high, low, close, volume, quote_volume AS quoteVolume, trades,
                taker_buy_volume AS takerBuyVolume, vwap, is_closed AS isClosed, is_partial AS isPartial
         FROM candles JOIN channels ON channels.id = channel ORDER BY open_time`
      )
      .all()
    const candles = rows.flatMap(({ name, isClosed, isPartial, ...values }) => {
      const interval = INTERVALS.find((one) => String(name).endsWith(`:${one}`))
      if (interval === undefined) return []
      return [{ ...(values as object), interval, closed: isClosed === 1, partial: isPartial === 1 } as StoredCandle]
    })
    return { count: Number(count), distinct: Number(distinctIds), last: Number(last), candles }
  } finally {
    database.close()
  }
}

/** Newest trade that REST shows, by its number; -1 for none. */
async function newestTrade(url: string): Promise<number> {
  const answer = await fetch(`${url}/api/v1/trades?symbol=LAB:FAST&limit=50`)
  const { trades = [] } = (await answer.json()) as { trades?: readonly { id: string }[] }
  return Math.max(-1, ...trades.map(({ id }) => Number(id)))
}

async function tradesWritten(url: string): Promise<number> {
  const page = await (await fetch(`${url}/metrics`)).text()
  return Number(/^tickcast_history_trades_written_total (\d+)$/m.exec(page)?.[1] ?? 0)
}

it('a server that is killed while it writes loses nothing it had acknowledged, and its candles go on', async () => {
  process.stdout.write(`seed ${SEED}, ${KILLS} kills\n`)
  const random = randomNumbers(SEED)
  const file = historyFile()
  const producer = new ProducerFile('fast', fastProducer(`${file}.next`, SPEED))
  const flags = [
    '--feed',
    producer.feed,
    '--history-file',
    file,
    '--history-trade-hours',
    '0',
    '--history-write-ms',
    '20'
  ]
  const oracles = {
    '1s': new FastCandles(1_000, MOST_TRADES),
    '1m': new FastCandles(60_000, MOST_TRADES),
    '5m': new FastCandles(300_000, MOST_TRADES)
  }
  const shapeOf = ({ interval: _, closed: _closed, partial: _partial, ...shape }: StoredCandle) => shape
  /** Start of the candle in progress when trade `n` had come, which may be a late one of an earlier candle. */
  const begins = (interval: Interval, n: number) => {
    const timeMs = Math.max(...Array.from({ length: 20 }, (_, back) => fastTrade(Math.max(0, n - back)).timeMs))
    return timeMs - (timeMs % LENGTHS_MS[interval])
  }
  /** Numbers of the last trades before each kill. */
  const cuts: number[] = []
  for (let kill = 1; kill <= KILLS; kill++) {
    const { run, url } = await startServer(...flags)
    const from = (cuts.at(-1) ?? -1) + 1
    await until(async () => (await newestTrade(url)) > from, 'the first trades')
    await wait(random() * 700)
    const seen = await newestTrade(url)
    const written = await tradesWritten(url)
    run.kill('SIGKILL')
    await run.result

    const { count, distinct, last, candles } = contents(file)
    expect({ kill, count, distinct }).toEqual({ kill, count: last + 1, distinct: last + 1 })
    expect(last).toBeGreaterThanOrEqual(seen)
    expect(last + 1 - from).toBeGreaterThanOrEqual(written)
    for (const candle of candles) {
      // As it was told at some moment, of trades that are stored: nothing is invented.
      expect(shapeOf(candle)).toEqual(oracles[candle.interval].candle(candle.openTime, candle.trades))
      expect(candle.trades).toBeLessThanOrEqual(oracles[candle.interval].countAt(candle.openTime, last))
    }
    cuts.push(last)
    // The producer goes on with the next trade, so that nothing at all is missing.
    writeFileSync(`${file}.next`, String(last + 1))
  }

  const { run, url } = await startServer(...flags)
  const last = cuts.at(-1) ?? 0
  // Past the end of the longest interval that was cut.
  const end = fastTrade(last).timeMs + LENGTHS_MS['5m']
  await until(async () => fastTrade(Math.max(0, await newestTrade(url))).timeMs > end + 10_000, 'the next interval')
  run.kill('SIGTERM')
  await run.result
  const { candles, last: newest } = contents(file)
  for (const interval of INTERVALS) {
    const found = candles.filter((candle) => candle.interval === interval && candle.closed)
    // Late trades come up to three seconds late; what ended before has all of them.
    const settled = found.filter(({ openTime }) => openTime + LENGTHS_MS[interval] < end + 5_000)
    const cut = new Set(cuts.map((n) => begins(interval, n)))
    expect(settled.map(shapeOf)).toEqual(
      oracles[interval]
        .openTimes(begins(interval, 0), settled.at(-1)?.openTime ?? 0, newest)
        .map((openTime) => oracles[interval].candle(openTime, oracles[interval].countAt(openTime, newest)))
    )
    const partial = new Set(settled.filter((one) => one.partial === true).map(({ openTime }) => openTime))
    expect(
      [...cut].filter((openTime) => openTime <= (settled.at(-1)?.openTime ?? 0) && !partial.has(openTime))
    ).toEqual([])
  }
}, 240_000)

it('a damaged file is set aside with a word of what to do, and history begins anew', async () => {
  const file = historyFile()
  const producer = new ProducerFile('fast', fastProducer(`${file}.next`, SPEED))
  const flags = ['--feed', producer.feed, '--history-file', file]
  const first = await startServer(...flags)
  await until(async () => (await newestTrade(first.url)) > 200, 'some trades')
  first.run.kill('SIGTERM')
  await first.run.result
  const bytes = readFileSync(file)
  writeFileSync(file, bytes.fill(0xa5, 4_096, bytes.length))
  const second = await startServer(...flags)
  await until(async () => (await newestTrade(second.url)) > 0, 'trades in the new file')

  const line = second.run.stdout.split('\n').find((one) => one.includes('is damaged'))
  expect(line).toMatch(
    /"level":"error".*expected a sound database; found: .+ It was set aside as .+\.damaged-.+\.recover/
  )
  const beside = (await readdir(dirname(file))).filter((name) => name.startsWith(`${basename(file)}.damaged-`))
  expect(beside.length).toBeGreaterThan(0)
})
