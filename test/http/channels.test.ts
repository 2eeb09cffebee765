import { describe, expect, it } from 'vitest'
import { channelOf } from '../support/fake-market-view.ts'
import { startHttp } from './http-fixture.ts'

describe('/api/v1/channels', () => {
  it('lists every channel with all that is known of it', async () => {
    const { app, view } = await startHttp()
    view.add('trade:SIM:AAPL', '[]', { quality: 'stale', cause: 'venue_silent', ingestTime: null, seq: 0 })
    view.add('quote:SIM:AAPL')
    const response = await app.inject('/api/v1/channels')
    expect(response.statusCode).toBe(200)
    expect(response.json()).toEqual({ channels: view.entries, total: 2, next: null })
    expect(response.json().channels[0]).toEqual(channelOf('quote:SIM:AAPL'))
  })

  it.each([
    ['quote:SIM:*', ['quote:SIM:AAPL', 'quote:SIM:MSFT']],
    ['*:SIM:AAPL', ['quote:SIM:AAPL', 'trade:SIM:AAPL']],
    ['quote:SIM:AAPL', ['quote:SIM:AAPL']],
    ['quote:SIM:NOPE', []]
  ])('finds by pattern %s', async (pattern, expected) => {
    const { app, view } = await startHttp()
    for (const channel of ['quote:SIM:AAPL', 'quote:SIM:MSFT', 'trade:SIM:AAPL']) view.add(channel)
    const { channels } = (await app.inject({ url: '/api/v1/channels', query: { pattern } })).json()
    expect(channels.map(({ channel }: { channel: string }) => channel)).toEqual(expected)
  })

  it('refuses what is neither a channel nor a pattern', async () => {
    const { app } = await startHttp()
    const response = await app.inject('/api/v1/channels?pattern=quote')
    expect(response.statusCode).toBe(400)
    expect(response.json()).toMatchObject({
      code: 'badChannel',
      detail: expect.stringMatching(/^pattern: expected a channel \(kind:VENUE:SYMBOL.*\) or a pattern.*found "quote"$/)
    })
  })

  it('gives every channel exactly once when read page by page', async () => {
    const { app, view } = await startHttp()
    const names = Array.from({ length: 10 }, (_, index) => `quote:SIM:S${index}`)
    for (const name of names) view.add(name)
    const pages: string[][] = []
    for (let after: string | null = ''; after !== null; ) {
      const query: Record<string, string> = { limit: '4', after }
      const { channels, total, next } = (await app.inject({ url: '/api/v1/channels', query })).json()
      expect(total).toBe(10)
      pages.push(channels.map(({ channel }: { channel: string }) => channel))
      after = next
    }
    expect(pages.map((page) => page.length)).toEqual([4, 4, 2])
    expect(pages.flat()).toEqual(names)
  })

  it('ends with a full page when the last entry is on it, and is empty after it', async () => {
    const { app, view } = await startHttp()
    for (const symbol of ['A', 'B', 'C', 'D']) view.add(`quote:SIM:${symbol}`)
    const page = async (query: string) => (await app.inject(`/api/v1/channels?${query}`)).json()
    expect(await page('limit=4')).toMatchObject({ next: null, total: 4 })
    expect((await page('limit=2&after=quote:SIM:B')).next).toBeNull()
    expect(await page('after=quote:SIM:D')).toEqual({ channels: [], next: null, total: 4 })
    expect((await page('limit=1&after=quote:SIM:AA')).channels[0].channel).toBe('quote:SIM:B')
  })

  it.each([
    ['1', 200],
    ['2', 200],
    ['999', 200],
    ['1000', 200],
    ['1001', 400],
    ['0', 400],
    ['-1', 400],
    ['1.5', 400],
    ['many', 400]
  ])('takes limit %s: %i', async (limit, status) => {
    const { app } = await startHttp()
    const response = await app.inject({ url: '/api/v1/channels', query: { limit } })
    expect(response.statusCode).toBe(status)
    if (status === 400)
      expect(response.json().detail).toMatch(/^limit \(query\) must be .*, found "?(1001|0|-1|1.5|many)"?$/)
  })
})

describe('/api/v1/symbols', () => {
  it('lists each venue and symbol once, with its channels and the worst quality of them', async () => {
    const { app, view } = await startHttp()
    view.add('quote:SIM:AAPL')
    view.add('book:SIM:AAPL:20', '[]', { quality: 'recovering' })
    view.add('book:SIM:AAPL', '[]', { quality: 'delayed' })
    view.add('quote:KRAKEN:ETH-USD', '[]', { quality: 'closed' })
    const response = await app.inject('/api/v1/symbols')
    expect(response.statusCode).toBe(200)
    expect(response.json()).toEqual({
      symbols: [
        {
          ticker: 'KRAKEN:ETH-USD',
          venue: 'KRAKEN',
          symbol: 'ETH-USD',
          quality: 'closed',
          kinds: ['quote'],
          channels: [{ channel: 'quote:KRAKEN:ETH-USD', kind: 'quote', quality: 'closed' }]
        },
        {
          ticker: 'SIM:AAPL',
          venue: 'SIM',
          symbol: 'AAPL',
          quality: 'recovering',
          kinds: ['book', 'quote'],
          channels: [
            { channel: 'book:SIM:AAPL', kind: 'book', quality: 'delayed' },
            { channel: 'book:SIM:AAPL:20', kind: 'book', quality: 'recovering' },
            { channel: 'quote:SIM:AAPL', kind: 'quote', quality: 'live' }
          ]
        }
      ],
      total: 2,
      next: null
    })
  })

  it('passes over what is dormant, because nobody asked for it yet', async () => {
    const { app, view } = await startHttp()
    view.add('book:SIM:AAPL')
    view.add('book:SIM:AAPL:20', '[]', { quality: 'recovering', dormant: true })
    const { symbols } = (await app.inject('/api/v1/symbols')).json()
    expect(symbols).toMatchObject([{ quality: 'live', channels: [{ quality: 'live' }, { quality: 'recovering' }] }])
  })

  it('finds by part of the ticker in any case, page by page', async () => {
    const { app, view } = await startHttp()
    for (const symbol of ['BTC-USD', 'BTC-EUR', 'ETH-USD']) view.add(`quote:SIM:${symbol}`)
    const first = (await app.inject('/api/v1/symbols?search=btc&limit=1')).json()
    expect(first).toMatchObject({ symbols: [{ ticker: 'SIM:BTC-EUR' }], total: 2, next: 'SIM:BTC-EUR' })
    const second = (await app.inject(`/api/v1/symbols?search=btc&limit=1&after=${first.next}`)).json()
    expect(second).toMatchObject({ symbols: [{ ticker: 'SIM:BTC-USD' }], total: 2, next: null })
  })
})
