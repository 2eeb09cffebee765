import { describe, expect, it } from 'vitest'
import { expectDocumented, startPast } from './past-fixture.ts'

const statistics = {
  ...{ last: '10.5', change: '0.5', changePercent: '5', open: '10', high: '11', low: '9', volume: '100' },
  ...{ quoteVolume: '1000', vwap: '10', trades: 7, bid: '10.4', ask: '10.6', windowStart: 1_700_000_000_000 }
}
const update = (channel: string, data: object, more: object = {}) => ({
  channel,
  seq: 7,
  type: 'snapshot',
  epoch: 'e1',
  exchangeTime: 1_700_000_000_000,
  ingestTime: 1_700_000_000_001,
  data,
  ...more
})
const textOf = (...updates: readonly object[]) => JSON.stringify(updates)

describe('/api/v1/tickers', () => {
  it('gives the newest statistics of every symbol, with how far they can be trusted', async () => {
    const past = await startPast()
    for (const symbol of ['MSFT', 'AAPL']) {
      const channel = `ticker:SIM:${symbol}`
      past.view.add(channel, textOf(update(channel, statistics)), { quality: 'stale', cause: 'venue_silent' })
    }
    past.view.add('quote:SIM:AAPL')
    const body = (await past.app.inject('/api/v1/tickers')).json()
    expect(body).toMatchObject({ total: 2, next: null })
    expect(body.tickers[0]).toEqual({
      ticker: 'SIM:AAPL',
      channel: 'ticker:SIM:AAPL',
      epoch: 'e1',
      seq: 7,
      quality: 'stale',
      cause: 'venue_silent',
      exchangeTime: 1_700_000_000_000,
      data: statistics
    })
    await expectDocumented(past.app, '/api/v1/tickers', body)
  })

  it('leaves out what was not published yet, and other venues when one is asked for; page by page', async () => {
    const past = await startPast()
    for (const name of ['A:X', 'A:Y', 'A:Z', 'B:X']) {
      const channel = `ticker:${name}`
      past.view.add(channel, textOf(update(channel, statistics)), name === 'A:Y' ? { seq: 0 } : {})
    }
    const page = async (query: string) => (await past.app.inject(`/api/v1/tickers?${query}`)).json()
    const first = await page('limit=2')
    expect(first.tickers.map(({ ticker }: { ticker: string }) => ticker)).toEqual(['A:X', 'A:Z'])
    expect((await page(`limit=2&after=${first.next}`)).tickers).toHaveLength(1)
    expect((await page('venue=B')).tickers).toMatchObject([{ ticker: 'B:X' }])
  })
})

describe('/api/v1/book', () => {
  const channel = 'book:SIM:AAPL'
  const snapshot = update(channel, {
    bids: [
      ['10.00', '1'],
      ['9.50', '2'],
      ['9.00', '3']
    ],
    asks: [
      ['10.50', '1'],
      ['11.00', '2']
    ]
  })
  const delta = { ...update(channel, { bids: [['9.5', '0']], asks: [['10.20', '5']] }), seq: 9, type: undefined }

  it('puts the newest book together from its snapshot and deltas, prices as the venue wrote them', async () => {
    const past = await startPast()
    past.view.add(channel, textOf(snapshot, delta), { seq: 9 })
    const response = await past.app.inject('/api/v1/book/SIM:AAPL')
    expect(response.headers['content-type']).toMatch(/^application\/json/)
    const body = response.json()
    expect(body).toEqual({
      ...{ channel, epoch: 'e1', quality: 'live', cause: 'none', seq: 9 },
      ...{ exchangeTime: 1_700_000_000_000, ingestTime: 1_700_000_000_001 },
      bids: [
        ['10.00', '1'],
        ['9.00', '3']
      ],
      asks: [
        ['10.20', '5'],
        ['10.50', '1'],
        ['11.00', '2']
      ]
    })
    await expectDocumented(past.app, '/api/v1/book/{symbol}', body)
  })

  it('gives no more levels than asked for', async () => {
    const past = await startPast()
    past.view.add(channel, textOf(snapshot))
    const body = (await past.app.inject('/api/v1/book/SIM:AAPL?depth=1')).json()
    expect([body.bids, body.asks]).toEqual([[['10.00', '1']], [['10.50', '1']]])
    for (const depth of ['0', '10001', 'all']) {
      expect((await past.app.inject(`/api/v1/book/SIM:AAPL?depth=${depth}`)).statusCode).toBe(400)
    }
  })

  it('takes the deepest book where the full one is not published', async () => {
    const past = await startPast()
    past.view.add('book:SIM:AAPL:5', textOf(snapshot))
    past.view.add('book:SIM:AAPL:20', textOf(snapshot))
    expect((await past.app.inject('/api/v1/book/SIM:AAPL')).json().channel).toBe('book:SIM:AAPL:20')
  })

  it('is empty before the first message, and 404 where no book is published', async () => {
    const past = await startPast()
    past.view.add(channel, '[]', { seq: 0 })
    const body = (await past.app.inject('/api/v1/book/SIM:AAPL')).json()
    expect(body).toMatchObject({ seq: 0, exchangeTime: null, bids: [], asks: [] })
    await expectDocumented(past.app, '/api/v1/book/{symbol}', body)
    expect((await past.app.inject('/api/v1/book/SIM:NOPE')).json().code).toBe('unknownChannel')
    expect((await past.app.inject('/api/v1/book/nope')).json().code).toBe('badRequest')
  })

  it('is 503 when too many computations wait', async () => {
    const past = await startPast()
    past.view.add(channel, textOf(snapshot))
    past.jobs.isFull = true
    const response = await past.app.inject('/api/v1/book/SIM:AAPL')
    expect([response.statusCode, response.json().code]).toEqual([503, 'busy'])
  })
})
