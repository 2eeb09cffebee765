import { BUILD_INFO_METRIC, producerMetric } from '../src/telemetry/metric-tables.ts'
import { counter, gauge, processMetric } from './metric-names.ts'

type Unit = 'short' | 'cps' | 'Bps' | 'bytes' | 's' | 'percentunit' | 'bool_yes_no'

/** One line of a panel: its expression, and its name with the labels of Prometheus in it. */
type Line = readonly [expression: string, legend: string]

interface Panel {
  readonly title: string
  readonly help: string
  readonly unit: Unit
  readonly lines: readonly Line[]
}

const WHERE = '{job=~"$job",instance=~"$instance"}'
const SOURCE = { type: 'prometheus', uid: '$source' } as const
/** Width of the dashboard, and height of one figure and of a chart, in cells of Grafana. */
const GRID = { width: 24, figure: 4, chart: 8 } as const
const CHARTS_A_ROW = 3

const of = (metric: string) => `${metric}${WHERE}`
const perSecond = (metric: string) => `rate(${of(metric)}[$__rate_interval])`
const sum = (expression: string) => `sum(${expression})`
const byInstance = (expression: string) => `sum by (instance) (${expression})`

const FIGURES: readonly Panel[] = [
  {
    title: 'Ready',
    help: 'Every server is ready',
    unit: 'bool_yes_no',
    lines: [[`min(${of(gauge('ready'))})`, '']]
  },
  { title: 'Clients', help: 'Connections open', unit: 'short', lines: [[sum(of(gauge('clients'))), '']] },
  { title: 'Channels', help: 'Channels known', unit: 'short', lines: [[sum(of(gauge('channels'))), '']] },
  {
    title: 'Messages in',
    help: 'Taken in from producers',
    unit: 'cps',
    lines: [[sum(perSecond(counter('messagesReceived'))), '']]
  },
  {
    title: 'Bytes out',
    help: 'Handed to connections',
    unit: 'Bps',
    lines: [[sum(perSecond(counter('bytesWritten'))), '']]
  },
  {
    title: 'Event loop, worst p99',
    help: 'Delay over the last ten seconds',
    unit: 's',
    lines: [[`max(${of(gauge('eventLoopDelayP99Seconds'))})`, '']]
  }
]

