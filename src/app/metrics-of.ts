import type { Catalog } from '../broadcast/catalog.ts'
import type { Emitter } from '../broadcast/emitter.ts'
import type { FlushInterval } from '../broadcast/flush-interval.ts'
import type { Journal } from '../broadcast/journal.ts'
import type { BoundedQueue } from '../broadcast/queue.ts'
import type { FanOut } from '../gateway/fan-out.ts'
import { CAN_WRITE_DIRECTLY } from '../gateway/stream-handle.ts'
import type { HistoryClient } from '../history/history-client.ts'
import type { JobTable } from '../http/jobs.ts'
import type { MarketView } from '../http/market-view.ts'
import type { BuildInfo } from '../telemetry/build-info.ts'
import type { Counters } from '../telemetry/counters.ts'
import type { LoopDelay } from '../telemetry/loop-delay.ts'
import { Metrics } from '../telemetry/metrics.ts'
import type { JobsPool } from '../threads/jobs-pool.ts'

export interface MetricsParts {
  readonly view: MarketView
  readonly catalog: Catalog
  readonly fanOut: FanOut
  readonly queue: BoundedQueue
  readonly journal: Journal
  readonly interval: FlushInterval
  readonly emitter: Emitter
  readonly loopDelay: LoopDelay
  readonly history: HistoryClient | undefined
  readonly jobs: JobsPool<JobTable>
  readonly counters: Counters
  readonly build: BuildInfo
}

/** The metrics page, with every gauge read from the part it tells of when the page is asked for. */
export function createMetrics(parts: MetricsParts): Metrics {
  const { view, catalog, fanOut, queue, journal, interval, emitter, loopDelay } = parts
  const { history, jobs, counters, build } = parts
  return new Metrics({
    counters,
    gauges: () => ({
      ready: view.readiness().ready ? 1 : 0,
      clients: fanOut.subscribers.size,
      clientsBehind: fanOut.behindCount,
      subscriptions: fanOut.subscriptions,
      directWrites: CAN_WRITE_DIRECTLY ? 1 : 0,
      channels: catalog.size,
      queueDepth: queue.size,
      queueHighWater: queue.highWater,
      queueCapacity: queue.capacity,
      journalBytes: journal.bytes,
      historyUnwrittenBytes: history?.unwrittenBytes ?? 0,
      historyWriteLagSeconds: (history?.writeLagMs ?? 0) / 1_000,
      jobsWaiting: jobs.waiting,
      flushIntervalSeconds: interval.currentMs / 1_000,
      flushDurationSeconds: emitter.lastDurationMs / 1_000,
      eventLoopDelayP50Seconds: loopDelay.lastTenSeconds().p50 / 1_000,
      eventLoopDelayP99Seconds: loopDelay.lastTenSeconds().p99 / 1_000,
      eventLoopDelayMaxSeconds: loopDelay.lastTenSeconds().max / 1_000
    }),
    producers: () => view.producers(),
    build
  })
}
