import type { Candle } from '../../../src/protocol/market-data.ts'
import { ProtocolServer } from '../../support/protocol-server.ts'

const SYMBOL = 'LAB:GOLD'
const MINUTE_MS = 60_000
const FIRST_OPEN_TIME = 1_700_000_040_000

/** A server of one symbol's candles, with a history that knows everything at once. */
export class CandleServer extends ProtocolServer {
  readonly symbol = SYMBOL
  readonly channel = `candle:${SYMBOL}:1m`
  /** Requests for history, as their queries. */
  readonly reads: URLSearchParams[] = []
  /** Most candles answered at once. */
  mostCandles = 5_000
  /** While set, history cannot be read. */
  isHistoryDown = false
  #candles: Candle[] = []
  #step = 0

  constructor() {
    super()
    this.declare(this.channel)
    this.routes.set('/api/v1/candles', (query) => this.#read(query))
  }

  /** All candles, oldest first. */
  get candles(): readonly Candle[] {
    return this.#candles
  }

  /** Publishes the next steps of the candle in progress; each third one closes it. */
  tick(steps = 1, options: { readonly isLost?: boolean; readonly prev?: number } = {}): void {
    for (let count = 0; count < steps; count++) {
      const step = this.#step++
      const openTime = FIRST_OPEN_TIME + Math.floor(step / 3) * MINUTE_MS
      const prices = { open: '1', high: String(step), low: '1', close: String(step), vwap: '1' }
      const sizes = { volume: String(step), quoteVolume: '1', takerBuyVolume: '0', trades: 1 }
      const candle: Candle = { openTime, ...prices, ...sizes, closed: step % 3 === 2 }
      if (this.#candles.at(-1)?.openTime === openTime) this.#candles.pop()
      this.#candles.push(candle)
      this.publish(this.channel, candle, options)
    }
  }

  /** Lets go of all candles but the newest `count`. */
  keepNewest(count: number): void {
    this.#candles = this.#candles.slice(-count)
  }

  #read(query: URLSearchParams): unknown {
    this.reads.push(query)
    if (this.isHistoryDown) throw new Error('the history cannot be read')
    const to = Number(query.get('to') ?? Number.POSITIVE_INFINITY)
    const before = this.#candles.filter(({ openTime }) => openTime < to)
    const candles = before.slice(-Math.min(Number(query.get('limit')), this.mostCandles))
    const next = candles.length < before.length ? (candles[0]?.openTime ?? null) : null
    const position = { channel: this.channel, ...this.positionOf(this.channel), time: 0 }
    return { candles, next, position: position.seq === 0 ? null : position }
  }
}