const CHARTS: Readonly<Record<string, readonly Panel[]>> = {
  'Main thread': [
    {
      title: 'Messages and updates',
      help: 'Messages from producers, and updates to clients (messages times subscribers)',
      unit: 'cps',
      lines: [
        [byInstance(perSecond(counter('messagesReceived'))), 'in {{instance}}'],
        [byInstance(perSecond(counter('updatesDelivered'))), 'updates {{instance}}']
      ]
    },
    {
      title: 'Bytes',
      help: 'JSON taken in, and frames handed to connections',
      unit: 'Bps',
      lines: [
        [byInstance(perSecond(counter('bytesReceived'))), 'in {{instance}}'],
        [byInstance(perSecond(counter('bytesWritten'))), 'out {{instance}}']
      ]
    },
    {
      title: 'Event loop delay',
      help: 'Over the last ten seconds',
      unit: 's',
      lines: [
        [of(gauge('eventLoopDelayP50Seconds')), 'p50 {{instance}}'],
        [of(gauge('eventLoopDelayP99Seconds')), 'p99 {{instance}}'],
        [of(gauge('eventLoopDelayMaxSeconds')), 'max {{instance}}']
      ]
    },
    {
      title: 'Queue',
      help: 'Messages that wait, the most that ever did, and how many may',
      unit: 'short',
      lines: [
        [of(gauge('queueDepth')), 'waiting {{instance}}'],
        [of(gauge('queueHighWater')), 'high-water {{instance}}'],
        [of(gauge('queueCapacity')), 'capacity {{instance}}']
      ]
    },
    {
      title: 'Flush',
      help: 'Interval between two flushes, which grows with the load, and what one takes',
      unit: 's',
      lines: [
        [of(gauge('flushIntervalSeconds')), 'interval {{instance}}'],
        [of(gauge('flushDurationSeconds')), 'duration {{instance}}']
      ]
    },
    {
      title: 'Merged and dropped in the queue',
      help: 'A merge loses no state; a drop is a gap that everybody is told of',
      unit: 'cps',
      lines: [
        [byInstance(perSecond(counter('messagesMerged'))), 'merged {{instance}}'],
        [byInstance(perSecond(counter('messagesDropped'))), 'dropped {{instance}}'],
        [byInstance(perSecond(counter('ingestGaps'))), 'gaps {{instance}}']
      ]
    }
  ],
  Producers: [
    {
      title: 'At work',
      help: '1 when the thread works, else 0',
      unit: 'short',
      lines: [[of(producerMetric('up')), '{{producer}} {{instance}}']]
    },
    {
      title: 'Published',
      help: 'Messages of each producer',
      unit: 'cps',
      lines: [[perSecond(producerMetric('messages')), '{{producer}} {{instance}}']]
    },
    {
      title: 'Merged, dropped, restarts',
      help: 'For want of credit; restarts over ten minutes',
      unit: 'short',
      lines: [
        [perSecond(producerMetric('merged')), 'merged /s {{producer}} {{instance}}'],
        [perSecond(producerMetric('dropped')), 'dropped /s {{producer}} {{instance}}'],
        [`increase(${of(producerMetric('restarts'))}[10m])`, 'restarts {{producer}} {{instance}}']
      ]
    }
  ],
  Clients: [
    {
      title: 'Clients and subscriptions',
      help: 'Connections, and channels held by all of them together',
      unit: 'short',
      lines: [
        [of(gauge('clients')), 'clients {{instance}}'],
        [of(gauge('subscriptions')), 'subscriptions {{instance}}']
      ]
    },
    {
      title: 'Connections',
      help: 'Accepted, ended and refused',
      unit: 'cps',
      lines: [
        [byInstance(perSecond(counter('connectionsOpened'))), 'opened {{instance}}'],
        [byInstance(perSecond(counter('connectionsClosed'))), 'closed {{instance}}'],
        [byInstance(perSecond(counter('connectionsRefused'))), 'refused {{instance}}']
      ]
    },
    {
      title: 'Slow clients',
      help: 'Times one fell behind, was closed for it, or was told of a gap',
      unit: 'cps',
      lines: [
        [byInstance(perSecond(counter('slowClientEpisodes'))), 'fell behind {{instance}}'],
        [byInstance(perSecond(counter('slowClientsClosed'))), 'closed {{instance}}'],
        [byInstance(perSecond(counter('clientGaps'))), 'gaps {{instance}}']
      ]
    }
  ],
  'History and jobs': [
    {
      title: 'Written',
      help: 'Trades and candles written to history',
      unit: 'cps',
      lines: [
        [byInstance(perSecond(counter('historyTradesWritten'))), 'trades {{instance}}'],
        [byInstance(perSecond(counter('historyCandlesWritten'))), 'candles {{instance}}'],
        [byInstance(perSecond(counter('historyBatchesDropped'))), 'batches left out {{instance}}']
      ]
    },
    {
      title: 'Not written yet',
      help: 'Age of the oldest trade or candle that is not written yet',
      unit: 's',
      lines: [[of(gauge('historyWriteLagSeconds')), '{{instance}}']]
    },
    {
      title: 'Questions and jobs',
      help: 'Questions to history, and computed answers; those refused or failed',
      unit: 'cps',
      lines: [
        [byInstance(perSecond(counter('historyQueries'))), 'questions {{instance}}'],
        [byInstance(perSecond(counter('historyQueriesRefused'))), 'questions refused {{instance}}'],
        [byInstance(perSecond(counter('jobsDone'))), 'jobs {{instance}}'],
        [byInstance(perSecond(counter('jobsRefused'))), 'jobs refused {{instance}}'],
        [byInstance(perSecond(counter('jobsFailed'))), 'jobs failed {{instance}}']
      ]
    }
  ],
  Process: [
    {
      title: 'CPU',
      help: 'Cores used by all threads, and the share of time in which the main thread works',
      unit: 'percentunit',
      lines: [
        [perSecond(processMetric('process_cpu_seconds_total')), 'all threads {{instance}}'],
        [perSecond(processMetric('nodejs_eventloop_active_seconds_total')), 'main thread {{instance}}']
      ]
    },
    {
      title: 'Memory',
      help: 'Process, heap of the main thread, and recent messages',
      unit: 'bytes',
      lines: [
        [of(processMetric('process_resident_memory_bytes')), 'process {{instance}}'],
        [of(processMetric('nodejs_heap_size_used_bytes')), 'heap {{instance}}'],
        [of(gauge('journalBytes')), 'journal {{instance}}']
      ]
    },
    {
      title: 'Requests',
      help: 'Of clients, served and refused',
      unit: 'cps',
      lines: [
        [byInstance(perSecond(counter('requestsServed'))), 'served {{instance}}'],
        [byInstance(perSecond(counter('requestsRefused'))), 'refused {{instance}}']
      ]
    }
  ]
}

