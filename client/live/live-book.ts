import type { Level } from '../../src/protocol/market-data.ts'
import type { FeedHub } from '../feed-hub.ts'
import type { MarketError } from '../market-error.ts'
import { BookView } from './book-view.ts'
import { Live, type LiveOptions } from './live.ts'

export interface BookOptions extends LiveOptions {
  /** Levels a side; default `full`, all there are. */
  readonly depth?: 5 | 10 | 20 | 50 | 100 | 'full'
}

/** The order book of a symbol. */
export class LiveBook extends Live<BookView> {
  readonly #options: LiveOptions
  readonly #depth: number
  #view: BookView | undefined

  constructor(hub: FeedHub, symbol: string, { depth = 'full', ...options }: BookOptions) {
    super(hub, symbol)
    this.#options = options
    this.#depth = depth === 'full' ? Number.POSITIVE_INFINITY : depth
    this.hold(depth === 'full' ? `book:${symbol}` : `book:${symbol}:${depth}`, options)
  }

  get value(): BookView | undefined {
    const { feed } = this
    if (this.#view === undefined && feed?.newest !== undefined && feed.book !== undefined) {
      this.#view = new BookView(feed.book, this.#depth)
    }
    return this.#view
  }

  get bestBid(): Level | undefined {
    return this.value?.bestBid
  }

  get bestAsk(): Level | undefined {
    return this.value?.bestAsk
  }

  /** `[price, size]` of each level of a side as doubles, best first. */
  numbers(side: 'bids' | 'asks'): [price: number, size: number][] {
    return (this.value?.[side] ?? []).map(([price, size]) => [Number(price), Number(size)])
  }

  protected take(): void {
    if (!this.isClosed) this.#view = undefined
  }

  /** Where a book of that depth is not published, the whole book is cut to it here. */
  protected override refused(error: MarketError): void {
    const whole = `book:${this.symbol}`
    if (error.reason === 'unknownChannel' && this.channel !== whole) this.hold(whole, this.#options)
    else super.refused(error)
  }

  override close(): void {
    // Others may hold the book, and go on.
    void this.value
    super.close()
  }
}
