import { describe, expect, it } from 'vitest'
import { BinanceNormaliser } from '../../../../workers/feeds/binance/binance-normaliser.ts'

const receiveTimeMs = 1_723_161_254_087.75
const send = (normaliser: BinanceNormaliser, frame: unknown) =>
  normaliser.frame(typeof frame === 'string' ? frame : JSON.stringify(frame), receiveTimeMs)
const trade = {
  e: 'trade',
  E: 1_343,
  s: 'BTCUSDT',
  t: 3_735_683_259,
  p: '61837.63000000',
  q: '0.02000000',
  T: 1_342,
  m: true,
  M: true
}
const quote = {
  u: 50_093_239_212,
  s: 'BTCUSDT',
  b: '61837.63000000',
  B: '3.78826000',
  a: '61837.64000000',
  A: '1.54698000'
}
const depth = (symbol: string, U: number, u: number) => ({
  stream: `${symbol.toLowerCase()}@depth@100ms`,
  data: {
    e: 'depthUpdate',
    E: 1_408,
    s: symbol,
    U,
    u,
    b: [['61820.99000000', '0.00000000']],
    a: [['61838.04000000', '0.32332000']]
  }
})
const snapshot = (lastUpdateId: number) => ({ lastUpdateId, bids: [['61837.63000000', '3.78826000']], asks: [] })

