/** How are bars drawn so that they can be read on a light and on a dark page, without any library? */
import { rounded } from '../harness/statistics.ts'

/** One bar; `low` and `high` are the spread over the rounds. */
export interface Bar {
  /** Decides on the colour, and is named in the legend. */
  readonly series: string
  readonly value: number
  readonly low: number
  readonly high: number
}

export interface Group {
  readonly label: string
  readonly bars: readonly Bar[]
}

/** A set of bars that share a scale, from zero. */
export interface Panel {
  readonly title: string
  /** What is better, and in which unit. */
  readonly note: string
  readonly groups: readonly Group[]
}

const WIDTH = 840
const MARGIN = 24
const LABELS = 250
const VALUES = 70
const BAR = 13
const BAR_STEP = 17
const GROUP_GAP = 10
const PANEL_GAP = 30
const LINE = 18

/** Light and dark colours of each series, in the order in which they appear; readable for the colour-blind, too. */
const COLOURS = [
  ['#1d5fd1', '#6ea8fe'],
  ['#c2500a', '#f59a55'],
  ['#7a828e', '#9aa4b2'],
  ['#8a6d00', '#d9b93b'],
  ['#8b3fb0', '#c58be0'],
  ['#0f7b6c', '#4fc3b0']
] as const

/** Draws the panels below one another, with a legend above and a few lines of text below. */
export function drawPanels(title: string, panels: readonly Panel[], footer: readonly string[]): string {
  const series = [
    ...new Set(panels.flatMap(({ groups }) => groups.flatMap(({ bars }) => bars.map((bar) => bar.series))))
  ]
  const body: string[] = [text(MARGIN, MARGIN + 12, 'title', title)]
  let y = MARGIN + 38
  const rows = legendRows(series)
  for (const row of rows) {
    body.push(legend(row, series, y))
    y += LINE
  }
  y += 8
  for (const panel of panels) {
    body.push(drawPanel(panel, series, y))
    y += panelHeight(panel) + PANEL_GAP
  }
  for (const line of footer) {
    body.push(text(MARGIN, y, 'note', line))
    y += LINE
  }
  const height = y + 6
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="t">`,
    `<title id="t">${escaped(title)}</title>`,
    `<style>${styles(series.length)}</style>`,
    `<rect class="page" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="8"/>`,
    ...body,
    '</svg>\n'
  ].join('\n')
}

function drawPanel({ title, note, groups }: Panel, series: readonly string[], top: number): string {
  const parts = [text(MARGIN, top + 12, 'head', title), text(WIDTH - MARGIN, top + 12, 'note end', note)]
  const largest = Math.max(...groups.flatMap(({ bars }) => bars.map(({ high }) => high)))
  const left = MARGIN + LABELS
  const scale = (WIDTH - MARGIN - VALUES - left) / largest
  let y = top + 26
  for (const { label, bars } of groups) {
    parts.push(text(left - 10, y + (bars.length * BAR_STEP) / 2 + 2, 'label end', label))
    for (const { series: name, value, low, high } of bars) {
      const [width, from, to] = [value, low, high].map((one) => (one * scale).toFixed(1))
      const middle = y + BAR / 2
      parts.push(
        `<rect class="s${series.indexOf(name)}" x="${left}" y="${y}" width="${Math.max(1, Number(width))}" height="${BAR}" rx="2"><title>${escaped(name)}: ${rounded(value)}</title></rect>`,
        `<path class="spread" d="M${left + Number(from)} ${middle}H${left + Number(to)}"/>`,
        text(left + Math.max(Number(width), Number(to)) + 6, y + BAR - 2, 'value', rounded(value))
      )
      y += BAR_STEP
    }
    y += GROUP_GAP
  }
  parts.push(`<path class="axis" d="M${left} ${top + 22}V${y - GROUP_GAP}"/>`)
  return parts.join('\n')
}

function panelHeight({ groups }: Panel): number {
  return 26 + groups.reduce((sum, { bars }) => sum + bars.length * BAR_STEP + GROUP_GAP, 0) - GROUP_GAP
}

/** The names in as many rows as they need. */
function legendRows(series: readonly string[]): string[][] {
  const rows: string[][] = []
  let left = 0
  for (const name of series) {
    const row = rows.at(-1)
    if (row === undefined || left < entryWidth(name)) {
      rows.push([name])
      left = WIDTH - 2 * MARGIN
    } else row.push(name)
    left -= entryWidth(name)
  }
  return rows
}

function legend(names: readonly string[], series: readonly string[], y: number): string {
  let x = MARGIN
  return names
    .map((name) => {
      const box = `<rect class="s${series.indexOf(name)}" x="${x.toFixed(1)}" y="${y - 9}" width="11" height="11" rx="2"/>`
      const entry = `${box}\n${text(x + 17, y, 'label', name)}`
      x += entryWidth(name)
      return entry
    })
    .join('\n')
}

/** Letters are not measured, but none of the fonts is wider on the whole, px. */
function entryWidth(name: string): number {
  return 36 + name.length * 6.6
}

function styles(count: number): string {
  const fills = (mode: 0 | 1) =>
    COLOURS.slice(0, count)
      .map((pair, index) => `.s${index}{fill:${pair[mode]}}`)
      .join('')
  return [
    'text{font:12px system-ui,-apple-system,"Segoe UI",sans-serif;fill:#1f2328}',
    '.title{font-size:16px;font-weight:600}.head{font-size:13px;font-weight:600}.end{text-anchor:end}',
    '.note{fill:#59636e;font-size:11px}.value{font-variant-numeric:tabular-nums}',
    '.page{fill:#fff;stroke:#d1d9e0}.axis{stroke:#d1d9e0;fill:none}.spread{stroke:#1f2328;stroke-width:1.5;opacity:.55}',
    fills(0),
    '@media(prefers-color-scheme:dark){text{fill:#e6edf3}.note{fill:#9198a1}.page{fill:#0d1117;stroke:#3d444d}',
    `.axis{stroke:#3d444d}.spread{stroke:#e6edf3}${fills(1)}}`
  ].join('')
}

function text(x: number, y: number, name: string, content: string): string {
  return `<text class="${name}" x="${x.toFixed(1)}" y="${y.toFixed(1)}">${escaped(content)}</text>`
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
