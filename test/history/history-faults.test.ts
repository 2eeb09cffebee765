import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import type { AppendMessage, HistoryToMain, MainToHistory } from '../../src/history/history-messages.ts'
import type { HistoryThread } from '../../src/history/restarted-thread.ts'
import { historyFile, TestStore } from './support/history-files.ts'
import { KEEP_ALL } from './support/store-options.ts'
import { TestHistory } from './support/test-history.ts'
import { bytesOf, MONDAY_MS, TRADES, tradeUpdate, tradeUpdates } from './support/updates.ts'

const all = { kind: 'trades', channel: TRADES, range: { limit: 20_000 } } as const
/** Time that other work on the machine may take, ms. */
const PATIENCE_MS = 60_000
const soon = { timeout: PATIENCE_MS / 2 }
vi.setConfig({ testTimeout: PATIENCE_MS })

describe('When the history thread dies', () => {
  it('another one is started, and nothing that was offered is lost or doubled', async () => {
    const history = new TestHistory({ writeMs: 5 })
    await history.start()
    let seq = 0
    for (let life = 1; life <= 3; life++) {
      for (let batch = 0; batch < 40; batch++) {
        history.offer('e1', bytesOf(tradeUpdates(50, seq + 1)))
        seq += 50
        if (batch === 20) void history.threads.at(-1)?.terminate()
        if (batch % 5 === 0) await new Promise((resolve) => setTimeout(resolve, 2))
      }
      await vi.waitFor(() => expect(history.threads).toHaveLength(life + 1), soon)
      await vi.waitFor(() => expect(history.unwrittenBytes).toBe(0), soon)
    }
    const { trades, holes } = await history.query(all)
    expect(trades.map((trade) => trade.seq)).toEqual(Array.from({ length: seq }, (_, place) => place + 1))
    expect(holes).toEqual([])
    expect(history).toMatchObject({ state: 'open', counters: { historyThreadFailures: 3, historyBatchesDropped: 0 } })
  })

  it('queries are answered at once: try again', async () => {
    const history = new TestHistory()
    await history.start()
    void history.threads[0]?.terminate()
    await expect(history.query(all)).rejects.toMatchObject({ code: 'thread_failed' })
    expect(history.state).toBe('restarting')
    await expect(history.query(all)).rejects.toMatchObject({ code: 'thread_failed' })
    await vi.waitFor(() => expect(history.state).toBe('open'), soon)
    await expect(history.query(all)).resolves.toBeDefined()
  })

  it('a stop meanwhile still writes everything', async () => {
    const history = new TestHistory()
    await history.start()
    void history.threads[0]?.terminate()
    await vi.waitFor(() => expect(history.state).toBe('restarting'), soon)
    history.offer('e1', bytesOf([tradeUpdate(1)]))
    await history.stop()
    expect(history.counters).toMatchObject({ historyTradesWritten: 1, historyBatchesDropped: 0 })
  })

  it('over one batch again and again, that batch is dropped and the rest is written', async () => {
    const threads: DyingThread[] = []
    const startThread = () => {
      const thread = new DyingThread(3)
      threads.push(thread)
      return thread
    }
    const history = new TestHistory({ startThread })
    await history.start()
    for (const update of tradeUpdates(5)) history.offer('e1', bytesOf([update]))
    await history.flush()

    expect(threads.flatMap(({ written }) => written)).toEqual([1, 2, 4, 5])
    expect(history.counters).toMatchObject({ historyBatchesDropped: 1, historyThreadFailures: 3 })
    expect(history.logged.at(-1)).toContain('drops a batch: 3 threads died over it')
  })
})

