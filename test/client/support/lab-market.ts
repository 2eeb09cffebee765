/** Steps of the laboratory's market within one candle. */
const STEPS_PER_CANDLE = 200
const FIRST_OPEN_TIME = 1_700_000_040_000
const LEVELS = 300

/** A number that looks like chance, the same each time. */
function mixed(n: number): number {
  let value = Math.imul(n ^ (n >>> 15), 0x2c1b3c6d)
  value = Math.imul(value ^ (value >>> 12), 0x297a2d39)
  return (value ^ (value >>> 15)) >>> 0
}

function priceAt(step: number): string {
  return (100 + (mixed(step) % 1_000) / 100).toFixed(2)
}

/** The quote after a step: a function of its number alone, so that every value can be checked by itself. */
export function quoteAt(step: number) {
  const bid = 50 + (mixed(step) % 1_000) / 100
  return { bid: bid.toFixed(2), bidSize: String(step), ask: (bid + 0.5).toFixed(1), askSize: '1', venueSeq: step }
}

/** The trade of a step. */
export function tradeAt(step: number) {
  return { id: String(step), price: priceAt(step), size: '1', side: step % 2 === 0 ? 'buy' : 'sell' }
}

/** The levels that a step changes: some are new, some get another size, some go; prices have one or two decimals. */
function deltaAt(step: number) {
  const bids: [string, string][] = []
  const asks: [string, string][] = []
  for (let change = 0; change < 3; change++) {
    const random = mixed(step * 3 + change)
    const place = random % LEVELS
    const size = (random >>> 10) % 4 === 0 ? '0' : String((random >>> 12) % 100)
    const price = place * 0.05
    if (change === 1) asks.push([(20 + price).toFixed(2), size])
    else bids.push([(19.95 - price).toFixed(place % 2 === 0 ? 2 : 3), size])
  }
  return { bids, asks, venueSeq: step }
}

/** The candle in progress at a step. */
function candleAt(step: number) {
  const first = step - (step % STEPS_PER_CANDLE)
  const prices = Array.from({ length: step - first + 1 }, (_, index) => priceAt(first + index))
  const sorted = [...prices].sort((a, b) => Number(a) - Number(b))
  const close = prices.at(-1) ?? ''
  return {
    ...{ openTime: FIRST_OPEN_TIME + (first / STEPS_PER_CANDLE) * 60_000, open: prices[0] ?? '', close },
    ...{ high: sorted.at(-1) ?? '', low: sorted[0] ?? '', volume: String(prices.length), quoteVolume: String(step) },
    ...{
      trades: prices.length,
      takerBuyVolume: '0',
      vwap: close,
      closed: step % STEPS_PER_CANDLE === STEPS_PER_CANDLE - 1
    }
  }
}

/** Channels of one symbol. */
export function labChannels(symbol: string): string[] {
  return ['quote', 'trade', 'book'].map((kind) => `${kind}:LAB:${symbol}`).concat(`candle:LAB:${symbol}:1m`)
}

/**
 * A producer of that market: it dies when it is told to go, and begins from step 0 again.
 *
 * @param perTurn steps in 10 ms.
 */
export function labProducer(symbols: readonly string[], perTurn: number): string {
  return `
    const STEPS_PER_CANDLE = ${STEPS_PER_CANDLE}
    const FIRST_OPEN_TIME = ${FIRST_OPEN_TIME}
    const LEVELS = ${LEVELS}
    ${[mixed, priceAt, quoteAt, tradeAt, deltaAt, candleAt, labChannels].join('\n')}
    const symbols = ${JSON.stringify(symbols)}
    export default {
      channels: symbols.flatMap(labChannels),
      async *messages() {
        for (let step = 0; ; step++) {
          const messages = symbols.flatMap((symbol) => {
            const [quote, trade, book, candle] = labChannels(symbol)
            return [
              { channel: quote, data: quoteAt(step) },
              { channel: trade, data: tradeAt(step) },
              { channel: book, data: deltaAt(step), isSnapshot: step === 0 },
              ...(step % 20 === 19 ? [{ channel: candle, data: candleAt(step) }] : [])
            ]
          })
          yield messages
          if (step % ${perTurn} === 0) await wait(10)
          if (isToldToGo()) throw new Error('told to die')
        }
      }
    }`
}

/** Books by step, made the slow and obvious way. */
export class LabBooks {
  readonly #sides = { bids: new Map<number, string>(), asks: new Map<number, string>() }
  readonly #texts: string[] = []
  readonly #depth: number

  constructor(depth: number) {
    this.#depth = depth
  }

  /** The best levels after a step, as `[price as a number, size]`. */
  at(step: number): string {
    for (let next = this.#texts.length; next <= step; next++) {
      const { bids, asks } = deltaAt(next)
      this.#apply('bids', bids)
      this.#apply('asks', asks)
      this.#texts.push(JSON.stringify({ bids: this.#best('bids', -1), asks: this.#best('asks', 1) }))
    }
    return this.#texts[step] ?? ''
  }

  #apply(side: 'bids' | 'asks', levels: readonly (readonly [string, string])[]): void {
    for (const [price, size] of levels) {
      if (Number(size) === 0) this.#sides[side].delete(Number(price))
      else this.#sides[side].set(Number(price), size)
    }
  }

  #best(side: 'bids' | 'asks', order: 1 | -1): [number, string][] {
    return [...this.#sides[side]].sort((a, b) => order * (a[0] - b[0])).slice(0, this.#depth)
  }
}
