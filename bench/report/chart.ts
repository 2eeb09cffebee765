/** Which figures say at a glance what tickcast costs and carries beside the others? */
import type { CaseResult, Latest } from './result-files.ts'
import type { Row } from './summary.ts'
import { drawPanels, type Group, type Panel } from './svg.ts'

/** Rows of a case as bars; `undefined` when the case was not run, or none of them is valid. */
interface PanelPlan {
  readonly title: string
  readonly note: string
  readonly metric: string
  readonly groups: readonly { readonly name: string; readonly shape: string; readonly label: string }[]
  /** Contenders left out. */
  readonly without?: readonly string[]
}

const PLANS: readonly PanelPlan[] = [
  {
    title: 'Server CPU per update delivered',
    note: 'µs, shorter is better',
    metric: 'cpuPerUpdate',
    groups: [
      { name: 'fan-out', shape: '1 update, all sets distinct', label: '1 update per client and flush' },
      { name: 'fan-out', shape: '10 updates, all sets distinct', label: '10 updates per client and flush' },
      { name: 'fan-out', shape: '50 updates, all sets distinct', label: '50 updates per client and flush' },
      { name: 'sparse', shape: 'one channel of 100 messages/s', label: '1,000 clients, one channel' },
      { name: 'sparse', shape: '20 of 500 symbols, 4 messages/s each', label: '2,000 clients, 20 of 500 symbols' }
    ],
    without: ['tickcast, native door']
  },
  {
    title: 'Highest rate with p99 ≤ 250 ms',
    note: 'updates/s to 100 clients that take all of 100 symbols, longer is better',
    metric: 'capacity',
    groups: [
      {
        name: 'capacity',
        shape: '100 clients take all of 100 symbols, p99 at most 250 ms',
        label: 'all of 100 symbols'
      }
    ]
  },
  {
    title: '/health while messages come in',
    note: 'p99 in ms, shorter is better',
    metric: 'restP99',
    groups: [
      { name: 'ingest', shape: '100,000 messages/s', label: '100,000 messages/s' },
      { name: 'ingest', shape: '200,000 messages/s', label: '200,000 messages/s' }
    ]
  },
  {
    title: 'Deviation from one message a second',
    note: 'p99 in ms, shorter is better',
    metric: 'deviationP99',
    groups: [
      {
        name: 'article',
        shape: 'four producers of one message a second each, REST at 200 requests/s',
        label: "the article's case"
      }
    ]
  }
]

/** The chart for the README, of the newest result of each case. */
export function drawChart(latest: Latest): string {
  const panels = PLANS.flatMap((plan) => panelOf(plan, latest) ?? [])
  const results = Object.values(latest).filter((result) => result !== undefined)
  const places = new Set(results.map(placeOf))
  const footer = ['Bars are medians, lines the spread over all rounds. npm run bench makes this chart anew.', ...places]
  return drawPanels('tickcast beside what one would use instead', panels, footer)
}

function panelOf({ title, note, metric, groups, without = [] }: PanelPlan, latest: Latest): Panel | undefined {
  const drawn = groups.flatMap(({ name, shape, label }): Group | [] => {
    const rows = latest[name]?.summary.rows.filter((row) => row.shape === shape && row.isValid) ?? []
    const bars = rows.filter(({ contender }) => !without.includes(contender)).flatMap((row) => barOf(row, metric) ?? [])
    return bars.length === 0 ? [] : { label, bars }
  })
  return drawn.length === 0 ? undefined : { title, note, groups: drawn }
}

function barOf({ contender, figures }: Row, metric: string) {
  const figure = figures[metric]
  return figure && { series: contender, value: figure.median, low: figure.min, high: figure.max }
}

function placeOf({ machine, isQuick, rounds, date }: CaseResult): string {
  const { cpu, cores, node, commit } = machine
  const quick = isQuick ? 'QUICK RUN, ROUGH FIGURES · ' : ''
  return `${quick}${cpu}, ${cores} cores · Node ${node} · commit ${commit} · ${rounds} rounds · ${date.slice(0, 10)}`
}
