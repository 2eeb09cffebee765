import { COUNTERS } from './counters.ts'

/** Every gauge of the main thread. A name here becomes `tickcast_<name in snake case>`; the unit comes last in it. */
export const GAUGES = {
  ready: '1 when started, not stopping, and every required producer delivers fresh data; else 0',
  clients: 'Client connections open now',
  clientsBehind:
    'Clients that do not follow the stream now, because they read too slowly or are held to their bandwidth',
  subscriptions: 'Channels held by clients, over all clients',
  directWrites: '1 when frames go straight to the handles of connections, 0 when this Node.js has none that are known',
  channels: 'Channels known now',
  queueDepth: 'Messages that wait in the queue for the next flush',
  queueHighWater: 'Most messages that have waited in the queue at once',
  queueCapacity: 'Messages that may wait in the queue',
  journalBytes: 'Memory held for recent messages, from which clients catch up',
  historyUnwrittenBytes: 'Bytes of trades and candles that wait to be written',
  historyWriteLagSeconds: 'Age of the oldest trade or candle that is not written yet',
  jobsWaiting: 'Jobs that wait for a thread',
  flushIntervalSeconds:
    'Shortest time between two flushes now; grows from flushMs to flushMaxMs as the event loop fills up',
  flushDurationSeconds: 'Time the latest flush took',
  eventLoopDelayP50Seconds: 'Median delay of the event loop over the last ten seconds',
  eventLoopDelayP99Seconds: '99th percentile of the delay of the event loop over the last ten seconds',
  eventLoopDelayMaxSeconds: 'Longest delay of the event loop in the last ten seconds, of ten samples a second or more'
} as const

export type GaugeName = keyof typeof GAUGES

/** What is told of each producer, with its name as label `producer`. */
export const PRODUCER_METRICS = {
  up: { kind: 'gauge', help: '1 when the producer thread works (running, holding or finished), else 0' },
  channels: { kind: 'gauge', help: 'Channels of the producer' },
  messages: { kind: 'counter', help: 'Messages the producer had published at its last sign of life' },
  merged: { kind: 'counter', help: 'State messages merged in the producer thread for want of credit' },
  dropped: { kind: 'counter', help: 'Event messages dropped in the producer thread for want of credit' },
  restarts: { kind: 'counter', help: 'Times the producer thread was restarted' }
} as const satisfies Readonly<Record<string, { readonly kind: 'gauge' | 'counter'; readonly help: string }>>

export type ProducerMetricName = keyof typeof PRODUCER_METRICS

/**
 * What is told of the process, under the names that dashboards for Node.js expect.
 *
 * These are few on purpose: the usual set of `prom-client` also lists open files and handles one by one at each
 * scrape, which stops the event loop for tens of milliseconds when there are 10,000 connections.
 */
export const PROCESS_METRICS = {
  process_cpu_user_seconds_total: { kind: 'counter', help: 'User CPU time of the process, all threads' },
  process_cpu_system_seconds_total: { kind: 'counter', help: 'System CPU time of the process, all threads' },
  process_cpu_seconds_total: { kind: 'counter', help: 'CPU time of the process, all threads' },
  process_start_time_seconds: { kind: 'gauge', help: 'Start of the process, seconds since the Unix epoch' },
  process_resident_memory_bytes: { kind: 'gauge', help: 'Resident memory of the process' },
  nodejs_heap_size_total_bytes: { kind: 'gauge', help: 'Heap of the main thread, allocated' },
  nodejs_heap_size_used_bytes: { kind: 'gauge', help: 'Heap of the main thread, used' },
  nodejs_external_memory_bytes: { kind: 'gauge', help: 'Memory outside the heap held by objects of the main thread' },
  nodejs_eventloop_active_seconds_total: { kind: 'counter', help: 'Time the event loop of the main thread has worked' },
  nodejs_eventloop_idle_seconds_total: { kind: 'counter', help: 'Time the event loop of the main thread has waited' }
} as const satisfies Readonly<Record<string, { readonly kind: 'gauge' | 'counter'; readonly help: string }>>

export type ProcessMetricName = keyof typeof PROCESS_METRICS

export const BUILD_INFO_METRIC = 'tickcast_build_info'

/** The exposed name of a counter, e.g. `tickcast_messages_received_total`. */
export function counterMetric(name: string): string {
  return `tickcast_${snakeCase(name)}_total`
}

/** The exposed name of a gauge, e.g. `tickcast_queue_depth`. */
export function gaugeMetric(name: string): string {
  return `tickcast_${snakeCase(name)}`
}

/** The exposed name of a metric of producers, e.g. `tickcast_producer_restarts_total`. */
export function producerMetric(name: ProducerMetricName): string {
  return `tickcast_producer_${name}${PRODUCER_METRICS[name].kind === 'counter' ? '_total' : ''}`
}

/** Every name that a scrape can hold, for documents and dashboards to be checked against. */
export const METRIC_NAMES: readonly string[] = [
  ...Object.keys(COUNTERS).map(counterMetric),
  ...Object.keys(GAUGES).map(gaugeMetric),
  ...(Object.keys(PRODUCER_METRICS) as readonly ProducerMetricName[]).map(producerMetric),
  ...Object.keys(PROCESS_METRICS),
  BUILD_INFO_METRIC
]

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
