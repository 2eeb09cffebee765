import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { connect, type Market } from '../../client/index.ts'
import { CandleServer } from './support/candle-server.ts'

describe('prices and sizes as numbers', () => {
  let server: CandleServer
  let market: Market

  beforeEach(async () => {
    server = new CandleServer()
    await server.start()
    market = connect({ url: server.url })
  })

  afterEach(async () => {
    market.close()
    await server.stop()
  })

  it('are those of each level of a book, best first', async () => {
    const bids = [
      ['10.0', '1.5'],
      ['9.9', '2']
    ]
    server.publish('book:LAB:GOLD', { bids, asks: [['10.07', '2']] })
    const book = market.book('LAB:GOLD')
    expect(book.numbers('bids')).toEqual([])
    await book.ready()
    expect(book.numbers('bids')).toEqual([
      [10, 1.5],
      [9.9, 2]
    ])
    expect(book.numbers('asks')).toEqual([[10.07, 2]])
  })

  it('are those of the newest trade, and of all that are held', async () => {
    const trades = market.trades('LAB:GOLD', { keep: 2 })
    expect([trades.number('price'), trades.numbers('size')]).toEqual([Number.NaN, []])
    server.publish('trade:LAB:GOLD', { id: '1', price: '1.5', size: '10', side: 'buy' })
    await trades.ready()
    for (const id of ['2', '3']) server.publish('trade:LAB:GOLD', { id, price: `${id}.5`, size: '20', side: 'buy' })
    await vi.waitFor(() => expect(trades.numbers('price')).toEqual([2.5, 3.5]))
    expect([trades.number('price'), trades.number('size')]).toEqual([3.5, 20])
  })

  it('are those of the newest candle, and of all, oldest first', async () => {
    const none = market.candles('LAB:GOLD', '1m')
    expect([none.number('close'), none.numbers('close')]).toEqual([Number.NaN, []])
    server.tick(8)
    const candles = await market.candles('LAB:GOLD', '1m', { history: 3 }).ready()
    expect([candles.numbers('close'), candles.number('close')]).toEqual([[2, 5, 7], 7])
    expect(candles.number('openTime')).toBe(server.candles.at(-1)?.openTime)
  })
})