describe('When the disk is full', () => {
  it('history says so, still answers, takes what may wait and no more, and counts what it could not write', async () => {
    const history = new TestHistory({ maxFileBytes: 300_000, maxUnwrittenBytes: 1_000_000 })
    await history.start()
    history.offer('e1', bytesOf(tradeUpdates(1_000)))
    await history.flush()
    let taken = 1
    while (history.offer('e1', bytesOf(tradeUpdates(1_000, taken * 1_000 + 1)))) taken += 1
    await vi.waitFor(() => expect(history.trouble).toContain('full'), soon)
    const written = history.counters.historyTradesWritten

    expect((await history.query(all)).trades).toHaveLength(written)
    expect(history.counters).toMatchObject({ historyBatchesDropped: 1, historyThreadFailures: 0 })
    expect(history.counters.historyWriteFailures).toBeGreaterThan(0)
    expect(history.logged.filter((text) => text.includes('cannot write, and tries again: '))).toHaveLength(1)
    await history.stop()
    expect(history.counters.historyBatchesDropped).toBe(1 + taken - written / 1_000)
    expect(history.logged.at(-1)).toContain('batches not written')
  })

  it('and old data makes room, history writes again by itself', async () => {
    const retention = { ...KEEP_ALL, tradesMs: 1_000 }
    const history = new TestHistory({ maxFileBytes: 300_000, maxUnwrittenBytes: 10_000_000, retention })
    await history.start()
    for (let batch = 0; batch < 30; batch++) history.offer('e1', bytesOf(tradeUpdates(500, batch * 500 + 1)))
    await vi.waitFor(() => expect(history.logged).toContain('history writes again'), soon)
    await vi.waitFor(() => expect(history.unwrittenBytes).toBe(0), soon)

    expect(history.logged[0]).toContain('cannot write, and tries again: ')
    expect(history).toMatchObject({ trouble: undefined, counters: { historyTradesWritten: 15_000 } })
    expect((await history.query(all)).trades.at(-1)?.seq).toBe(15_000)
  })
})

describe('When the file is damaged while it is in use', () => {
  it('and a query meets it, it is set aside, and what was not durable yet is written to the new one', async () => {
    const history = new TestHistory({ file: fatFile(), writeMs: 10_000 })
    await history.start()
    // At the second answer the first pass of pruning is over, which could meet the damage as well.
    for (const kind of ['stats', 'stats'] as const) await history.query({ kind })
    history.offer('e1', bytesOf([tradeUpdate(2_501)]))
    damage(history.file)
    await expect(history.query({ ...all, range: { limit: 9, to: MONDAY_MS + 10 } })).rejects.toMatchObject({
      code: 'damaged'
    })
    await history.flush()

    expect((await history.query(all)).trades.map(({ seq }) => seq)).toEqual([2_501])
    expect(history.counters).toMatchObject({ historyFilesSetAside: 1, historyThreadFailures: 0 })
    expect(history.logged).toEqual([expect.stringContaining('is damaged: expected a sound database')])
    expect(readdirSync(dirname(history.file)).filter((name) => name.includes('damaged'))).not.toEqual([])
  })

  it('and a write meets it, the write goes to the new one', async () => {
    const history = new TestHistory({ file: fatFile() })
    await history.start()
    damage(history.file)
    history.offer('e1', bytesOf([tradeUpdate(2_501, { time: MONDAY_MS + 10 })]))
    await history.flush()

    expect(history.counters).toMatchObject({ historyFilesSetAside: 1, historyTradesWritten: 1, historyHoles: 0 })
    expect((await history.query(all)).trades).toHaveLength(1)
  })
})

/** A closed history larger than what the database keeps of its pages in memory. */
function fatFile(): string {
  const file = historyFile()
  const store = new TestStore({ file })
  const fat = tradeUpdates(2_500).map((update) => ({
    ...update,
    data: { ...Object(update.data), id: 'x'.repeat(8_000) }
  }))
  store.keep('e1', ...fat)
  store.close()
  return file
}

/** Overwrites all but the first page. */
function damage(file: string): void {
  writeFileSync(file, readFileSync(file).fill(0xa5, 4_096))
}

/** Stands in for the thread: dies whenever it is given one certain batch, each time with a thread of its own. */
class DyingThread implements HistoryThread {
  readonly written: number[] = []
  readonly #deadlyId: number
  readonly #listeners = new Map<string, (value: never) => void>()
  #isDead = false

  constructor(deadlyId: number) {
    this.#deadlyId = deadlyId
    setImmediate(() => this.#tell('message', { type: 'opened' }))
  }

  on(event: string, listener: (value: never) => void): void {
    this.#listeners.set(event, listener)
  }

  postMessage(message: MainToHistory): void {
    if (message.type === 'append') setImmediate(() => this.#take(message))
    if (message.type === 'stop') setImmediate(() => this.#tell('exit', 0))
  }

  async terminate(): Promise<void> {
    this.#tell('exit', 1)
  }

  #take({ id }: AppendMessage): void {
    if (this.#isDead) return
    if (id === this.#deadlyId) {
      this.#isDead = true
      this.#tell('error', new Error('deadly'))
      this.#tell('exit', 1)
      return
    }
    this.written.push(id)
    const nothing = { trades: 1, candles: 0, duplicates: 0, refused: 0, holes: 0 }
    this.#tell('message', { type: 'committed', upTo: id, ...nothing } satisfies HistoryToMain)
  }

  #tell(event: string, value: unknown): void {
    this.#listeners.get(event)?.(value as never)
  }
}
