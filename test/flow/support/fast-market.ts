import type { Trade } from '../../../src/protocol/market-data.ts'
import { summarise, type TimedTrade } from '../../market/candle-oracle.ts'

/** Where the market's time begins: 2026-01-05 00:00 UTC. */
const MARKET_START_MS = Date.UTC(2026, 0, 5)
export const FAST_TRADES = 'trade:LAB:FAST'
/** Trades in a second of the market's time. */
const TRADES_PER_SECOND = 5

/** The same number between 0 and 1 for the same pair. */
function noise(n: number, salt: number): number {
  const mixed = Math.imul(n ^ (salt * 0x9e3779b1), 0x85ebca6b)
  const again = Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae35)
  return ((again ^ (again >>> 16)) >>> 0) / 2 ** 32
}

/** A late trade corrects a candle at once, while the one in progress may be told of a moment later. */
function isLate(n: number): boolean {
  return n % 41 === 40
}

/**
 * The n-th trade of a market that is the same each time: some share their millisecond, some come up to three seconds
 * late, and now and then nothing is traded for some seconds.
 */
export function fastTrade(n: number): TimedTrade {
  const second = Math.floor(n / TRADES_PER_SECOND)
  const place = n % TRADES_PER_SECOND
  // One second in four is left out, with the trades of the next one coming twice as thick.
  const inSecond = second % 4 === 2 ? second + 1 : second
  const lateMs = isLate(n) ? Math.floor(noise(n, 3) * 3_000) : 0
  const timeMs =
    MARKET_START_MS + inSecond * 1_000 + Math.floor((place * 1_000) / TRADES_PER_SECOND / 250) * 250 - lateMs
  const price = (100 + 20 * Math.sin(n / 900) + noise(n, 1)).toFixed(2)
  const size = (0.001 + Math.floor(noise(n, 2) * 900) / 1_000).toFixed(3)
  const trade: Trade = { id: String(n), price, size, side: noise(n, 4) < 0.5 ? 'buy' : 'sell' }
  return { timeMs: Math.max(MARKET_START_MS, timeMs), trade }
}

/** The source of a producer that plays this market, `speed` times as fast as time goes, on from where `next` says. */
export function fastProducer(next: string, speed: number): string {
  return `
    import { readFileSync } from 'node:fs'
    import { fastTrade } from '${import.meta.url}'
    export default {
      channels: ['${FAST_TRADES}'],
      async *messages({ signal }) {
        const startMs = performance.now()
        let n = existsSync('${next}') ? Number(readFileSync('${next}', 'utf8')) : 0
        const first = n
        while (!signal.aborted) {
          await wait(2)
          const due = first + (performance.now() - startMs) * ${(speed * TRADES_PER_SECOND) / 1_000}
          const batch = []
          for (; n < due; n++) {
            const { timeMs, trade } = fastTrade(n)
            batch.push({ channel: '${FAST_TRADES}', exchangeTime: timeMs, data: trade })
          }
          yield batch
        }
      }
    }`
}

/** The candles of an interval, worked out from all trades of the market. */
export class FastCandles {
  readonly #lengthMs: number
  readonly #byOpenTime = new Map<number, { readonly n: number; readonly timed: TimedTrade }[]>()
  readonly #summaries = new Map<string, ReturnType<typeof summarise>>()

  constructor(lengthMs: number, count: number) {
    this.#lengthMs = lengthMs
    for (let n = 0; n < count; n++) {
      const timed = fastTrade(n)
      const openTime = timed.timeMs - (timed.timeMs % this.#lengthMs)
      const list = this.#byOpenTime.get(openTime) ?? []
      list.push({ n, timed })
      this.#byOpenTime.set(openTime, list)
    }
  }

  /** Number of the newest trade that came in time, of the first `count` of a candle. */
  arrival(openTime: number, count: number): number {
    const inTime = (this.#byOpenTime.get(openTime) ?? []).slice(0, count).filter(({ n }) => !isLate(n))
    return inTime.at(-1)?.n ?? -1
  }

  /** How many trades a candle had when trade `n` had come. */
  countAt(openTime: number, n: number): number {
    return (this.#byOpenTime.get(openTime) ?? []).filter((one) => one.n <= n).length
  }

  /** All candles from one to another that had begun when trade `n` had come. */
  openTimes(from: number, to: number, n: number): number[] {
    const openTimes: number[] = []
    for (let openTime = from; openTime <= to; openTime += this.#lengthMs) {
      const [first] = this.#byOpenTime.get(openTime) ?? []
      if (first !== undefined && first.n <= n) openTimes.push(openTime)
    }
    return openTimes
  }

  /** A candle as it was when so many of its trades had come. */
  candle(openTime: number, count: number) {
    const key = `${openTime} ${count}`
    const known = this.#summaries.get(key)
    if (known !== undefined) return { openTime, ...known }
    const trades = (this.#byOpenTime.get(openTime) ?? []).slice(0, count).map(({ timed }) => timed)
    if (trades.length === 0) return { openTime, trades: 0 }
    const summary = summarise(trades)
    this.#summaries.set(key, summary)
    return { openTime, ...summary }
  }
}
