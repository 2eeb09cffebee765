import { parentPort, workerData } from 'node:worker_threads'
import { setAside } from './database-file.ts'
import { HistoryError } from './history-error.ts'
import { HistoryKeeper } from './history-keeper.ts'
import type { HistoryThreadOptions, HistoryToMain, MainToHistory } from './history-messages.ts'
import { SqliteHistoryStore } from './history-store-sqlite.ts'

if (parentPort === null) throw new Error('history.worker must run as a worker thread; found the main thread')
const port = parentPort
const options = workerData as HistoryThreadOptions
const post = (message: HistoryToMain): void => port.postMessage(message)
const onDamaged = (message: string) => post({ type: 'damaged', message })

try {
  const keeper = new HistoryKeeper({
    open: () => new SqliteHistoryStore(options, onDamaged),
    setAside: (cause) => onDamaged(setAside(options.file, cause)),
    post,
    onStopped: () => port.close(),
    writeMs: options.writeMs
  })
  port.on('message', (message: MainToHistory) => keeper.receive(message))
} catch (error) {
  if (!(error instanceof HistoryError)) throw error
  post({ type: 'refused', code: error.code, message: error.message })
}
