import { styleText } from 'node:util'
import type { WatchRow } from './watch-rows.ts'

/** What stands above the table. */
export interface WatchHeader {
  readonly url: string
  readonly connection: string
  readonly origins: readonly string[]
  readonly channelCount: number
  readonly ratePerSecond: number
  readonly gaps: number
  /** The newest notice of the server, or nothing. */
  readonly notice: string
}

export interface TableSize {
  readonly columns: number
  readonly rows: number
}

const SEQ_WIDTH = 9
const AGE_WIDTH = 6
const RATE_WIDTH = 7
const QUALITY_WIDTH = 24
const CHANNEL_WIDTH_MAX = 32
const GAP = '  '
/** Header, notice, column heads, and the line that counts what does not fit. */
const FIXED_LINES = 4

/** Draws the table as lines that fit `size`; a row more than fits is counted, not shown. */
export function watchTable(header: WatchHeader, rows: readonly WatchRow[], size: TableSize): readonly string[] {
  const channelWidth = Math.min(
    CHANNEL_WIDTH_MAX,
    rows.reduce((width, { channel }) => Math.max(width, channel.length), 7)
  )
  const fixed = channelWidth + SEQ_WIDTH + AGE_WIDTH + RATE_WIDTH + QUALITY_WIDTH + GAP.length * 5
  const widths = { channel: channelWidth, summary: Math.max(12, size.columns - fixed) }
  const shown = rows.slice(0, Math.max(0, size.rows - FIXED_LINES))
  const cut = (line: string): string => line.slice(0, size.columns)
  return [
    styled('bold', cut(headerLine(header))),
    cut(header.notice),
    styled('underline', cut(headsLine(widths))),
    ...shown.map((row) => (row.isDoubtful ? styled('gray', cut(rowLine(row, widths))) : cut(rowLine(row, widths)))),
    ...(shown.length < rows.length ? [styled('gray', cut(`… and ${rows.length - shown.length} more channels`))] : [])
  ]
}

interface Widths {
  readonly channel: number
  readonly summary: number
}

function headerLine({ url, connection, origins, channelCount, ratePerSecond, gaps }: WatchHeader): string {
  const parts = [
    'tickcast',
    url,
    connection,
    ...(origins.length === 0 ? [] : [origins.join(' + ').toUpperCase()]),
    `${channelCount.toLocaleString('en')} channels`,
    `${Math.round(ratePerSecond).toLocaleString('en')} updates/s`,
    ...(gaps === 0 ? [] : [`${gaps} gaps`])
  ]
  return parts.join(GAP)
}

function headsLine(widths: Widths): string {
  return lineOf(['channel', 'newest', 'seq', 'age', 'per s', 'quality'], widths)
}

function rowLine(row: WatchRow, widths: Widths): string {
  const rate = row.ratePerSecond.toFixed(row.ratePerSecond < 10 ? 1 : 0)
  return lineOf([row.channel, row.summary, String(row.seq), ageText(row.ageMs), rate, row.quality], widths)
}

function lineOf(cells: readonly [string, string, string, string, string, string], widths: Widths): string {
  const [channel, summary, seq, age, rate, quality] = cells
  return [
    fitted(channel, widths.channel),
    fitted(summary, widths.summary),
    seq.padStart(SEQ_WIDTH),
    age.padStart(AGE_WIDTH),
    rate.padStart(RATE_WIDTH),
    quality.slice(0, QUALITY_WIDTH)
  ].join(GAP)
}

function fitted(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text.padEnd(width)
}

/** Short enough for its column: `0.3s`, `12s`, `7m`, `26h`. */
export function ageText(ageMs: number | undefined): string {
  if (ageMs === undefined) return '–'
  const seconds = ageMs / 1_000
  if (seconds < 10) return `${seconds.toFixed(1)}s`
  if (seconds < 120) return `${Math.floor(seconds)}s`
  return seconds < 7_200 ? `${Math.floor(seconds / 60)}m` : `${Math.floor(seconds / 3_600)}h`
}

/** `styleText` leaves colours out by itself where NO_COLOR is set or the output is no terminal. */
function styled(style: 'bold' | 'gray' | 'underline', text: string): string {
  return styleText(style, text, { stream: process.stdout })
}
