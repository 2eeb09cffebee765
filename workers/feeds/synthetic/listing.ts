import type { Asset, AssetClass } from './asset.ts'

/** How one symbol trades: its price and size grids, and how liquid and how lively it is. */
export interface Listing {
  readonly symbol: string
  readonly sector: string
  /** A tick is 10^-priceDecimals of the quote currency. */
  readonly priceDecimals: number
  readonly startTicks: number
  readonly sizeDecimals: number
  /** A lot is `lotUnits` × 10^-sizeDecimals of the base. */
  readonly lotUnits: number
  /** Mean size of a level, in lots. */
  readonly typicalLots: number
  /** The spread that market makers quote, in ticks. */
  readonly spreadTicks: number
  /** Mean distance between two levels, in ticks. */
  readonly gapTicks: number
  /** Levels a side. */
  readonly depth: number
  /** Multiple of an average equity's own volatility. */
  readonly volatility: number
  /** How much of a move of the whole market, and of its sector, this symbol makes. */
  readonly marketBeta: number
  readonly sectorBeta: number
}

interface ClassProfile {
  readonly depth: number
  readonly volatility: number
  readonly marketBeta: number
  /** Spread of the most active symbol, as a fraction of its price. */
  readonly tightestSpread: number
  /** Mean value of a level, in quote currency. */
  readonly levelValue: number
}

const PROFILES: Readonly<Record<AssetClass, ClassProfile>> = {
  equity: { depth: 10, volatility: 1, marketBeta: 1, tightestSpread: 0.00005, levelValue: 90_000 },
  fx: { depth: 12, volatility: 0.4, marketBeta: 0.1, tightestSpread: 0.00003, levelValue: 1_500_000 },
  crypto: { depth: 20, volatility: 1.5, marketBeta: 0.8, tightestSpread: 0.00005, levelValue: 25_000 }
}

/** The listing of an asset; `place` is its place by activity from 0: the less active, the wider the spread. */
export function listingOf(asset: Asset, place: number): Listing {
  const { symbol, assetClass, sector, price } = asset
  const { depth, volatility, marketBeta, tightestSpread, levelValue } = PROFILES[assetClass]
  const priceDecimals = priceDecimalsOf(assetClass, price)
  const startTicks = Math.round(price * 10 ** priceDecimals)
  const { sizeDecimals, lotUnits } = lotOf(assetClass, price)
  const spreadTicks = Math.max(1, Math.round(startTicks * tightestSpread * (1 + place) ** 0.3))
  return {
    symbol,
    sector,
    priceDecimals,
    startTicks,
    sizeDecimals,
    lotUnits,
    typicalLots: Math.max(2, Math.round((levelValue / (price * lotUnits)) * 10 ** sizeDecimals)),
    spreadTicks,
    gapTicks: Math.max(1, Math.round(spreadTicks * 0.6)),
    depth,
    volatility,
    marketBeta,
    sectorBeta: volatility * (assetClass === 'fx' ? dollarBeta(symbol) : 1)
  }
}

/** Equities tick in cents; the others in five or six significant digits, as most of their venues do. */
function priceDecimalsOf(assetClass: AssetClass, price: number): number {
  const magnitude = Math.floor(Math.log10(price))
  switch (assetClass) {
    case 'equity':
      return 2
    case 'fx':
      return Math.min(5, Math.max(2, 5 - magnitude))
    case 'crypto':
      return Math.min(8, Math.max(2, 4 - magnitude))
    default:
      return assetClass satisfies never
  }
}

function lotOf(assetClass: AssetClass, price: number): { sizeDecimals: number; lotUnits: number } {
  switch (assetClass) {
    case 'equity':
      // Round lots by price, after SEC Rule 600(b)(93) of Regulation NMS.
      return { sizeDecimals: 0, lotUnits: price <= 250 ? 100 : price <= 1_000 ? 40 : 10 }
    case 'fx':
      return { sizeDecimals: 0, lotUnits: 100_000 }
    case 'crypto': {
      // A lot is the power of ten that is worth 0.1 to 1 of the quote currency.
      const magnitude = Math.floor(Math.log10(price)) + 1
      return { sizeDecimals: Math.max(0, magnitude), lotUnits: 10 ** Math.max(0, -magnitude) }
    }
    default:
      return assetClass satisfies never
  }
}

/** The sector of currencies is the weakness of the dollar: it lifts EUR-USD, lowers USD-JPY, and leaves EUR-GBP. */
function dollarBeta(symbol: string): number {
  if (symbol.endsWith('-USD')) return 1
  return symbol.startsWith('USD-') ? -1 : 0
}
