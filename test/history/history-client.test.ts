import { statSync } from 'node:fs'
import { describe, expect, it, vi } from 'vitest'
import { HistoryError } from '../../src/history/history-error.ts'
import { historyFile, TestStore } from './support/history-files.ts'
import { TestHistory } from './support/test-history.ts'
import {
  bytesOf,
  candleOf,
  candleUpdate,
  MINUTES,
  MONDAY_MS,
  TRADES,
  tradeUpdate,
  tradeUpdates
} from './support/updates.ts'

const all = { kind: 'trades', channel: TRADES, range: { limit: 20_000 } } as const
/** Time that other work on the machine may take, ms. */
const PATIENCE_MS = 60_000
const soon = { timeout: PATIENCE_MS / 2 }
vi.setConfig({ testTimeout: PATIENCE_MS })

const codeOf = (error: unknown) => (error instanceof HistoryError ? error.code : error)

describe('The history thread', () => {
  it('keeps what it is given and answers what it is asked', async () => {
    const history = new TestHistory()
    await history.start()
    expect(history.offer('e1', bytesOf([tradeUpdate(1), candleUpdate(1, candleOf(MONDAY_MS))]))).toBe(true)
    expect(history.unwrittenBytes).toBeGreaterThan(0)
    await history.flush()

    expect(history).toMatchObject({ state: 'open', unwrittenBytes: 0, writeLagMs: 0, trouble: undefined })
    expect((await history.query(all)).trades).toMatchObject([{ seq: 1, price: '1.50', epoch: 'e1' }])
    const range = { limit: 9 }
    expect((await history.query({ kind: 'candles', channel: MINUTES, range })).candles).toEqual([candleOf(MONDAY_MS)])
    const place = { channel: MINUTES }
    expect(await history.query({ kind: 'lastCandle', ...place, before: MONDAY_MS })).toBeUndefined()
    expect(await history.query({ kind: 'bounds', ...place })).toEqual({ first: MONDAY_MS, last: MONDAY_MS })
    expect(await history.query({ kind: 'position', ...place })).toEqual({ epoch: 'e1', seq: 1, time: MONDAY_MS })
    const bars = await history.query({ kind: 'openBars', venue: 'SIM', symbol: 'AAPL' })
    expect(bars).toMatchObject({ bars: [{ interval: '1m', candle: candleOf(MONDAY_MS) }] })
    expect(await history.query({ kind: 'stats' })).toMatchObject({ channels: 2 })
    expect(history.counters).toMatchObject({ historyTradesWritten: 1, historyCandlesWritten: 1, historyQueries: 7 })
  })

  it('groups batches that arrive together into one transaction, without being asked to write', async () => {
    const history = new TestHistory({ writeMs: 100 })
    await history.start()
    const candle = (seq: number) => candleUpdate(seq, candleOf(MONDAY_MS, `${seq}.0`))
    for (let seq = 1; seq <= 50; seq++) history.offer('e1', bytesOf([candle(seq)]))
    await vi.waitFor(() => expect(history.unwrittenBytes).toBe(0), soon)
    expect(history.counters).toMatchObject({ historyBatchesKept: 50, historyCandlesWritten: 1 })
  })

  it('writes what waits when it is stopped, and what it wrote is there after a start', async () => {
    const history = new TestHistory({ writeMs: 10_000 })
    await history.start()
    for (const update of tradeUpdates(100)) history.offer('e1', bytesOf([update]))
    await history.stop()
    expect(history).toMatchObject({
      state: 'stopped',
      counters: { historyBatchesDropped: 0, historyTradesWritten: 100 }
    })
    expect(history.offer('e1', bytesOf([tradeUpdate(101)]))).toBe(false)
    await expect(history.query(all)).rejects.toMatchObject({ code: 'stopped' })

    const again = new TestHistory({ file: history.file })
    await again.start()
    expect((await again.query(all)).trades).toHaveLength(100)
  })

  it('takes exactly as much as may wait, drops and counts the rest, and shows it as a hole', async () => {
    const batches = [[1], [2], [3], [4]].map(([seq = 0]) => bytesOf([tradeUpdate(seq)]))
    const roomFor = (count: number) => batches.slice(0, count).reduce((sum, { byteLength }) => sum + byteLength, 0)
    for (const [maxUnwrittenBytes, taken] of [
      [roomFor(2) - 1, [true, false, false]],
      [roomFor(2), [true, true, false]],
      [roomFor(2) + 1, [true, true, false]]
    ] as const) {
      const history = new TestHistory({ maxUnwrittenBytes })
      await history.start()
      expect(batches.slice(0, 3).map((bytes) => history.offer('e1', bytes))).toEqual(taken)
      await history.flush()
      expect(history.offer('e1', batches[3] ?? bytesOf([]))).toBe(true)
      await history.flush()

      const kept = taken.filter((isTaken) => isTaken).length
      const { trades, holes } = await history.query(all)
      expect(trades.map(({ seq }) => seq)).toEqual([...[1, 2].slice(0, kept), 4])
      expect(holes).toEqual([{ from: MONDAY_MS + kept, to: MONDAY_MS + 5 }])
      expect(history.counters).toMatchObject({
        historyBatchesDropped: 3 - kept,
        historyBatchesKept: kept + 1,
        historyHoles: 1
      })
      expect(history.logged).toEqual([
        expect.stringContaining('drops data'),
        expect.stringContaining('keeps data again')
      ])
    }
  })

  it('answers while it writes, after one transaction at most', async () => {
    const history = new TestHistory({ writeMs: 1 })
    await history.start()
    const batches = Array.from({ length: 100 }, (_, place) => bytesOf(tradeUpdates(1_000, place * 1_000 + 1)))
    for (const bytes of batches) history.offer('e1', bytes)
    const counts: number[] = []
    while (history.unwrittenBytes > 0)
      counts.push((await history.query({ kind: 'position', channel: TRADES }))?.seq ?? 0)

    // Answers came in between, each from whole transactions, and never an older state after a newer one.
    expect(counts.length).toBeGreaterThan(5)
    expect(counts.every((count) => count % 1_000 === 0)).toBe(true)
    expect(counts).toEqual(counts.toSorted((a, b) => a - b))
    expect(history.counters).toMatchObject({ historyTradesWritten: 100_000, historyDuplicates: 0 })
    // What was committed is moved from the log to the database as it goes.
    expect(statSync(`${history.file}-wal`).size).toBeLessThan(16 * 1024 * 1024)
  })

  it('counts what is no list of updates, and goes on', async () => {
    const history = new TestHistory()
    await history.start()
    for (const text of ['', '{', '{}', 'null', '[', '[null,{"channel":'])
      history.offer('e1', new TextEncoder().encode(text))
    history.offer('e1', bytesOf([tradeUpdate(1)]))
    await history.flush()
    expect(history.counters).toMatchObject({
      historyUpdatesRefused: 6,
      historyTradesWritten: 1,
      historyThreadFailures: 0
    })
  })
})

