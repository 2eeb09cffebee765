import { describe, expect, it } from 'vitest'
import type { StoredTrade } from '../../src/history/history-store.ts'
import { expectDocumented, startPast } from './past-fixture.ts'

const start = Date.UTC(2024, 0, 1)
const channel = 'trade:SIM:AAPL'
const address = '/api/v1/trades?symbol=SIM:AAPL'

/** Several trades share each millisecond. */
const trades = Array.from({ length: 10 }, (_, n): StoredTrade => {
  const place = { time: start + Math.floor(n / 4), epoch: 'e1', seq: n + 1 }
  return { ...place, id: `t${n}`, price: `10.${n}`, size: '1', side: n % 2 === 0 ? 'buy' : 'sell' }
})

describe('/api/v1/trades', () => {
  it('gives the newest trades, newest last, and where the live channel goes on', async () => {
    const past = await startPast()
    past.view.add(channel)
    past.history.addTrades(channel, trades)
    const body = (await past.app.inject(`${address}&limit=3`)).json()
    expect(body).toEqual({
      symbol: 'SIM:AAPL',
      trades: trades.slice(7),
      next: '8',
      holes: [],
      position: { channel, epoch: 'e1', seq: 10, time: start + 2 }
    })
    await expectDocumented(past.app, '/api/v1/trades', body)
  })

  it('gives each trade once when read page by page, though pages part trades of one millisecond', async () => {
    const past = await startPast()
    past.history.addTrades(channel, trades)
    const found: StoredTrade[] = []
    let before: string | null = 'Infinity'
    while (before !== null) {
      const { body }: { body: string } = await past.app.inject(`${address}&limit=3&before=${before}`)
      const page: { trades: StoredTrade[]; next: string | null } = JSON.parse(body)
      found.unshift(...page.trades)
      before = page.next
    }
    expect(found).toEqual(trades)
  })

  it('gives as many trades as the largest limit, read some at a time', async () => {
    const past = await startPast()
    const many = Array.from({ length: 5_002 }, (_, n): StoredTrade => {
      return { time: start + n, epoch: 'e1', seq: n + 1, id: `t${n}`, price: '1', size: '1', side: 'buy' }
    })
    past.history.addTrades(channel, many)
    const body = (await past.app.inject(`${address}&limit=5000`)).json()
    expect(body.trades).toEqual(many.slice(2))
    expect(body.next).toBe('3')
  })

  it('keeps to the range, and gives one that is over an ETag', async () => {
    const past = await startPast()
    past.history.addTrades(channel, trades)
    const response = await past.app.inject(`${address}&from=${start + 1}&to=${start + 2}`)
    expect(response.json().trades).toEqual(trades.slice(4, 8))
    const headers = { 'if-none-match': String(response.headers.etag) }
    const again = await past.app.inject({ url: `${address}&from=${start + 1}&to=${start + 2}`, headers })
    expect(again.statusCode).toBe(304)
    expect((await past.app.inject(`${address}&to=${start + 3}`)).headers).not.toHaveProperty('etag')
  })

  it('is empty for a published channel of which nothing is stored, and 404 for an unknown one', async () => {
    const past = await startPast()
    past.view.add(channel)
    expect((await past.app.inject(address)).json()).toMatchObject({ trades: [], next: null, position: null })
    const response = await past.app.inject('/api/v1/trades?symbol=SIM:NOPE')
    expect(response.statusCode).toBe(404)
    expect(response.json()).toMatchObject({
      code: 'unknownChannel',
      detail: 'Expected trades of SIM:NOPE, published or stored; found none. See /api/v1/symbols'
    })
  })

  it.each(['limit=0', 'limit=5001', `from=${start}&to=${start}`])('refuses %s', async (query) => {
    const past = await startPast()
    past.view.add(channel)
    expect((await past.app.inject(`${address}&${query}`)).statusCode).toBe(400)
  })
})
