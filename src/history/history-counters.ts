/**
 * What history counts on the main thread. The names are those of `src/telemetry/counters.ts`, so that the app's
 * counters can be passed as they are.
 */
export interface HistoryCounters {
  historyBatchesKept: number
  historyBatchesDropped: number
  historyTradesWritten: number
  historyCandlesWritten: number
  historyDuplicates: number
  historyUpdatesRefused: number
  historyHoles: number
  historyRowsPruned: number
  historyWriteFailures: number
  historyThreadFailures: number
  historyFilesSetAside: number
  historyQueries: number
  historyQueriesRefused: number
  historyQueriesGivenUp: number
}
