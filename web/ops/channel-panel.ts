import { OPS_ROWS, type OpsChannel, type OpsFigures } from '../../client/ops/index.ts'
import { elementOf, setText } from './element.ts'
import { count, duration, milliseconds, rate } from './format.ts'
import { type Column, KeyedTable } from './keyed-table.ts'

const TONES: Readonly<Record<string, string>> = {
  live: 'good',
  delayed: 'warn',
  recovering: 'warn',
  stale: 'bad',
  closed: 'dim'
}
/** Ages up to which the decimals matter, ms. */
const SHORT_MS = 10_000

const COLUMNS: readonly Column<OpsChannel>[] = [
  { head: 'Channel', className: 'id', text: ({ channel }) => channel, title: ({ source }) => `from ${source}` },
  {
    head: 'Quality',
    text: ({ quality, cause }) => (cause === 'none' ? quality : `${quality}: ${cause.replaceAll('_', ' ')}`),
    tone: ({ quality }) => TONES[quality] ?? ''
  },
  { head: 'Rate /s', className: 'number', text: ({ messagesPerSecond }) => rate(messagesPerSecond) },
  { head: 'Last seq', className: 'number', text: ({ seq }) => count(seq) },
  {
    head: 'Age',
    className: 'number',
    text: ({ ageMs }) => (ageMs === null || ageMs < SHORT_MS ? milliseconds(ageMs) : duration(ageMs))
  },
  { head: 'Clients', className: 'number', text: ({ subscribers }) => count(subscribers) }
]

/** What is asked of the server's list. */
export interface ChannelSearch {
  readonly search: string
  readonly onlyTroubled: boolean
  readonly offset: number
}

/** A page of the channels. */
export class ChannelPanel {
  readonly #count = elementOf('channel-count', HTMLElement)
  readonly #range = elementOf('channel-range', HTMLElement)
  readonly #before = elementOf('channel-before', HTMLButtonElement)
  readonly #after = elementOf('channel-after', HTMLButtonElement)
  readonly #search = elementOf('channel-search', HTMLInputElement)
  readonly #troubled = elementOf('channel-troubled', HTMLInputElement)
  readonly #table: KeyedTable<OpsChannel>
  #offset = 0

  constructor(onSearch: (search: ChannelSearch) => void) {
    this.#table = new KeyedTable(elementOf('channel-table', HTMLTableElement), {
      columns: COLUMNS,
      keyOf: ({ channel }) => channel,
      empty: 'no channel is found'
    })
    const ask = (offset: number) => {
      this.#offset = offset
      onSearch({ search: this.#search.value, onlyTroubled: this.#troubled.checked, offset })
    }
    this.#search.addEventListener('input', () => ask(0))
    this.#troubled.addEventListener('change', () => ask(0))
    this.#before.addEventListener('click', () => ask(Math.max(0, this.#offset - OPS_ROWS)))
    this.#after.addEventListener('click', () => ask(this.#offset + OPS_ROWS))
  }

  show({ channels: { count: all, matched, offset, list } }: OpsFigures): void {
    this.#offset = offset
    setText(this.#count, matched === all ? count(all) : `${count(matched)} of ${count(all)}`)
    const range = matched === 0 ? '' : `${count(offset + 1)}–${count(offset + list.length)} of ${count(matched)}`
    setText(this.#range, range)
    this.#before.disabled = offset === 0
    this.#after.disabled = offset + list.length >= matched
    this.#table.show(list)
  }
}
