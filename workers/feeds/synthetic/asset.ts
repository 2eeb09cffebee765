import { Random } from './random.ts'
import { CURRENCIES, WELL_KNOWN } from './well-known-assets.ts'

export type AssetClass = 'equity' | 'fx' | 'crypto'

/** A name of the market: what it is and about what it costs. */
export interface Asset {
  readonly symbol: string
  readonly assetClass: AssetClass
  /** Assets of one sector move together. */
  readonly sector: string
  /** Price at the start, in quote currency. */
  readonly price: number
}

const EQUITY_SECTORS = ['technology', 'finance', 'consumer', 'health', 'energy'] as const
/** Tickers are made without vowels, as many real ones are; they cannot spell a word that way. */
const LETTERS = 'BCDFGHJKLMNPQRSTVWXZ'
const NAMES_SEED = 0x7469636b

/**
 * The first `count` assets of the market, most active first.
 *
 * The list does not depend on the market's seed and a shorter one is the beginning of a longer one, so that the n-th
 * symbol is the same in every session.
 */
export function assetsOf(count: number): Asset[] {
  const assets = WELL_KNOWN.slice(0, count).map(([symbol, sector, price]) => assetOf(symbol, sector, price))
  const taken = new Set(WELL_KNOWN.map(([symbol]) => symbol))
  const random = new Random(NAMES_SEED)
  const crosses = currencyCrosses().filter(({ symbol }) => !taken.has(symbol))
  while (assets.length < count) {
    // Of ten names one is a currency pair, as long as there are any, three are crypto and the rest are equities.
    const place = assets.length % 10
    const cross = place === 0 ? crosses.shift() : undefined
    const isCrypto = place % 3 === 2
    assets.push(cross ?? (isCrypto ? inventCrypto(random, taken) : inventEquity(random, taken)))
  }
  return assets
}

function assetOf(symbol: string, sector: string, price: number): Asset {
  return { symbol, assetClass: sector === 'fx' || sector === 'crypto' ? sector : 'equity', sector, price }
}

function inventEquity(random: Random, taken: Set<string>): Asset {
  const symbol = inventName(random, taken, '')
  const sector = EQUITY_SECTORS[random.below(EQUITY_SECTORS.length)] ?? 'finance'
  return assetOf(symbol, sector, 12 * Math.exp(random.next() * 3.5))
}

function inventCrypto(random: Random, taken: Set<string>): Asset {
  const symbol = inventName(random, taken, '-USD')
  return assetOf(symbol, 'crypto', 0.01 * Math.exp(random.next() * 9))
}

function inventName(random: Random, taken: Set<string>, suffix: string): string {
  for (;;) {
    let name = ''
    while (name.length < 4) name += LETTERS.charAt(random.below(LETTERS.length))
    name += suffix
    if (taken.has(name)) continue
    taken.add(name)
    return name
  }
}

function currencyCrosses(): Asset[] {
  return CURRENCIES.flatMap(([base, baseUsd], index) =>
    CURRENCIES.slice(index + 1).map(([quote, quoteUsd]) => assetOf(`${base}-${quote}`, 'fx', baseUsd / quoteUsd))
  )
}