describe('A Binance frame', () => {
  it('with a trade keeps its numbers to the letter, and names the aggressor', () => {
    const normaliser = new BinanceNormaliser()

    expect(send(normaliser, { stream: 'btcusdt@trade', data: trade })).toEqual([
      {
        channel: 'trade:BINANCE:BTC-USDT',
        exchangeTime: 1_342,
        data: { id: '3735683259', price: '61837.63000000', size: '0.02000000', side: 'sell' }
      }
    ])
    expect(send(normaliser, { stream: 'btcusdt@trade', data: { ...trade, m: false, T: undefined } })).toMatchObject([
      { exchangeTime: 1_343, data: { side: 'buy' } }
    ])
  })

  it('with a quote stands at its receive time, because spot tells none', () => {
    const data = {
      bid: '61837.63000000',
      bidSize: '3.78826000',
      ask: '61837.64000000',
      askSize: '1.54698000',
      venueSeq: 50_093_239_212
    }
    const normaliser = new BinanceNormaliser()

    expect(send(normaliser, { stream: 'btcusdt@bookTicker', data: quote })).toEqual([
      { channel: 'quote:BINANCE:BTC-USDT', exchangeTime: 1_723_161_254_087, data }
    ])
    expect(
      send(normaliser, { stream: 'btcusdt@bookTicker', data: { ...quote, e: 'bookTicker', E: 6, T: 5 } })
    ).toMatchObject([{ exchangeTime: 5 }])
  })

  it('with depth becomes a snapshot at its receive time and deltas at their event time, removals spelled "0"', () => {
    const normaliser = new BinanceNormaliser()
    expect(send(normaliser, depth('BTCUSDT', 8, 11))).toEqual([])

    expect(send(normaliser, snapshot(10))).toEqual([
      {
        channel: 'book:BINANCE:BTC-USDT',
        exchangeTime: 1_723_161_254_087,
        isSnapshot: true,
        data: { bids: [['61837.63000000', '3.78826000']], asks: [], venueSeq: 10 }
      },
      {
        channel: 'book:BINANCE:BTC-USDT',
        exchangeTime: 1_408,
        isSnapshot: false,
        data: { bids: [['61820.99000000', '0']], asks: [['61838.04000000', '0.32332000']], venueSeq: 11 }
      }
    ])
  })

  it('with a snapshot belongs to the symbol whose deltas it falls into', () => {
    const normaliser = new BinanceNormaliser()
    for (const frame of [depth('BTCUSDT', 100, 110), depth('ETHUSDT', 500, 510), depth('BNBUSDT', 505, 515)])
      send(normaliser, frame)

    expect(send(normaliser, snapshot(502))).toMatchObject([{ channel: 'book:BINANCE:ETH-USDT' }, {}])
    expect(send(normaliser, snapshot(99))).toMatchObject([{ channel: 'book:BINANCE:BTC-USDT' }, {}])
    expect(send(normaliser, snapshot(508))).toMatchObject([{ channel: 'book:BINANCE:BNB-USDT' }, {}])
  })

  it('with a snapshot that fits no symbol, or several, is refused', () => {
    const normaliser = new BinanceNormaliser()
    expect(send(normaliser, snapshot(5))).toEqual({ problem: 'depth snapshot 5 fits no symbol, or several' })

    for (const frame of [depth('ETHUSDT', 500, 510), depth('BNBUSDT', 505, 515)]) send(normaliser, frame)
    for (const id of [498, 505, 516]) expect(send(normaliser, snapshot(id))).toHaveProperty('problem')
  })

  it('of another stream is ignored and counted', () => {
    const normaliser = new BinanceNormaliser()
    const others = [
      { stream: 'btcusdt@aggTrade', data: { e: 'aggTrade', s: 'BTCUSDT' } },
      { stream: 'btcusdt@kline_1m', data: { e: 'kline', s: 'BTCUSDT' } },
      { stream: 'btcusdt@depth20@100ms', data: snapshot(1) },
      { stream: '!miniTicker@arr', data: [{ e: '24hrMiniTicker' }] },
      { stream: '!serverShutdown', data: { e: 'serverShutdown' } },
      { result: null, id: 1 },
      { stream: '币安人生usdt@trade', data: { ...trade, s: '币安人生USDT' } }
    ]
    for (const frame of others) expect(send(normaliser, frame)).toEqual([])

    expect(normaliser.ignoredCount).toBe(others.length)
    expect([...normaliser.channels]).toEqual([])
  })

  it('of a symbol over the limit is ignored and counted', () => {
    const normaliser = new BinanceNormaliser({ symbolLimit: 1 })
    for (const s of ['BTCUSDT', 'ETHUSDT', 'BTCUSDT']) send(normaliser, { stream: 'x@trade', data: { ...trade, s } })

    expect([...normaliser.channels]).toEqual(['trade:BINANCE:BTC-USDT'])
    expect(normaliser.ignoredCount).toBe(1)
  })

  it.each([
    ['{"stream":"btcusdt@tr', 'broken JSON'],
    ['7', 'a JSON object'],
    [{ stream: 'btcusdt@trade', data: { ...trade, p: 61_837 } }, 'a trade with'],
    [{ stream: 'btcusdt@trade', data: { ...trade, t: 2 ** 53 } }, 'a trade with'],
    [{ stream: 'btcusdt@trade', data: { ...trade, m: 'true' } }, 'a trade with m'],
    [{ stream: 'btcusdt@bookTicker', data: { ...quote, u: undefined } }, 'a bookTicker with u'],
    [{ stream: 'btcusdt@bookTicker', data: { ...quote, A: '' } }, 'a bookTicker with b'],
    [depth('BTCUSDT', -1, 3), 'a depthUpdate with U'],
    [{ stream: 'x@depth', data: { ...depth('BTCUSDT', 1, 3).data, b: [['1']] } }, 'a depthUpdate with levels'],
    [{ lastUpdateId: 5, bids: [] }, 'a depth snapshot with']
  ])('that is malformed is told and changes nothing: %j', (frame, problem) => {
    const normaliser = new BinanceNormaliser()

    expect(send(normaliser, frame)).toEqual({ problem: expect.stringContaining(problem) })
    expect([...normaliser.channels]).toEqual([])
  })

  it('with deltas too many for want of a snapshot is told', () => {
    const normaliser = new BinanceNormaliser()
    const outcomes = Array.from({ length: 1_001 }, (_, index) =>
      send(normaliser, depth('BTCUSDT', index + 1, index + 1))
    )

    expect(outcomes.slice(0, -1).flat()).toEqual([])
    expect(outcomes.at(-1)).toEqual({ problem: 'book:BINANCE:BTC-USDT: no depth snapshot came for its deltas' })
  })
})