describe('A query to history', () => {
  it('ends at its timeout or when it is cancelled, and is told apart from a failure', async () => {
    const history = new TestHistory()
    await history.start()
    for (let place = 0; place < 50; place++) history.offer('e1', bytesOf(tradeUpdates(2_000, place * 2_000 + 1)))
    const controller = new AbortController()
    const queries = [
      history.query(all, { timeoutMs: 1 }),
      history.query(all, { signal: controller.signal }),
      history.query(all, { signal: AbortSignal.abort() }),
      history.query({ ...all, range: { limit: 1, before: 'nonsense' } }),
      history.query({ ...all, range: { limit: Number.NaN } }),
      history.query({ ...all, range: { limit: 1 } })
    ]
    controller.abort()
    const settled = await Promise.allSettled(queries)
    expect(settled.map((one) => (one.status === 'rejected' ? codeOf(one.reason) : one.status))).toEqual([
      'timeout',
      'cancelled',
      'cancelled',
      'bad_cursor',
      'store_failed',
      'fulfilled'
    ])
    expect(history.counters).toMatchObject({ historyQueriesGivenUp: 2, historyQueriesRefused: 1 })
  })

  it('is refused beyond 256 under way, and taken again afterwards', async () => {
    const history = new TestHistory()
    await history.start()
    const ask = (count: number) =>
      Promise.allSettled(Array.from({ length: count }, () => history.query({ kind: 'position', channel: TRADES })))
    const refused = (settled: readonly PromiseSettledResult<unknown>[]) =>
      settled.flatMap((one) => (one.status === 'rejected' ? [codeOf(one.reason)] : []))

    expect(refused(await ask(255))).toEqual([])
    expect(refused(await ask(256))).toEqual([])
    expect(refused(await ask(258))).toEqual(['busy', 'busy'])
    expect(refused(await ask(256))).toEqual([])
  })

  it('keeps its place until the thread has let go of it, however soon the asker gives up', async () => {
    const history = new TestHistory()
    await history.start()
    const asked = Array.from({ length: 256 }, () =>
      history.query(all, { signal: AbortSignal.timeout(0), timeoutMs: 1 })
    )
    const more = history.query(all)
    await expect(more).rejects.toMatchObject({ code: 'busy' })
    await Promise.allSettled(asked)
    await vi.waitFor(() => expect(history.query(all)).resolves.toBeDefined(), soon)
  })
})

describe('A history that cannot be opened', () => {
  it('fails the start with the reason, and no thread is left', async () => {
    const file = historyFile()
    const holder = new TestStore({ file })
    const history = new TestHistory({ file })
    await expect(history.start()).rejects.toMatchObject({ code: 'in_use' })
    await history.stop()
    expect(history.threads).toHaveLength(1)
    expect(history.threads[0]?.threadId).toBe(-1)
    holder.close()
  })
})
