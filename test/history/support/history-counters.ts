import type { HistoryCounters } from '../../../src/history/history-counters.ts'

export function historyCounters(): HistoryCounters {
  return {
    historyBatchesKept: 0,
    historyBatchesDropped: 0,
    historyTradesWritten: 0,
    historyCandlesWritten: 0,
    historyDuplicates: 0,
    historyUpdatesRefused: 0,
    historyHoles: 0,
    historyRowsPruned: 0,
    historyWriteFailures: 0,
    historyThreadFailures: 0,
    historyFilesSetAside: 0,
    historyQueries: 0,
    historyQueriesRefused: 0,
    historyQueriesGivenUp: 0
  }
}