/** The dashboard as Grafana imports it. */
export function dashboardFile(): string {
  const panels: object[] = []
  const add = (panel: object, x: number, y: number, w: number, h: number) =>
    panels.push({ id: panels.length + 1, ...panel, gridPos: { x, y, w, h } })
  const figureWidth = GRID.width / FIGURES.length
  FIGURES.forEach((panel, n) => {
    add(figureOf(panel), n * figureWidth, 0, figureWidth, GRID.figure)
  })
  let y: number = GRID.figure
  for (const [title, charts] of Object.entries(CHARTS)) {
    add({ type: 'row', title, collapsed: false, panels: [] }, 0, y, GRID.width, 1)
    const width = GRID.width / CHARTS_A_ROW
    charts.forEach((panel, n) => {
      add(
        chartOf(panel),
        (n % CHARTS_A_ROW) * width,
        y + 1 + Math.floor(n / CHARTS_A_ROW) * GRID.chart,
        width,
        GRID.chart
      )
    })
    y += 1 + Math.ceil(charts.length / CHARTS_A_ROW) * GRID.chart
  }
  const dashboard = {
    title: 'tickcast',
    uid: 'tickcast',
    tags: ['tickcast', 'market data'],
    schemaVersion: 39,
    version: 1,
    editable: true,
    graphTooltip: 1,
    refresh: '10s',
    time: { from: 'now-1h', to: 'now' },
    timezone: 'browser',
    templating: {
      list: [
        { name: 'source', label: 'Data source', type: 'datasource', query: 'prometheus' },
        variable('job', 'Job', `label_values(${BUILD_INFO_METRIC}, job)`),
        variable('instance', 'Server', `label_values(${BUILD_INFO_METRIC}{job=~"$job"}, instance)`)
      ]
    },
    panels
  }
  return `${JSON.stringify(dashboard, null, 2)}\n`
}

function variable(name: string, label: string, query: string): object {
  const all = { includeAll: true, multi: true, current: { text: 'All', value: '$__all' } }
  return { name, label, type: 'query', datasource: SOURCE, query, definition: query, refresh: 2, sort: 1, ...all }
}

function figureOf({ title, help, unit, lines }: Panel): object {
  const options = { reduceOptions: { calcs: ['lastNotNull'] }, graphMode: 'area', colorMode: 'value' }
  return {
    type: 'stat',
    title,
    description: help,
    datasource: SOURCE,
    targets: targetsOf(lines),
    options,
    ...field(unit)
  }
}

function chartOf({ title, help, unit, lines }: Panel): object {
  const options = { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } }
  const targets = targetsOf(lines)
  return { type: 'timeseries', title, description: help, datasource: SOURCE, targets, options, ...field(unit) }
}

function field(unit: Unit): object {
  return { fieldConfig: { defaults: { unit, min: 0, custom: { lineWidth: 1, fillOpacity: 8 } }, overrides: [] } }
}

function targetsOf(lines: readonly Line[]): object[] {
  return lines.map(([expr, legendFormat], n) => ({
    refId: String.fromCharCode('A'.charCodeAt(0) + n),
    datasource: SOURCE,
    expr,
    legendFormat
  }))
}
