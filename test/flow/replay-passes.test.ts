import { writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import type { App } from '../../src/app.ts'
import type { Candle } from '../../src/protocol/market-data.ts'
import { formatRecordingLine } from '../../src/protocol/recording.ts'
import { historyFile } from '../history/support/history-files.ts'
import { FAST_TRADES, FastCandles, fastTrade } from './support/fast-market.ts'
import { getJson, startTestApp, until } from './support/test-app.ts'

const PASSES = 3
const TRADES = 4_000
/** Time between two trades as they were received, ms: a pass takes 1.6 seconds. */
const PACE_MS = 0.4
const LENGTHS_MS = { '1s': 1_000, '1m': 60_000, '5m': 300_000 } as const
type Interval = keyof typeof LENGTHS_MS
const INTERVALS = Object.keys(LENGTHS_MS) as Interval[]

interface Position {
  readonly seq: number
  readonly time: number
}
interface CandlesAnswer {
  readonly candles: readonly Candle[]
  readonly next: number | null
  readonly position: Position | null
}
interface TradesAnswer {
  readonly trades: readonly { readonly id: string; readonly time: number }[]
  readonly next: string | null
  readonly position: Position | null
}

/** A session of two symbols, of which one is traded in the second half only. */
function writeSession(file: string): void {
  const lines = [formatRecordingLine({ tickcast: 1, recordedAt: 1, source: 'a test' })]
  for (let n = 0; n < TRADES; n++) {
    const { timeMs: exchangeTime, trade: data } = fastTrade(n)
    const common = { seq: n + 1, exchangeTime, ingestTime: exchangeTime, data }
    const isBoth = n > TRADES / 2 && n % 10 === 0
    const channels = [FAST_TRADES, ...(isBoth ? ['trade:LAB:LATE'] : [])]
    lines.push(
      formatRecordingLine({ t: n * PACE_MS, e: 'updates', u: channels.map((channel) => ({ channel, ...common })) })
    )
  }
  writeFileSync(file, lines.join(''))
}

function trades(app: App, limit: number, before = ''): Promise<TradesAnswer> {
  return getJson<TradesAnswer>(app, `/api/v1/trades?symbol=LAB:FAST&limit=${limit}${before}`)
}

async function allTradeIds(app: App): Promise<number[]> {
  const ids: number[] = []
  let page = await trades(app, 1_000)
  for (;;) {
    ids.push(...page.trades.map(({ id }) => Number(id)))
    if (page.next === null) return ids.toSorted((a, b) => a - b)
    page = await trades(app, 1_000, `&before=${page.next}`)
  }
}

function candles(app: App, symbol: string, interval: Interval, limit: number): Promise<CandlesAnswer> {
  return getJson<CandlesAnswer>(app, `/api/v1/candles?symbol=${symbol}&interval=${interval}&limit=${limit}`)
}

const newestTime = ({ trades: page = [] }: TradesAnswer) => page.at(-1)?.time ?? 0

it('a session that is played again and again is in history once, and no bar of it before its time', async () => {
  const file = historyFile()
  const session = `${file}.ndjson`
  writeSession(session)
  const flags = {
    feed: `replay:${session}`,
    historyFile: file,
    historyTradeHours: '0',
    deriveMs: '10',
    historyWriteMs: '10'
  }
  const looped = await startTestApp({ ...flags, loop: true, speed: '1' })
  const future: string[] = []
  let passes = 0
  let late = 0
  let newest = 0
  await until(async () => {
    const before = await trades(looped, 50)
    const answers = await Promise.all(INTERVALS.map((interval) => candles(looped, 'LAB:LATE', interval, 1)))
    const own = await Promise.all(INTERVALS.map((interval) => candles(looped, 'LAB:FAST', interval, 1)))
    const after = await trades(looped, 50)
    for (const { candles: [bar] = [], position } of [...answers, ...own]) {
      if (bar !== undefined && bar.openTime > (position?.time ?? 0)) future.push(`${bar.openTime} at ${position?.time}`)
    }
    const isBegunAnew = newestTime(after) < newestTime(before) - 10_000
    // A pass may begin between two looks as well.
    if (isBegunAnew || newestTime(before) < newest - 10_000) passes += 1
    newest = newestTime(after)
    if (!isBegunAnew) {
      for (const { candles: [bar] = [] } of answers) {
        if (bar === undefined) continue
        late += 1
        if (bar.openTime > newestTime(after)) future.push(`LATE ${bar.openTime} at ${newestTime(after)}`)
      }
    }
    return passes >= PASSES
  }, `${PASSES} passes`)
  const ids = await allTradeIds(looped)
  expect(new Set(ids).size).toBe(ids.length)
  expect([future.slice(0, 5), late > 0]).toEqual([[], true])
  await looped.stop('the last pass')

  // Another life of the same replay takes the place of the last one, too.
  const last = await startTestApp({ ...flags, once: true, speed: 'max' })
  await until(
    async () =>
      (await getJson<{ producers: { state: string }[] }>(last, '/api/v1/stats')).producers[0]?.state === 'finished',
    'its end'
  )
  await until(async () => (await trades(last, 1)).position?.seq === TRADES, 'all of it to be stored')
  expect(await allTradeIds(last)).toEqual(Array.from({ length: TRADES }, (_, n) => n))
  for (const interval of INTERVALS) {
    const oracle = new FastCandles(LENGTHS_MS[interval], TRADES)
    const { candles: found } = await candles(last, 'LAB:FAST', interval, 5_000)
    const expected = oracle
      .openTimes(fastTrade(0).timeMs, fastTrade(TRADES - 1).timeMs, TRADES)
      .map((openTime) => oracle.candle(openTime, oracle.countAt(openTime, TRADES)))
    expect(found.map(({ closed, partial, ...bar }) => bar)).toEqual(expected)
    expect(found.filter(({ closed }) => !closed)).toHaveLength(1)
  }
})
