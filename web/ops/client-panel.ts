import { type ClientOrder, OPS_ROWS, type OpsClient, type OpsFigures } from '../../client/ops/index.ts'
import { elementOf, setText } from './element.ts'
import { bytes, count, duration, many } from './format.ts'
import { type Column, KeyedTable } from './keyed-table.ts'

const ORDERS: readonly ClientOrder[] = ['backlog', 'channels', 'newest']

const ID: Column<OpsClient> = { head: 'Client', className: 'id', text: ({ id }) => id, title: ({ id }) => id }

/** The most telling ones first: what stands to the right is out of sight on narrow screens. */
const FURTHER: readonly Column<OpsClient>[] = [
  {
    head: 'Backlog',
    className: 'number',
    text: ({ backlogBytes }) => bytes(backlogBytes),
    tone: ({ behind }) => (behind === null ? '' : 'warn')
  },
  {
    head: 'Channels',
    className: 'number',
    text: ({ channels }) => count(channels),
    title: ({ patterns }) => (patterns === 0 ? '' : `${many(patterns, 'pattern')} among its subscriptions`)
  },
  { head: 'Transport', text: ({ transport }) => transport },
  { head: 'Address', text: ({ address }) => address.replace(/^::ffff:/, '') },
  { head: 'For', className: 'number', text: ({ connectedMs }) => duration(connectedMs) }
]

/** Beside the others, of those that do not follow the stream. */
const BEHIND: Column<OpsClient> = {
  head: 'Behind',
  className: 'number',
  text: ({ behind }) => (behind === null ? '' : `${duration(behind.ageMs)}, ${behind.reason}`),
  tone: () => 'warn'
}

export interface ClientPanelOptions {
  readonly onSearch: (search: string, order: ClientOrder) => void
  /** Asks to close a client. */
  readonly onKick: (client: OpsClient) => void
}

/** The clients: how many there are, who is slow, and the largest of those that are searched for. */
export class ClientPanel {
  readonly #count = elementOf('client-count', HTMLElement)
  readonly #summary = elementOf('client-summary', HTMLElement)
  readonly #slow = elementOf('slow-clients', HTMLElement)
  readonly #head = elementOf('client-list-head', HTMLElement)
  readonly #slowTable: KeyedTable<OpsClient>
  readonly #table: KeyedTable<OpsClient>

  constructor({ onSearch, onKick }: ClientPanelOptions) {
    const options = {
      columns: [ID, ...FURTHER],
      keyOf: ({ id }: OpsClient) => id,
      action: { text: 'Close', label: ({ id }: OpsClient) => `Close client ${id}`, run: onKick }
    }
    const slowTable = elementOf('slow-table', HTMLTableElement)
    this.#slowTable = new KeyedTable(slowTable, { ...options, columns: [ID, BEHIND, ...FURTHER], empty: 'nobody' })
    this.#table = new KeyedTable(elementOf('client-table', HTMLTableElement), { ...options, empty: 'no clients' })
    const search = elementOf('client-search', HTMLInputElement)
    const order = elementOf('client-order', HTMLSelectElement)
    const changed = () => onSearch(search.value, ORDERS.find((one) => one === order.value) ?? 'backlog')
    search.addEventListener('input', changed)
    order.addEventListener('change', changed)
  }

  /** Whether orders are taken. */
  set isActive(isActive: boolean) {
    this.#table.isActive = isActive
    this.#slowTable.isActive = isActive
  }

  show({ clients }: OpsFigures): void {
    const { byTransport, groups, slow, slowest, subscriptions, backlogBytes, matched, list } = clients
    setText(this.#count, count(clients.count))
    const transports = Object.entries(byTransport).map(([transport, amount]) => `${count(amount)} ${transport}`)
    const inUse = groups.filter((group) => group.count > 0)
    const rates = inUse.map((group) => `${count(group.count)} at ${group.rateHz} Hz`)
    const parts = [
      transports.join(', ') || 'nobody is connected',
      many(subscriptions, 'subscription'),
      inUse.length === 0 ? 'no groups' : `groups with the same channels: ${rates.join(', ')}`,
      `${bytes(backlogBytes)} unsent`,
      slow === 0 ? 'nobody is behind' : `${count(slow)} behind`
    ]
    setText(this.#summary, parts.join(' · '))
    this.#slow.hidden = slow === 0
    this.#slowTable.show(slowest)
    setText(this.#head, matched > OPS_ROWS ? `The first ${OPS_ROWS} of ${count(matched)}` : many(matched, 'client'))
    this.#table.show(list)
  }
}
