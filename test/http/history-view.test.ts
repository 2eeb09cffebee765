import { describe, expect, it, onTestFinished } from 'vitest'
import type { HistoryClient } from '../../src/history/history-client.ts'
import { HistoryError, type HistoryErrorCode } from '../../src/history/history-error.ts'
import { answerFrom } from '../../src/history/history-query.ts'
import { SqliteHistoryStore } from '../../src/history/history-store-sqlite.ts'
import { createHistoryView } from '../../src/http/history-view.ts'
import { candlesFrom } from '../support/fake-history-view.ts'
import { startHttp } from './http-fixture.ts'
import { DirectJobs } from './past-fixture.ts'

const minute = 60_000
const start = Date.UTC(2024, 0, 1)

/** The store itself behind the REST side, without its thread. */
async function startStored() {
  const retention = { tradesMs: 0, secondCandlesMs: 0, minuteCandlesMs: 0, coarseCandlesMs: 0 }
  const options = { file: ':memory:', durability: 'normal', maxFileBytes: 0, retention } as const
  const store = new SqliteHistoryStore(options, () => undefined)
  onTestFinished(() => store.close())
  const query = (async (question: Parameters<HistoryClient['query']>[0]) => {
    return answerFrom(store, question)
  }) as HistoryClient['query']
  const history = createHistoryView({ client: { query }, calendarOf: () => 'utc', now: () => start + 100 * minute })
  return { store, ...(await startHttp({ history, jobs: new DirectJobs() })) }
}

async function startFailing(code: HistoryErrorCode) {
  const query = () => Promise.reject(new HistoryError(`history is ${code}`, { code }))
  const history = createHistoryView({ client: { query }, calendarOf: () => 'utc', now: Date.now })
  return startHttp({ history, jobs: new DirectJobs() })
}

describe('The REST side on the store itself', () => {
  it('reads candles page by page, filled and coarser, and the seam to the live channel', async () => {
    const { store, app, view } = await startStored()
    const channel = 'candle:SIM:AAPL:1m'
    view.add(channel)
    const kept = candlesFrom(start, minute, 30).filter((_, n) => n % 7 !== 3)
    const place = (n: number) => ({ kind: 'candle' as const, channel, seq: n + 1, prev: n, time: start + n * minute })
    const updates = kept.map((candle, n) => ({ ...place(n), candle }))
    store.append([{ epoch: 'e1', updates, refused: 0, isBackfill: false }])
    const ask = async (query: string) => (await app.inject(`/api/v1/candles?symbol=SIM:AAPL&${query}`)).json()
    const newest = await ask('interval=1m&limit=5')
    expect(newest.candles).toEqual(kept.slice(-5))
    expect(newest.position).toEqual({
      channel,
      epoch: 'e1',
      seq: kept.length,
      time: start + (kept.length - 1) * minute
    })
    expect((await ask(`interval=1m&limit=100&to=${newest.next}`)).candles).toEqual(kept.slice(0, -5))
    expect((await ask(`interval=1m&from=${start}&fill=true`)).candles).toHaveLength(30)
    expect((await ask('interval=15m')).candles).toHaveLength(2)
    const range = `symbol=AAPL&resolution=1&from=${start / 1_000 + 86_400}&to=${start / 1_000 + 90_000}`
    expect((await app.inject(`/udf/history?${range}`)).json()).toEqual({
      s: 'no_data',
      nextTime: start / 1_000 + 29 * 60
    })
  })

  it('reads trades page by page, and marks where some may be missing', async () => {
    const { store, app, view } = await startStored()
    const channel = 'trade:SIM:AAPL'
    view.add('candle:SIM:AAPL:1m')
    const data = { price: '10.5', size: '1', side: 'buy' as const }
    // Four to eight were lost on the way.
    const updates = [1, 2, 3, 9, 10].map((seq) => {
      const place = { kind: 'trade' as const, channel, seq, prev: seq - 1, time: start + seq * 1_000 }
      return { ...place, trade: { id: `t${seq}`, ...data } }
    })
    store.append([{ epoch: 'e1', updates, refused: 0, isBackfill: false }])
    const first = (await app.inject('/api/v1/trades?symbol=SIM:AAPL&limit=3')).json()
    const second = (await app.inject(`/api/v1/trades?symbol=SIM:AAPL&limit=3&before=${first.next}`)).json()
    const ids = [...second.trades, ...first.trades].map(({ id }: { id: string }) => id)
    expect(ids).toEqual(['t1', 't2', 't3', 't9', 't10'])
    expect(second.next).toBeNull()
    expect(first.position).toMatchObject({ channel, epoch: 'e1', seq: 10 })
    const query = { symbol: 'SIM:AAPL', from: String(start / 1_000), to: String(start / 1_000 + 60) }
    const marks = (await app.inject({ url: '/udf/timescale_marks', query })).json()
    expect(marks).toHaveLength(1)
    expect(first.holes).toHaveLength(1)
    const wrong = await app.inject('/api/v1/trades?symbol=SIM:AAPL&before=yesterday')
    expect([wrong.statusCode, wrong.json().code]).toEqual([400, 'badRequest'])
  })
})

describe('A failure of history', () => {
  it.each([
    ['busy', 503, 'busy'],
    ['timeout', 503, 'busy'],
    ['thread_failed', 503, 'historyUnavailable'],
    ['damaged', 503, 'historyUnavailable'],
    ['stopped', 503, 'historyUnavailable'],
    ['cancelled', 499, 'cancelled'],
    ['store_failed', 500, 'internalError']
  ] as const)('of code %s is answered with %i %s', async (code, status, problem) => {
    const { app } = await startFailing(code)
    for (const path of ['candles?symbol=SIM:AAPL&interval=1m', 'trades?symbol=SIM:AAPL']) {
      const response = await app.inject(`/api/v1/${path}`)
      expect([response.statusCode, response.json().code]).toEqual([status, problem])
      expect(response.headers['retry-after']).toBe(status === 503 ? '1' : undefined)
    }
  })
})
