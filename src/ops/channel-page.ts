import type { Catalog } from '../broadcast/catalog.ts'
import type { ChannelState } from '../broadcast/channel-state.ts'
import { type Lanes, subscribersOf } from '../gateway/lanes.ts'
import { isPattern, patternMatcher } from '../protocol/channel.ts'
import { OPS_ROWS, type OpsChannel, type OpsChannels } from '../protocol/ops-events.ts'

/** Which channels an operator wants to see. */
export interface ChannelWish {
  /** A pattern such as `quote:SIM:*`, or parts of the name in any case with `*` between them; empty for all. */
  readonly search: string
  readonly offset: number
  readonly onlyTroubled: boolean
}

/** Found channels up to which they are sorted by name; more of them stand in the order of declaration. */
const MAX_SORTED = 5_000

/** Least time between two looks that a rate is made of, ms. */
const MIN_RATE_MS = 500

/** A row as it was when it was looked at. */
interface Seen {
  readonly epoch: string
  readonly seq: number
  /** Monotonic ms. */
  readonly atMs: number
  readonly rate: number | null
}

/** A page of an operator's list of channels. Only its rows are looked at each second, not every channel. */
export class ChannelPage {
  readonly #catalog: Catalog
  readonly #lanes: Lanes
  #wish: ChannelWish = { search: '', offset: 0, onlyTroubled: false }
  #found: readonly ChannelState[] = []
  /** Channels of the catalog when `#found` was made; -1 for a wish that nothing was made for. */
  #foundIn = -1
  #seen = new Map<ChannelState, Seen>()

  constructor(catalog: Catalog, lanes: Lanes) {
    this.#catalog = catalog
    this.#lanes = lanes
  }

  get wish(): ChannelWish {
    return this.#wish
  }

  set wish(wish: ChannelWish) {
    const { search, onlyTroubled } = this.#wish
    if (wish.search !== search || wish.onlyTroubled !== onlyTroubled) this.#foundIn = -1
    this.#wish = wish
  }

  /** Looks for the channels, one a step, when there are new ones or another wish. */
  *find(): Generator<void> {
    const wish = this.#wish
    const { size } = this.#catalog
    // Quality changes without a sign; names only come.
    if (size === this.#foundIn && !wish.onlyTroubled) return
    const matches = matcherOf(wish.search)
    const found: ChannelState[] = []
    for (const channel of this.#catalog.channels()) {
      if ((!wish.onlyTroubled || isTroubled(channel)) && matches(channel.name)) found.push(channel)
      yield
    }
    // A wish that came meanwhile has a search of its own.
    if (wish !== this.#wish) return
    if (found.length <= MAX_SORTED) found.sort((a, b) => (a.name < b.name ? -1 : 1))
    this.#found = found
    this.#foundIn = size
  }

  /**
   * The rows as they are now.
   *
   * @param nowMs monotonic.
   * @param time since the Unix epoch, ms.
   */
  read(nowMs: number, time: number): OpsChannels {
    const { length } = this.#found
    const lastPage = Math.max(0, Math.ceil(length / OPS_ROWS) - 1) * OPS_ROWS
    const offset = Math.min(this.#wish.offset, lastPage)
    const rows = this.#found.slice(offset, offset + OPS_ROWS)
    this.#seen = new Map(rows.map((channel) => [channel, look(channel, this.#seen.get(channel), nowMs)]))
    const list = rows.map((channel) => this.#row(channel, time))
    return { count: this.#catalog.size, matched: length, offset, list }
  }

  #row(channel: ChannelState, time: number): OpsChannel {
    const { name, source, seq, ingestTime, quality, cause } = channel
    return {
      channel: name,
      source,
      messagesPerSecond: this.#seen.get(channel)?.rate ?? null,
      seq,
      ageMs: ingestTime === 0 ? null : Math.max(0, time - ingestTime),
      quality,
      cause,
      subscribers: subscribersOf(channel, this.#lanes)
    }
  }
}

/** A channel on demand that nobody holds rests, and is as it should be. */
function isTroubled({ quality, cause, isDormant }: ChannelState): boolean {
  return quality !== 'live' && !(isDormant && cause === 'starting')
}

function look({ epoch, seq }: ChannelState, before: Seen | undefined, nowMs: number): Seen {
  if (before === undefined || before.epoch !== epoch) return { epoch, seq, atMs: nowMs, rate: null }
  const passedMs = nowMs - before.atMs
  if (passedMs < MIN_RATE_MS) return before
  return { epoch, seq, atMs: nowMs, rate: ((seq - before.seq) * 1_000) / passedMs }
}

function matcherOf(search: string): (name: string) => boolean {
  if (search === '') return () => true
  if (isPattern(search)) return patternMatcher(search)
  const parts = search.toLowerCase().split(/\*+/)
  return (name) => holdsInOrder(name.toLowerCase(), parts)
}

function holdsInOrder(text: string, parts: readonly string[]): boolean {
  let from = 0
  for (const part of parts) {
    const at = text.indexOf(part, from)
    if (at < 0) return false
    from = at + part.length
  }
  return true
}
