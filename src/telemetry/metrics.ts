import { performance } from 'node:perf_hooks'
import { Counter, Gauge, Registry } from 'prom-client'
import type { BuildInfo } from './build-info.ts'
import { COUNTERS, type Counters } from './counters.ts'
import {
  BUILD_INFO_METRIC,
  counterMetric,
  GAUGES,
  type GaugeName,
  gaugeMetric,
  PROCESS_METRICS,
  PRODUCER_METRICS,
  type ProcessMetricName,
  producerMetric
} from './metric-tables.ts'

/** One producer, as far as metrics tell of it. */
export interface MeasuredProducer {
  readonly name: string
  readonly state: string
  readonly channels: number
  readonly messages: number
  readonly merged: number
  readonly dropped: number
  readonly restarts: number
}

/** Where the numbers come from; each is asked once a scrape. */
export interface MetricSources {
  readonly counters: Readonly<Counters>
  readonly gauges: () => Readonly<Record<GaugeName, number>>
  readonly producers: () => readonly MeasuredProducer[]
  readonly build: BuildInfo
}

/** The page that Prometheus scrapes. */
export interface MetricsPage {
  readonly contentType: string
  readonly body: string
}

type Cell = Counter<string> | Gauge<string>

const workingStates: readonly string[] = ['running', 'holding', 'finished']

/** All metrics of one app. Numbers are read when the page is made, so that counting stays a plain addition. */
export class Metrics {
  readonly #registry = new Registry()
  readonly #sources: MetricSources
  readonly #counters = cellsOf(COUNTERS, (name, help) => this.#cell('counter', counterMetric(name), help))
  readonly #gauges = cellsOf(GAUGES, (name, help) => this.#cell('gauge', gaugeMetric(name), help))
  readonly #process = cellsOf(PROCESS_METRICS, (name, { kind, help }) => this.#cell(kind, name, help))
  readonly #producers = cellsOf(PRODUCER_METRICS, (name, { kind, help }) =>
    this.#cell(kind, producerMetric(name), help, ['producer'])
  )

  constructor(sources: MetricSources) {
    this.#sources = sources
    const { name, version, node } = sources.build
    const build = this.#cell('gauge', BUILD_INFO_METRIC, 'What is running; always 1', ['name', 'version', 'node'])
    build.inc({ name, version, node }, 1)
  }

  /** The page in the text format of Prometheus. */
  async page(): Promise<MetricsPage> {
    this.#readCounters()
    this.#readGauges()
    this.#readProducers()
    this.#readProcess()
    return { contentType: this.#registry.contentType, body: await this.#registry.metrics() }
  }

  #cell(kind: 'counter' | 'gauge', name: string, help: string, labelNames: readonly string[] = []): Cell {
    const configuration = { name, help, labelNames, registers: [this.#registry] }
    return kind === 'counter' ? new Counter(configuration) : new Gauge(configuration)
  }

  #readCounters(): void {
    for (const [name, cell] of this.#counters) replace(cell, this.#sources.counters[name])
  }

  #readGauges(): void {
    const values = this.#sources.gauges()
    for (const [name, cell] of this.#gauges) replace(cell, values[name])
  }

  #readProducers(): void {
    for (const [, cell] of this.#producers) cell.reset()
    for (const producer of this.#sources.producers()) {
      const values = { ...producer, up: workingStates.includes(producer.state) ? 1 : 0 }
      for (const [name, cell] of this.#producers) cell.inc({ producer: producer.name }, values[name])
    }
  }

  #readProcess(): void {
    const values = processValues()
    for (const [name, cell] of this.#process) replace(cell, values[name])
  }
}

/** A counter of `prom-client` can only be reset and raised; a gauge can do that, too. */
function replace(cell: Cell, value: number): void {
  cell.reset()
  cell.inc(value)
}

function cellsOf<Name extends string, Info>(
  table: Readonly<Record<Name, Info>>,
  make: (name: Name, info: Info) => Cell
): readonly (readonly [Name, Cell])[] {
  return (Object.keys(table) as Name[]).map((name) => [name, make(name, table[name])])
}

function processValues(): Readonly<Record<ProcessMetricName, number>> {
  const { user, system } = process.cpuUsage()
  const memory = process.memoryUsage()
  const { active, idle } = performance.eventLoopUtilization()
  return {
    process_cpu_user_seconds_total: user / 1e6,
    process_cpu_system_seconds_total: system / 1e6,
    process_cpu_seconds_total: (user + system) / 1e6,
    process_start_time_seconds: performance.timeOrigin / 1e3,
    process_resident_memory_bytes: memory.rss,
    nodejs_heap_size_total_bytes: memory.heapTotal,
    nodejs_heap_size_used_bytes: memory.heapUsed,
    nodejs_external_memory_bytes: memory.external,
    nodejs_eventloop_active_seconds_total: active / 1e3,
    nodejs_eventloop_idle_seconds_total: idle / 1e3
  }
}
