import type { BestPrices } from '../market/order-book.ts'

const PRICE_WIDTH = 10
const SIZE_WIDTH = 9
const UNKNOWN = '–'

/** The main fields of a payload in one line; anything of an unknown kind as it came. */
export function payloadSummary(kind: string, data: unknown): string {
  const field = fieldsOf(data)
  switch (kind) {
    case 'quote':
      return touch(field('bid'), field('bidSize'), field('ask'), field('askSize'))
    case 'trade':
      return `${field('side').padEnd(4)}${field('price').padStart(PRICE_WIDTH)} × ${field('size')}`
    case 'candle':
      return ['open', 'high', 'low', 'close', 'volume'].map((name) => `${name} ${field(name)}`).join('  ')
    case 'ticker':
      return `last${field('last').padStart(PRICE_WIDTH)}  ${field('changePercent')}%  volume ${field('volume')}`
    default:
      return JSON.stringify(data) ?? UNKNOWN
  }
}

/** The top of an order book and how deep it is. */
export function bookSummary({ bid, bidSize, ask, askSize }: BestPrices, levels: number): string {
  return `${touch(bid, bidSize, ask, askSize)}  ${levels} levels`
}

function touch(bid = UNKNOWN, bidSize = UNKNOWN, ask = UNKNOWN, askSize = UNKNOWN): string {
  const bidText = `${bidSize.padStart(SIZE_WIDTH)} × ${bid.padStart(PRICE_WIDTH)}`
  return `${bidText} │ ${ask.padEnd(PRICE_WIDTH)} × ${askSize.padEnd(SIZE_WIDTH)}`
}

function fieldsOf(data: unknown): (name: string) => string {
  const fields = new Map(typeof data === 'object' && data !== null ? Object.entries(data) : [])
  return (name) => String(fields.get(name) ?? UNKNOWN)
}
