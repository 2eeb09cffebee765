import { parseChannel } from '../../src/protocol/channel.ts'
import type { DeriveSymbol } from './derive-symbol.ts'

/** Whose statistics a channel's messages change, and how. */
export interface DeriveRoute {
  readonly kind: 'trade' | 'quote'
  readonly symbol: DeriveSymbol
}

/** Finds the symbol that a channel's messages concern; symbols are made when they are first met. */
export class DeriveRoutes {
  readonly #makeSymbol: (venue: string, symbol: string) => DeriveSymbol
  readonly #symbolLimit: number
  /** By `VENUE:SYMBOL`. */
  readonly #symbols = new Map<string, DeriveSymbol>()
  /** By channel; each name is taken apart once. */
  readonly #routes = new Map<string, DeriveRoute | 'none' | 'refused'>()
  #refusedCount = 0

  constructor(makeSymbol: (venue: string, symbol: string) => DeriveSymbol, symbolLimit: number) {
    this.#makeSymbol = makeSymbol
    this.#symbolLimit = symbolLimit
  }

  /** Times that a trade had no route because there were too many symbols. */
  get refusedCount(): number {
    return this.#refusedCount
  }

  /** Symbols that are derived from. */
  get size(): number {
    return this.#symbols.size
  }

  symbols(): Iterable<DeriveSymbol> {
    return this.#symbols.values()
  }

  /** `undefined` for a further one when there are as many symbols as allowed. */
  symbolOf(venue: string, symbol: string): DeriveSymbol | undefined {
    const name = `${venue}:${symbol}`
    const known = this.#symbols.get(name)
    if (known !== undefined || this.#symbols.size >= this.#symbolLimit) return known
    const made = this.#makeSymbol(venue, symbol)
    this.#symbols.set(name, made)
    return made
  }

  /**
   * The route of a channel of the feed; `undefined` when nothing follows from its messages.
   *
   * A candle or ticker channel says that the feed makes these for the symbol: they are left to it.
   */
  find(channel: string): DeriveRoute | undefined {
    let route = this.#routes.get(channel)
    if (route === undefined) {
      route = this.#made(channel)
      this.#routes.set(channel, route)
    }
    if (typeof route === 'object') return route
    if (route === 'refused') this.#refusedCount += 1
    return undefined
  }

  #made(channel: string): DeriveRoute | 'none' | 'refused' {
    const kind = channel.slice(0, channel.indexOf(':'))
    if (kind !== 'trade' && kind !== 'quote' && kind !== 'candle' && kind !== 'ticker') return 'none'
    const name = parseChannel(channel)
    if (name === undefined) return 'none'
    const symbol = this.symbolOf(name.venue, name.symbol)
    if (symbol === undefined) return kind === 'trade' ? 'refused' : 'none'
    if (kind === 'candle' || kind === 'ticker') {
      symbol.leave(kind)
      return 'none'
    }
    return name.param === undefined ? { kind, symbol } : 'none'
  }
}
