import { expect, it, onTestFinished } from 'vitest'
import type { Jobs, JobTable } from '../../../src/http/jobs.ts'
import { indicatorSeries } from '../../../src/market/indicator-series.ts'
import { presentBook } from '../../../src/market/order-book-present.ts'
import { resamplePage } from '../../../src/market/resample.ts'
import { JobsPool } from '../../../src/threads/jobs-pool.ts'
import { candlesFrom } from '../../support/fake-history-view.ts'

/** The pool of the app, with the tasks as they are. */
function startPool(): Jobs {
  const counters = { jobsDone: 0, jobsRefused: 0, jobsCancelled: 0, jobsFailed: 0 }
  const options = { maxThreads: 1, maxWaiting: 10, timeoutMs: 10_000, maxHeapMb: 256, counters }
  const pool = new JobsPool<JobTable>({ ...options, onError: () => undefined })
  onTestFinished(() => pool.stop())
  return pool
}

const { signal } = new AbortController()
const candles = candlesFrom(0, 60_000, 1_000)

it('Candles come from the pool as they would from here', async () => {
  const range = { from: 0, to: 100_000_000, limit: 500, isForward: true, isCut: false }
  const fill = { until: 70_000_000, now: 70_000_000, holes: [] }
  const job = { candles, source: '1m', interval: '5m', calendar: 'utc', ...range, fill } as const
  const page = await startPool().offer('resample', job, signal)
  expect(page).toEqual(resamplePage(job))
  expect(page?.candles).toHaveLength(234)
})

it('Indicators come from the pool as they would from here', async () => {
  const columns = { close: Float64Array.from(candles, ({ close }) => Number(close)) }
  const job = { name: 'rsi', parameters: { length: 14 }, calendar: 'utc', columns, skip: 10 } as const
  const series = await startPool().offer('indicator', job, signal)
  expect(series).toEqual(indicatorSeries(job))
  expect(series?.rsi).toHaveLength(990)
})

it('Books come from the pool as they would from here', async () => {
  const data = { bids: [['1', '2']], asks: [['3', '4']] }
  const job = {
    updates: JSON.stringify([{ seq: 1, type: 'snapshot', exchangeTime: 5, ingestTime: 6, data }]),
    depth: 10
  }
  const text = await startPool().offer('book', job, signal)
  expect(text).toBe(presentBook(job))
  expect(JSON.parse(text ?? '')).toEqual({ seq: 1, exchangeTime: 5, ingestTime: 6, ...data })
})
