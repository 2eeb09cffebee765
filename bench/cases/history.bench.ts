/** Does the stream stay smooth, and the past answer at once, while a million trades are written? */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { SqliteHistoryStore } from '../../src/history/history-store-sqlite.ts'
import type { CandleUpdate } from '../../src/history/update-batch.ts'
import type { Case, CaseContext } from '../harness/case.ts'
import { TICKCAST } from '../harness/contenders.ts'
import { threadsApart } from '../harness/machine.ts'
import { type RestProbe, withRestProbe } from '../harness/rest-probe.ts'
import { eachRound, messagesOf, orderOf, sampleOf, UPDATE_METRICS, withStands } from '../harness/sampling.ts'
import { quantile } from '../harness/statistics.ts'

const CLIENTS = 200
/** Odd, so that the ids of a channel do not come again among those that are remembered. */
const CHANNELS = 101
const UPDATES = 3
const TICK_MS = 10
/** In 50 seconds a million; two for each channel at each tick. */
const TRADES_PER_SECOND = 2 * CHANNELS * (1_000 / TICK_MS)
const SECONDS = { full: 50, quick: 5 } as const
const SHAPE = 'a million trades, 200 clients, 10 range queries/s'
/** Candles of the past that are there beforehand, of which each request reads 1,000. */
const PAST_CANDLES = 100_000
const MINUTE_MS = 60_000
const PAST_MS = Date.UTC(2026, 0, 5)
const PAST_PATH = `/api/v1/candles?symbol=BENCH:PAST&interval=1m&from=${PAST_MS + 50_000 * MINUTE_MS}&limit=1000`
const REQUESTS_PER_SECOND = 10
/** Time between two looks at the server's own figures, ms. */
const LOOK_MS = 2_500

const { cpuPerUpdate, mainCpuPerUpdate, updatesPerSecond, p50, p99, cpuShare, loadShare } = UPDATE_METRICS

export const history: Case = {
  name: 'history',
  question: 'Does the stream stay smooth, and the past answer at once, while a million trades are written?',
  metrics: [
    { key: 'loopDelayP99', title: 'event loop delay p99, ms' },
    { key: 'loopDelayMax', title: 'max, ms' },
    { key: 'restP50', title: '1,000 candles p50, ms' },
    { key: 'restP99', title: 'p99, ms' },
    { key: 'restMax', title: 'max, ms' },
    { key: 'written', title: 'trades written' },
    { key: 'writeLag', title: 'longest write lag, ms' },
    ...[cpuPerUpdate, mainCpuPerUpdate, updatesPerSecond, p50, p99, cpuShare, loadShare]
  ],
  targets: [
    { shape: SHAPE, contender: TICKCAST.name, metric: 'loopDelayP99', atMost: 20 },
    { shape: SHAPE, contender: TICKCAST.name, metric: 'restP50', atMost: 10 }
  ],
  async run(context) {
    const options = threadsApart(context.options)
    const run = (round: number) => withRestProbe(options, (probe) => measure({ ...context, options }, probe, round))
    await eachRound(context, run, options)
  }
}

async function measure({ options: bench, record }: CaseContext, probe: RestProbe, round: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tickcast-bench-'))
  try {
    const file = join(folder, 'history.sqlite')
    fill(file)
    const settings = { historyFile: file, maxDerivedSymbols: '5000' }
    await withStands(
      [{ contender: TICKCAST, clients: CLIENTS, channels: CHANNELS, settings, bench }],
      async ([stand]) => {
        if (stand === undefined) return
        await stand.subscribe({ updates: UPDATES, isShared: false, among: CHANNELS })
        const warmUp = orderOf(TRADES_PER_SECOND, CHANNELS, TICK_MS, 1)
        await stand.run(warmUp)
        const order = orderOf(TRADES_PER_SECOND, CHANNELS, TICK_MS, bench.isQuick ? SECONDS.quick : SECONDS.full)
        const looks: Figures[] = []
        const look = async () => {
          for (let atMs = 0; atMs < order.tickMs * order.ticks; atMs += LOOK_MS) {
            await setTimeout(LOOK_MS)
            looks.push(await figures(stand.port))
          }
        }
        const [[window, delays], rest] = await probe.during(stand.port, PAST_PATH, REQUESTS_PER_SECOND, () =>
          stand.delaysDuring(() => stand.run(order, look))
        )
        // What was published last is written a moment later.
        await setTimeout(1_000)
        const last = await figures(stand.port)
        const trades = messagesOf(order) + messagesOf(warmUp)
        const sample = sampleOf(stand, window, order, { shape: SHAPE, round })
        record({
          ...sample,
          values: {
            ...sample.values,
            loopDelayP99: quantile(delays, 0.99),
            loopDelayMax: quantile(delays, 1),
            restP50: rest.p50,
            restP99: rest.p99,
            restMax: rest.max,
            written: last.written,
            writeLag: Math.max(...looks.map(({ writeLag }) => writeLag))
          },
          problems: [
            ...sample.problems,
            ...(rest.failed > 0 ? [`${rest.failed} of ${rest.requests} range queries failed`] : []),
            ...(last.written === trades ? [] : [`${last.written} trades are written, of ${trades}`])
          ]
        })
      }
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Figures {
  readonly written: number
  /** ms. */
  readonly writeLag: number
}

/** What the server says of itself. */
async function figures(port: number): Promise<Figures> {
  const page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  const metricOf = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(page)?.[1] ?? NaN)
  return {
    written: metricOf('tickcast_history_trades_written_total'),
    writeLag: metricOf('tickcast_history_write_lag_seconds') * 1_000
  }
}

/** Begins a history with candles of the past. */
function fill(file: string): void {
  const retention = { tradesMs: 0, secondCandlesMs: 0, minuteCandlesMs: 0, coarseCandlesMs: 0 }
  const store = new SqliteHistoryStore({ file, durability: 'normal', maxFileBytes: 0, retention }, () => undefined)
  const updates = Array.from({ length: PAST_CANDLES }, (_, place): CandleUpdate => {
    const openTime = PAST_MS + place * MINUTE_MS
    const price = (64_000 + (place % 1_000) / 10).toFixed(2)
    const prices = { open: price, high: price, low: price, close: price, vwap: `${price}000000` }
    const sums = { volume: '12.43238000', quoteVolume: '768787.45918310', trades: 875, takerBuyVolume: '6.32003000' }
    const candle = { openTime, ...prices, ...sums, closed: true }
    return { kind: 'candle', channel: 'candle:BENCH:PAST:1m', seq: place + 1, prev: place, time: openTime, candle }
  })
  store.append([{ epoch: 'past', updates, refused: 0, isBackfill: false }])
  store.close()
}
