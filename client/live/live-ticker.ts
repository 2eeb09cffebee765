import type { Ticker } from '../../src/protocol/market-data.ts'
import type { Update } from '../../src/protocol/server-events.ts'
import type { FeedHub } from '../feed-hub.ts'
import { Live, type LiveOptions } from './live.ts'

/** The rolling 24-hour statistics of a symbol. */
export class LiveTicker extends Live<Ticker> {
  #value: Ticker | undefined

  constructor(hub: FeedHub, symbol: string, options: LiveOptions) {
    super(hub, symbol)
    this.hold(`ticker:${symbol}`, options)
  }

  get value(): Ticker | undefined {
    return this.#value
  }

  /** A figure as a double; `NaN` before the first. */
  number(field: keyof Ticker): number {
    return Number(this.#value?.[field])
  }

  protected take(update: Update): void {
    this.#value = update.data as Ticker
  }
}
