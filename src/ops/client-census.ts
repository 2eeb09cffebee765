import type { Lanes } from '../gateway/lanes.ts'
import type { Subscriber } from '../gateway/subscriber.ts'
import { type ClientOrder, OPS_ROWS, type OpsClient, type OpsClients } from '../protocol/ops-events.ts'

/** Which clients an operator wants to see. */
export interface ClientWish {
  /** A part of id, address or transport, in lower case; empty for all. */
  readonly search: string
  readonly order: ClientOrder
}

/** The first few of many rows by a rank, without sorting them all. */
class TopRows {
  readonly #rows: { readonly rank: number; readonly subscriber: Subscriber }[] = []

  offer(rank: number, subscriber: Subscriber): void {
    const rows = this.#rows
    const last = rows[OPS_ROWS - 1]
    if (last !== undefined && last.rank >= rank) return
    let place = rows.length
    while (place > 0 && (rows[place - 1]?.rank ?? 0) < rank) place -= 1
    rows.splice(place, 0, { rank, subscriber })
    if (rows.length > OPS_ROWS) rows.pop()
  }

  clients(nowMs: number): OpsClient[] {
    return this.#rows.map(({ subscriber }) => clientOf(subscriber, nowMs))
  }
}

interface Selection {
  readonly wish: ClientWish
  readonly rows: TopRows
  matched: number
}

/** One count of all clients, for as many operators as look: taken step by step, so that clients are not held up. */
export class ClientCensus {
  readonly #selections: readonly Selection[]
  readonly #slowest = new TopRows()
  readonly #byTransport: Record<string, number> = {}
  #count = 0
  #subscriptions = 0
  #slow = 0
  #backlogBytes = 0

  constructor(wishes: readonly ClientWish[]) {
    this.#selections = wishes.map((wish) => ({ wish, rows: new TopRows(), matched: 0 }))
  }

  /** Counts one client a step. */
  *take(subscribers: Iterable<Subscriber>): Generator<void> {
    for (const subscriber of subscribers) {
      this.#take(subscriber)
      yield
    }
  }

  /** What the operator whose wish stands at this place gets to see. */
  read(place: number, lanes: Lanes, nowMs: number): OpsClients {
    const selection = this.#selections[place]
    return {
      count: this.#count,
      subscriptions: this.#subscriptions,
      byTransport: this.#byTransport,
      groups: lanes.all().map(({ rateHz, cohorts }) => ({ rateHz, count: cohorts.count })),
      slow: this.#slow,
      backlogBytes: this.#backlogBytes,
      slowest: this.#slowest.clients(nowMs),
      matched: selection?.matched ?? 0,
      list: selection?.rows.clients(nowMs) ?? []
    }
  }

  #take(subscriber: Subscriber): void {
    const { connection, behind, channelCount, openedMs } = subscriber
    const { backlogBytes } = connection
    const transport = transportOf(subscriber)
    this.#count += 1
    this.#subscriptions += channelCount
    this.#backlogBytes += backlogBytes
    this.#byTransport[transport] = (this.#byTransport[transport] ?? 0) + 1
    if (behind !== undefined) {
      this.#slow += 1
      this.#slowest.offer(backlogBytes, subscriber)
    }
    const ranks: Readonly<Record<ClientOrder, number>> = {
      backlog: backlogBytes,
      channels: channelCount,
      newest: openedMs
    }
    for (const selection of this.#selections) {
      if (!isFound(subscriber, transport, selection.wish.search)) continue
      selection.matched += 1
      selection.rows.offer(ranks[selection.wish.order], subscriber)
    }
  }
}

function isFound({ connection }: Subscriber, transport: string, search: string): boolean {
  if (search === '') return true
  return [connection.id, connection.address, transport].some((text) => text.toLowerCase().includes(search))
}

function transportOf({ connection: { door, transport } }: Subscriber): string {
  return door === transport ? door : `${door} ${transport}`
}

function clientOf(subscriber: Subscriber, nowMs: number): OpsClient {
  const { connection, channelCount, patterns, openedMs, behind } = subscriber
  return {
    id: connection.id,
    address: connection.address,
    transport: transportOf(subscriber),
    channels: channelCount,
    patterns: patterns.size,
    backlogBytes: connection.backlogBytes,
    connectedMs: Math.round(nowMs - openedMs),
    behind: behind === undefined ? null : { reason: behind.reason, ageMs: Math.round(nowMs - behind.sinceMs) }
  }
}
