import type { Quote } from '../../src/protocol/market-data.ts'
import type { Update } from '../../src/protocol/server-events.ts'
import type { FeedHub } from '../feed-hub.ts'
import { Live, type LiveOptions } from './live.ts'

/** Best bid and offer with its times, ms since the Unix epoch. */
export type QuoteValue = Quote & { readonly exchangeTime: number; readonly ingestTime: number }

/** The best bid and offer of a symbol. */
export class LiveQuote extends Live<QuoteValue> {
  #update: Update | undefined
  #value: QuoteValue | undefined

  constructor(hub: FeedHub, symbol: string, options: LiveOptions) {
    super(hub, symbol)
    this.hold(`quote:${symbol}`, options)
  }

  get value(): QuoteValue | undefined {
    const update = this.#update
    if (update !== undefined && this.#value === undefined) {
      const { data, exchangeTime, ingestTime } = update
      this.#value = { ...(data as Quote), exchangeTime, ingestTime }
    }
    return this.#value
  }

  /** A price or size as a double; `NaN` before the first. */
  number(field: 'bid' | 'bidSize' | 'ask' | 'askSize'): number {
    return Number(this.value?.[field])
  }

  protected take(update: Update): void {
    this.#update = update
    this.#value = undefined
  }
}
