import { describe, expect, it, vi } from 'vitest'
import { CandleServer } from './support/candle-server.ts'
import { marketStage } from './support/market-stage.ts'

describe('prices and sizes as numbers', () => {
  const stage = marketStage(() => new CandleServer())

  it('are those of each level of a book, best first', async () => {
    const bids = [
      ['10.0', '1.5'],
      ['9.9', '2']
    ]
    stage.server.publish('book:LAB:GOLD', { bids, asks: [['10.07', '2']] })
    const book = stage.market.book('LAB:GOLD')
    expect(book.numbers('bids')).toEqual([])
    await book.ready()
    expect(book.numbers('bids')).toEqual([
      [10, 1.5],
      [9.9, 2]
    ])
    expect(book.numbers('asks')).toEqual([[10.07, 2]])
  })

  it('are those of the newest trade, and of all that are held', async () => {
    const trades = stage.market.trades('LAB:GOLD', { keep: 2 })
    expect([trades.number('price'), trades.numbers('size')]).toEqual([Number.NaN, []])
    stage.server.publish('trade:LAB:GOLD', { id: '1', price: '1.5', size: '10', side: 'buy' })
    await trades.ready()
    for (const id of ['2', '3'])
      stage.server.publish('trade:LAB:GOLD', { id, price: `${id}.5`, size: '20', side: 'buy' })
    await vi.waitFor(() => expect(trades.numbers('price')).toEqual([2.5, 3.5]))
    expect([trades.number('price'), trades.number('size')]).toEqual([3.5, 20])
  })

  it('are those of the newest candle, and of all, oldest first', async () => {
    const none = stage.market.candles('LAB:GOLD', '1m')
    expect([none.number('close'), none.numbers('close')]).toEqual([Number.NaN, []])
    stage.server.tick(8)
    const candles = await stage.market.candles('LAB:GOLD', '1m', { history: 3 }).ready()
    expect([candles.numbers('close'), candles.number('close')]).toEqual([[2, 5, 7], 7])
    expect(candles.number('openTime')).toBe(stage.server.candles.at(-1)?.openTime)
  })
})
