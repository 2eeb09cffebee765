import { expect, it } from 'vitest'
import { OrderBook } from '../../src/market/order-book.ts'
import type { Book, Quote, Trade } from '../../src/protocol/market-data.ts'
import { recording } from './support/shared-data.ts'
import { startTestApp, until } from './support/test-app.ts'
import { TestClient } from './support/test-client.ts'

const files = [
  recording('binance-spot-btcusdt-ws/spot_btcusdt_20240808.gz'),
  recording('binance-spot-btcusdt-ws/spot_btcusdt_20240809.gz')
]

it.skipIf(files.includes(undefined))(
  'plays a recorded session at full speed to a stock client: every trade, and the book as the venue had it',
  { timeout: 60_000 },
  async () => {
    const app = await startTestApp({ feed: [`replay:${files.join(',')}`], speed: 'max', once: true, hold: true })
    const client = new TestClient(app)
    const book = new OrderBook()
    const bookTops = new Map<number, string>()
    const quotes = new Map<number, string>()
    const tradeIds: number[] = []
    let crossings = 0
    client.onUpdate = ({ channel, type, data }) => {
      if (channel.startsWith('trade:')) tradeIds.push(Number((data as Trade).id))
      else if (channel.startsWith('quote:')) {
        const { bid, bidSize, ask, askSize, venueSeq = -1 } = data as Quote
        quotes.set(venueSeq, [bid, bidSize, ask, askSize].join(' '))
      } else {
        const change = data as Book
        if (type === 'snapshot') book.load(change)
        else book.apply(change)
        if (book.isCrossed()) crossings += 1
        const top = book.best()
        bookTops.set(change.venueSeq ?? -1, [top.bid, top.bidSize, top.ask, top.askSize].join(' '))
      }
    }
    const answer = await client.subscribe('trade:BINANCE:BTC-USDT', 'quote:BINANCE:BTC-USDT', 'book:BINANCE:BTC-USDT')
    expect(answer.channels.map(({ ok, seq }) => [ok, seq])).toEqual(Array(3).fill([true, 0]))
    await until(() => client.statuses.filter(({ quality }) => quality === 'closed').length === 3, 'its end', 50_000)

    expect(client.violations).toEqual([])
    expect(client.channels.get('trade:BINANCE:BTC-USDT')).toMatchObject({ last: 19_904, updates: 19_904, merged: 0 })
    expect(tradeIds.every((id, place) => place === 0 || id === (tradeIds[place - 1] ?? 0) + 1)).toBe(true)
    expect(crossings).toBe(0)
    const both = [...quotes.keys()].filter((id) => bookTops.has(id))
    expect(both).toHaveLength(1_072)
    expect(both.filter((id) => quotes.get(id) !== bookTops.get(id))).toEqual([])
  }
)
