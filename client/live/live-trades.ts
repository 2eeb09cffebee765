import type { Trade } from '../../src/protocol/market-data.ts'
import type { Update } from '../../src/protocol/server-events.ts'
import type { FeedHub } from '../feed-hub.ts'
import { Live } from './live.ts'

/** One execution, with the venue's time, ms since the Unix epoch. */
export type LiveTrade = Trade & { readonly exchangeTime: number }

export interface TradesOptions {
  /** Trades to hold; default 100. */
  readonly keep?: number
}

const KEEP = 100

/** The newest trades of a symbol. */
export class LiveTrades extends Live<readonly LiveTrade[]> {
  readonly #keep: number
  #trades: LiveTrade[] = []
  #value: readonly LiveTrade[] | undefined

  constructor(hub: FeedHub, symbol: string, { keep = KEEP }: TradesOptions) {
    super(hub, symbol)
    this.#keep = keep
    this.hold(`trade:${symbol}`, {})
  }

  /** Newest last. */
  get value(): readonly LiveTrade[] | undefined {
    if (this.#value === undefined && this.#trades.length > 0) this.#value = this.#trades.slice(-this.#keep)
    return this.#value
  }

  /** Price or size of the newest trade as a double; `NaN` before the first. */
  number(field: 'price' | 'size'): number {
    return Number(this.value?.at(-1)?.[field])
  }

  /** The same of every trade held, newest last. */
  numbers(field: 'price' | 'size'): number[] {
    return (this.value ?? []).map((trade) => Number(trade[field]))
  }

  /** Trades that are known to be lost: this client read too slowly, or was away for too long. */
  get missed(): number {
    return this.feed?.missed ?? 0
  }

  protected take({ type, data, exchangeTime }: Update): void {
    const trade = data as Trade
    // A snapshot is the newest trade, which may be the one that is shown already.
    if (type === 'snapshot' && this.#trades.at(-1)?.id === trade.id) return
    this.#trades.push({ ...trade, exchangeTime })
    this.#value = undefined
    if (this.#trades.length > 2 * this.#keep) this.#trades = this.#trades.slice(-this.#keep)
  }
}
