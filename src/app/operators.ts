import type { Catalog } from '../broadcast/catalog.ts'
import type { Emitter } from '../broadcast/emitter.ts'
import type { FlushInterval } from '../broadcast/flush-interval.ts'
import type { Journal } from '../broadcast/journal.ts'
import type { BoundedQueue } from '../broadcast/queue.ts'
import type { FanOut } from '../gateway/fan-out.ts'
import type { Lanes } from '../gateway/lanes.ts'
import type { MarketView } from '../http/market-view.ts'
import { LoadSampler } from '../ops/load-sampler.ts'
import { OpsDesk, type PresentFigures } from '../ops/ops-desk.ts'
import type { BuildInfo } from '../telemetry/build-info.ts'
import type { Counters } from '../telemetry/counters.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { LoopDelay } from '../telemetry/loop-delay.ts'
import type { Every } from '../telemetry/pulse.ts'
import { producerView } from './market-view-of.ts'
import type { Producers } from './producers.ts'

export interface OperatorsParts {
  /** The token of the operators; empty for none. */
  readonly opsToken: string
  readonly view: MarketView
  readonly catalog: Catalog
  readonly lanes: Lanes
  readonly fanOut: FanOut
  readonly queue: BoundedQueue
  readonly journal: Journal
  readonly interval: FlushInterval
  readonly emitter: Emitter
  readonly producers: Producers
  readonly counters: Counters
  readonly loopDelay: LoopDelay
  readonly build: BuildInfo
  readonly log: Logger
  /** Monotonic clock, ms. */
  readonly now: () => number
  readonly every: Every
}

/** What operators may see of the running parts, and do with them. */
export function createOpsDesk(parts: OperatorsParts): OpsDesk {
  const { fanOut, queue, producers, counters, loopDelay, now, every } = parts
  const sources = {
    counters,
    queueDepth: () => queue.size,
    loopDelay: () => loopDelay.lastSecond(),
    clients: () => fanOut.subscribers.size,
    slowClients: () => fanOut.behindCount,
    now
  }
  return new OpsDesk({
    ...parts,
    load: new LoadSampler(sources, every),
    subscribers: fanOut.subscribers,
    figures: () => presentFigures(parts),
    restartProducer: (name, reason) => producers.list.find(({ spec }) => spec.name === name)?.restart(reason)
  })
}

function presentFigures({
  view,
  catalog,
  queue,
  journal,
  interval,
  emitter,
  producers,
  ...parts
}: OperatorsParts): PresentFigures {
  const { ready, reasons } = view.readiness()
  const { rss, heapTotal, heapUsed, external, arrayBuffers } = process.memoryUsage()
  return {
    uptimeMs: view.stats().uptimeMs,
    build: parts.build,
    ready,
    reasons,
    producers: producers.list.map((producer) => {
      const { threadId = null, credit, owedCredit, lagMs = null, toldMs } = producer
      return { ...producerView(producer, catalog), threadId, credit, owedCredit, lagMs, toldMs }
    }),
    queue: { depth: queue.size, highWater: queue.highWater, capacity: queue.capacity },
    flush: { intervalMs: interval.currentMs, durationMs: emitter.lastDurationMs },
    memory: {
      rssBytes: rss,
      heapTotalBytes: heapTotal,
      heapUsedBytes: heapUsed,
      externalBytes: external,
      arrayBuffersBytes: arrayBuffers,
      journalBytes: journal.bytes
    },
    counters: { ...parts.counters }
  }
}
