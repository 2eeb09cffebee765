import { producerMetric } from '../src/telemetry/metric-tables.ts'
import { counter, gauge, processMetric } from './metric-names.ts'

/** One alerting rule of Prometheus. */
export interface Alert {
  readonly name: string
  readonly expression: string
  /** How long it has to hold, e.g. `5m`. */
  readonly for: string
  readonly severity: 'critical' | 'warning' | 'info'
  /** One line, with the labels of Prometheus in it. */
  readonly summary: string
  /** What it means, and what to do. */
  readonly why: string
}

const AT = '{{ $labels.instance }}'
const PRODUCER = '{{ $labels.producer }}'

/** Every alert, the most urgent first. */
export const ALERTS: readonly Alert[] = [
  {
    name: 'TickcastAbsent',
    expression: `absent(${gauge('ready')})`,
    for: '2m',
    severity: 'critical',
    summary: 'Prometheus hears of no tickcast server',
    why: 'the process is gone, does not answer, or is not scraped'
  },
  {
    name: 'TickcastNotReady',
    expression: `${gauge('ready')} == 0`,
    for: '1m',
    severity: 'critical',
    summary: `${AT} is not ready`,
    why: 'a required producer does not deliver; `/ready` and `/ops` say which one, and why'
  },
  {
    name: 'TickcastProducerDown',
    expression: `${producerMetric('up')} == 0`,
    for: '1m',
    severity: 'warning',
    summary: `${PRODUCER} at ${AT} does not work`,
    why: 'its channels are stale; `/ready` and the log say why'
  },
  {
    name: 'TickcastProducerKeepsFailing',
    expression: `increase(${producerMetric('restarts')}[10m]) > 3`,
    for: '0m',
    severity: 'warning',
    summary: `${PRODUCER} at ${AT} fails again and again`,
    why: 'a producer crashes, hangs or takes too much memory; `/ready` and the log say why'
  },
  {
    name: 'TickcastMessagesDropped',
    expression: `increase(${counter('messagesDropped')}[5m]) > 0`,
    for: '0m',
    severity: 'critical',
    summary: `the queue of ${AT} was full`,
    why: 'the queue was full: events were lost to everybody'
  },
  {
    name: 'TickcastProducerDropped',
    expression: `increase(${producerMetric('dropped')}[5m]) > 0`,
    for: '0m',
    severity: 'critical',
    summary: `${PRODUCER} at ${AT} had to drop events`,
    why: 'a producer was faster than the server for longer than its backlog lasts: events were lost to everybody'
  },
  {
    name: 'TickcastEventLoopLate',
    expression: `${gauge('eventLoopDelayP99Seconds')} > 0.1`,
    for: '2m',
    severity: 'warning',
    summary: `the event loop of ${AT} is late`,
    why: 'the main thread is overloaded: fewer clients, channels or distinct subscriptions, or more nodes'
  },
  {
    name: 'TickcastEventLoopFull',
    expression: `rate(${processMetric('nodejs_eventloop_active_seconds_total')}[5m]) > 0.85`,
    for: '10m',
    severity: 'warning',
    summary: `the main thread of ${AT} has hardly any time left`,
    why: 'the main thread is near its capacity: the flush interval has grown, and the next clients make it late'
  },
  {
    name: 'TickcastHistoryHoles',
    expression: `increase(${counter('historyBatchesDropped')}[10m]) > 0`,
    for: '0m',
    severity: 'warning',
    summary: `history at ${AT} has holes`,
    why: 'trades and candles were not written: the disk is too slow or full, or the history thread died; the log says why'
  },
  {
    name: 'TickcastHistoryLate',
    expression: `${gauge('historyWriteLagSeconds')} > 30`,
    for: '2m',
    severity: 'warning',
    summary: `history at ${AT} is written late`,
    why: 'the disk does not keep up; before memory runs out, batches are left out, and leave holes'
  },
  {
    name: 'TickcastJobsRefused',
    expression: `increase(${counter('jobsRefused')}[5m]) > 0`,
    for: '0m',
    severity: 'warning',
    summary: `${AT} refuses computed answers`,
    why: 'more indicators, resampled candles and books are asked for than the job threads make; clients get 503'
  },
  {
    name: 'TickcastQueueNearlyFull',
    expression: `${gauge('queueHighWater')} / ${gauge('queueCapacity')} > 0.8`,
    for: '0m',
    severity: 'info',
    summary: `the queue of ${AT} was nearly full`,
    why: 'the queue was nearly full once since the start: the next burst may cost events'
  },
  {
    name: 'TickcastSlowClientsClosed',
    expression: `increase(${counter('slowClientsClosed')}[15m]) > 5`,
    for: '0m',
    severity: 'info',
    summary: `${AT} closes clients that are too slow`,
    why: 'clients or their networks are too slow for what they subscribe to'
  },
  {
    name: 'TickcastConnectionsRefused',
    expression: `increase(${counter('connectionsRefused')}[5m]) > 0`,
    for: '0m',
    severity: 'warning',
    summary: `${AT} refuses clients`,
    why: 'a limit on connections is reached'
  },
  {
    name: 'TickcastOperatorsRefused',
    expression: `increase(${counter('operatorsRefused')}[15m]) > 20`,
    for: '0m',
    severity: 'warning',
    summary: `somebody knocks at /ops of ${AT}`,
    why: 'somebody may be trying tokens; the log has the addresses'
  },
  {
    name: 'TickcastLogLinesDropped',
    expression: `increase(${counter('logLinesDropped')}[5m]) > 0`,
    for: '0m',
    severity: 'info',
    summary: `${AT} drops lines of its log`,
    why: 'whoever reads the log does not keep up'
  }
]

/** The rules as Prometheus reads them; every text is quoted as JSON does, which is YAML, too. */
export function alertsFile(): string {
  const rules = ALERTS.map(({ name, expression, for: duration, severity, summary, why }) =>
    [
      `      - alert: ${name}`,
      `        expr: ${JSON.stringify(expression)}`,
      `        for: ${duration}`,
      '        labels:',
      `          severity: ${severity}`,
      '        annotations:',
      `          summary: ${JSON.stringify(summary)}`,
      `          description: ${JSON.stringify(why)}`
    ].join('\n')
  )
  return `${['# Written by deploy/generate.ts.', 'groups:', '  - name: tickcast', '    rules:', ...rules].join('\n')}\n`
}
