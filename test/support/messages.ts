import fc from 'fast-check'
import type { ChannelMessage } from '../../src/protocol/feed-message.ts'
import type { Book, Level } from '../../src/protocol/market-data.ts'

/** The `n`th quote of a symbol on venue SIM; its bid is `n`. */
export function quote(symbol: string, n: number): ChannelMessage {
  const data = { bid: String(n), bidSize: '1', ask: String(n + 1), askSize: '2' }
  return { channel: `quote:SIM:${symbol}`, exchangeTime: 1_000 + n, data }
}

/** The trade with id `n`. */
export function trade(symbol: string, n: number): ChannelMessage {
  const data = { id: String(n), price: '10', size: '1', side: 'buy' }
  return { channel: `trade:SIM:${symbol}`, exchangeTime: 1_000 + n, data }
}

export function bookSnapshot(symbol: string, data: Book): ChannelMessage {
  return { channel: `book:SIM:${symbol}`, exchangeTime: 1_000, isSnapshot: true, data }
}

export function bookDelta(symbol: string, data: Book): ChannelMessage {
  return { channel: `book:SIM:${symbol}`, exchangeTime: 1_000, data }
}

/** A book of bids only, e.g. `bids('10:1', '9:3')`. */
export function bids(...levels: readonly `${number}:${number}`[]): Book {
  return { bids: levels.map((level): Level => [level.split(':')[0] ?? '', level.split(':')[1] ?? '']), asks: [] }
}

/** An order book as two maps from price to size: slow, and plainly right as long as equal prices are spelled alike. */
export class BookOracle {
  readonly #sides = { bids: new Map<string, string>(), asks: new Map<string, string>() }

  load(book: Book): void {
    this.#sides.bids.clear()
    this.#sides.asks.clear()
    this.apply(book)
  }

  apply(delta: Book): void {
    for (const side of ['bids', 'asks'] as const) {
      for (const [price, size] of delta[side]) {
        if (Number(size) === 0) this.#sides[side].delete(price)
        else this.#sides[side].set(price, size)
      }
    }
  }

  /** Takes a message of a book channel as a feed hands it on. */
  take({ data, isSnapshot = false }: ChannelMessage): void {
    if (isSnapshot) this.load(data as Book)
    else this.apply(data as Book)
  }

  /** The levels of both sides, to be compared. */
  levels(): { readonly bids: Level[]; readonly asks: Level[] } {
    const { bids, asks } = this.#sides
    return {
      bids: [...bids].sort((a, b) => Number(b[0]) - Number(a[0])),
      asks: [...asks].sort((a, b) => Number(a[0]) - Number(b[0]))
    }
  }
}

const someLevels = fc.array(
  fc.tuple(fc.integer({ min: 1, max: 20 }).map(String), fc.constantFrom('0', '0.00', '1', '2', '3')),
  { maxLength: 6 }
)

/** Changed levels of a small book, removals among them, in no order, some prices twice. */
export const anyLevels = fc.record({ bids: someLevels, asks: someLevels })
