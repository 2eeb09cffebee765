import type { ChannelMessage } from '../../../src/protocol/feed-message.ts'
import { BookSide } from './book-side.ts'
import type { DecimalText } from './decimal-text.ts'
import { FactorWalk } from './factor-walk.ts'
import type { Listing } from './listing.ts'
import { MessageWriter, type SymbolChannels } from './message-writer.ts'
import { OrderFlow } from './order-flow.ts'
import type { Random } from './random.ts'

const OWN_STEP_DEVIATION = 0.00001
const OWN_LONG_RUN_DEVIATION = 0.03
const TRADE_PROBABILITY = 0.22
const FLURRY_TRADE_PROBABILITY = 0.4

/** What an instrument shares with others. */
interface InstrumentContext {
  readonly random: Random
  readonly market: FactorWalk
  readonly sector: FactorWalk
  readonly text: { readonly price: DecimalText; readonly size: DecimalText }
}

/**
 * One simulated symbol: a fair value that nobody sees, and an order book that follows it.
 *
 * The fair value is start × e^(βm·market + βs·sector + own), so that symbols move together as far as their betas say.
 * Between the steps of a symbol its book stands still, as an inactive symbol's does.
 */
export class Instrument {
  readonly sector: string
  readonly channels: SymbolChannels
  readonly #listing: Listing
  readonly #context: InstrumentContext
  readonly #own: FactorWalk
  readonly #flow: OrderFlow
  readonly #writer: MessageWriter

  constructor(listing: Listing, venue: string, context: InstrumentContext) {
    const { symbol, sector, depth, gapTicks, volatility } = listing
    const sides = { bids: new BookSide(-1, depth, gapTicks), asks: new BookSide(1, depth, gapTicks) }
    this.sector = sector
    this.channels = {
      trade: `trade:${venue}:${symbol}`,
      quote: `quote:${venue}:${symbol}`,
      book: `book:${venue}:${symbol}`
    }
    this.#listing = listing
    this.#context = context
    this.#own = new FactorWalk(OWN_STEP_DEVIATION * volatility, OWN_LONG_RUN_DEVIATION * volatility)
    this.#flow = new OrderFlow(listing, sides, context.random)
    this.#writer = new MessageWriter(this.channels, sides, context.text)
  }

  /** Appends the first messages of the session: book snapshot and quote, then a trade and what it changes. */
  open(exchangeTime: number, batch: ChannelMessage[]): void {
    const fairTicks = this.#fairTicks()
    this.#flow.open(fairTicks)
    this.#writer.snapshot(exchangeTime, batch)
    this.#trade(fairTicks, exchangeTime, batch)
    this.#flow.maintain()
    this.#writer.delta(exchangeTime, batch)
  }

  /** Lets one thing happen and appends its messages: a trade or not, changed levels, the quote if the top changed. */
  step(isFlurry: boolean, exchangeTime: number, batch: ChannelMessage[]): void {
    const { random, sector } = this.#context
    sector.advance(random)
    this.#own.advance(random)
    const fairTicks = this.#fairTicks()
    if (random.next() < (isFlurry ? FLURRY_TRADE_PROBABILITY : TRADE_PROBABILITY)) {
      this.#trade(fairTicks, exchangeTime, batch)
    } else if (!this.#flow.reprice(fairTicks)) {
      this.#flow.shuffle()
    }
    this.#flow.maintain()
    this.#writer.delta(exchangeTime, batch)
  }

  #fairTicks(): number {
    const { startTicks, marketBeta, sectorBeta } = this.#listing
    const { market, sector } = this.#context
    return startTicks * Math.exp(marketBeta * market.value + sectorBeta * sector.value + this.#own.value)
  }

  /** An aggressive order takes from the touch. Each side holds several levels, so this never empties one. */
  #trade(fairTicks: number, exchangeTime: number, batch: ChannelMessage[]): void {
    const side = this.#flow.drawAggressed(fairTicks)
    const lots = this.#flow.drawTaken(side)
    this.#writer.trade(side, lots, exchangeTime, batch)
    side.set(side.best, side.levels.sizeAt(0) - lots)
  }
}
