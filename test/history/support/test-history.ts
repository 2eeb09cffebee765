import type { Worker } from 'node:worker_threads'
import { onTestFinished } from 'vitest'
import { HistoryClient, type HistoryClientOptions } from '../../../src/history/history-client.ts'
import type { HistoryCounters } from '../../../src/history/history-counters.ts'
import type { HistoryThreadOptions } from '../../../src/history/history-messages.ts'
import { startHistoryThread } from '../../../src/threads/history-thread.ts'
import { historyCounters } from './history-counters.ts'
import { historyFile } from './history-files.ts'
import { STORE } from './store-options.ts'

const MIB = 1024 * 1024

/** History as the app has it: a client, and its real thread with a real file. */
export class TestHistory extends HistoryClient {
  readonly file: string
  readonly counters: HistoryCounters
  readonly logged: string[]
  /** Every thread started so far. */
  readonly threads: Worker[]

  constructor(options: Partial<HistoryClientOptions & HistoryThreadOptions> = {}) {
    const threadOptions = { file: options.file ?? historyFile(), ...STORE, writeMs: 20, ...options }
    const { file, durability, maxFileBytes, retention, writeMs } = threadOptions
    const counters = historyCounters()
    const logged: string[] = []
    const threads: Worker[] = []
    super({
      counters,
      log: (_level, text) => logged.push(text),
      maxUnwrittenBytes: 64 * MIB,
      queryTimeoutMs: 5_000,
      stopMs: 5_000,
      now: () => performance.now(),
      startThread: () => {
        const thread = startHistoryThread({ file, durability, maxFileBytes, retention, writeMs })
        threads.push(thread)
        return thread
      },
      ...options
    })
    this.file = file
    this.counters = counters
    this.logged = logged
    this.threads = threads
    onTestFinished(() => this.stop())
  }
}
