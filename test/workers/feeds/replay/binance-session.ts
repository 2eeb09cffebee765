import { OrderBook } from '../../../../src/market/order-book.ts'
import type { Level } from '../../../../src/protocol/market-data.ts'

/** A line of a raw Binance recording. */
export const frame = (receiveTimeMs: number, stream: string, data: object): string =>
  bare(receiveTimeMs, { stream, data })

/** A line without envelope. */
export const bare = (receiveTimeMs: number, body: object): string =>
  `${BigInt(Math.round(receiveTimeMs * 1_000)) * 1_000n} ${JSON.stringify(body)}`

export const startMs = 1_723_161_253_937

/** What a made-up session holds beside its lines. */
export interface BinanceSession {
  readonly lines: string[]
  readonly tradeIds: readonly string[]
  readonly deltaCount: number
}

/** Numbers from 0 to 1, the same for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/**
 * Makes a session as recorders leave it: deltas first, then the delta that straddles the snapshot, then the snapshot,
 * with a quote wherever an update id ends a delta, and trades between. One line is 10 ms after the other, and the
 * exchange's clock is 1.25 s ahead of the recorder's.
 */
export function makeSession(seed: number, deltaCount: number, symbol = 'BTCUSDT'): BinanceSession {
  const random = randomFrom(seed)
  const stream = symbol.toLowerCase()
  const book = new OrderBook()
  const around = (centre: number, sign: number) =>
    `${(centre + sign * Math.ceil(random() * 40) * 0.01).toFixed(2)}000000`
  const depth = (centre: number, sign: number): Level[] =>
    Array.from({ length: 20 }, (_, index) => [`${(centre + sign * (index + 1) * 0.01).toFixed(2)}000000`, '1.00000000'])
  book.load({ bids: depth(61_837, -1), asks: depth(61_837, 1) })

  const lines: string[] = []
  const tradeIds: string[] = []
  const add = (name: string, data: object) => lines.push(frame(startMs + lines.length * 10, `${stream}@${name}`, data))
  let id = 50_093_239_000
  let snapshot: object | undefined
  for (let count = 0; count < deltaCount; count++) {
    const changes = { U: id + 1, b: [] as Level[], a: [] as Level[] }
    for (let change = 0; change < 3; change++) {
      id += 1
      const isBid = random() < 0.5
      const level: Level = [
        around(61_837, isBid ? -1 : 1),
        random() < 0.4 ? '0.00000000' : (random() * 5 + 0.001).toFixed(8)
      ]
      // Each side keeps a level no change ever removes.
      book.apply(
        isBid
          ? { bids: [level, ['61836.00000000', '9']], asks: [] }
          : { bids: [], asks: [level, ['61838.00000000', '9']] }
      )
      changes[isBid ? 'b' : 'a'].push(level)
      if (count === 2 && change === 1) {
        const { bids, asks } = book.snapshot()
        snapshot = { lastUpdateId: id, bids, asks }
      }
    }
    const exchangeTime = startMs + lines.length * 10 + 1_250
    const newest = (levels: Level[]) => [...new Map(levels).entries()]
    const b = newest([['61836.00000000', '9'], ...changes.b])
    const a = newest([['61838.00000000', '9'], ...changes.a])
    add('depth@100ms', { e: 'depthUpdate', E: exchangeTime, s: symbol, U: changes.U, u: id, b, a })
    const best = book.best()
    add('bookTicker', { u: id, s: symbol, b: best.bid, B: best.bidSize, a: best.ask, A: best.askSize })
    if (random() < 0.5) {
      tradeIds.push(String(3_735_683_000 + tradeIds.length))
      const trade = {
        t: Number(tradeIds.at(-1)),
        p: best.bid,
        q: '0.02000000',
        T: exchangeTime - 1,
        m: random() < 0.5,
        M: true
      }
      add('trade', { e: 'trade', E: exchangeTime, s: symbol, ...trade })
    }
    if (count === 3 && snapshot !== undefined) lines.push(bare(startMs + lines.length * 10, snapshot))
  }
  return { lines, tradeIds, deltaCount }
}
