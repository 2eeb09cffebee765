import type { ChannelMessage } from '../../../src/protocol/feed-message.ts'
import { Activity, type Group } from './activity.ts'
import { assetsOf } from './asset.ts'
import { DecimalText } from './decimal-text.ts'
import { FactorWalk } from './factor-walk.ts'
import { Instrument } from './instrument.ts'
import { listingOf } from './listing.ts'
import type { SymbolChannels } from './message-writer.ts'
import { Random } from './random.ts'
import { WeightedPick } from './weighted-pick.ts'

const VENUE = 'SIM'
const MARKET_STEP_DEVIATION = 0.000006
const SECTOR_STEP_DEVIATION = 0.00001
const LONG_RUN_DEVIATION = 0.02

/**
 * A whole simulated market without a clock: what it generates is a function of seed and number of symbols alone.
 *
 * First every symbol opens, the most active one first; then one symbol after the other makes a step. The messages of
 * a step belong together and are true together: trade, then the book levels it changed, then the new top of the book.
 */
export class SyntheticMarket {
  /** The channels of all symbols, most active first. */
  readonly channels: readonly SymbolChannels[]
  readonly #random: Random
  readonly #market = new FactorWalk(MARKET_STEP_DEVIATION, LONG_RUN_DEVIATION)
  readonly #activity: Activity<Instrument>
  /** Still to open, the next one last. */
  readonly #unopened: Instrument[]

  constructor(seed: number, symbols: number) {
    this.#random = new Random(seed)
    const sectorWalks = new Map<string, FactorWalk>()
    const instruments = this.#listAll(symbols, sectorWalks)
    const sectors = [...sectorWalks].map(([sector, walk]) => groupOf(walk, instruments, sector))
    this.channels = instruments.map((instrument) => instrument.channels)
    this.#activity = new Activity(this.#random, groupOf(this.#market, instruments), sectors)
    this.#unopened = instruments.toReversed()
  }

  /** Appends the next group of messages, 1 to 5, to `batch`, stamped with `exchangeTime` (ms since the epoch). */
  next(exchangeTime: number, batch: ChannelMessage[]): void {
    const opening = this.#unopened.pop()
    if (opening !== undefined) {
      opening.open(exchangeTime, batch)
      return
    }
    const instrument = this.#activity.next()
    this.#market.advance(this.#random)
    instrument.step(this.#activity.isFlurry, exchangeTime, batch)
  }

  #listAll(symbols: number, sectorWalks: Map<string, FactorWalk>): Instrument[] {
    const texts = new Map<string, DecimalText>()
    return assetsOf(symbols).map((asset, place) => {
      const listing = listingOf(asset, place)
      const { priceDecimals, sizeDecimals, lotUnits } = listing
      return new Instrument(listing, VENUE, {
        random: this.#random,
        market: this.#market,
        sector: ensure(sectorWalks, asset.sector, () => new FactorWalk(SECTOR_STEP_DEVIATION, LONG_RUN_DEVIATION)),
        text: {
          price: ensure(texts, `${priceDecimals}`, () => new DecimalText(priceDecimals)),
          size: ensure(texts, `${sizeDecimals}×${lotUnits}`, () => new DecimalText(sizeDecimals, lotUnits))
        }
      })
    })
  }
}

/** The instruments of a sector, or all of them. */
function groupOf(walk: FactorWalk, instruments: readonly Instrument[], sector?: string): Group<Instrument> {
  const entries = [...instruments.entries()].filter(([, { sector: own }]) => sector === undefined || own === sector)
  const members = new WeightedPick(
    entries.map(([, instrument]) => instrument),
    entries.map(([place]) => place)
  )
  return { walk, members }
}

function ensure<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  const value = map.get(key) ?? make()
  map.set(key, value)
  return value
}
