import { describe, expect, it } from 'vitest'
import { expectDocumented, startPast } from './past-fixture.ts'
import { history, publish, seconds, send, start, startUdf } from './udf-market.ts'

describe('/udf/config', () => {
  it('promises a search and no groups, and everything that is there', async () => {
    const past = await startUdf()
    const config = await send(past, 'config')
    expect(config).toMatchObject({
      supported_resolutions: ['1S', '1', '3', '5', '15', '30', '60', '240', '1D', '1W', '1M'],
      ...{ supports_search: true, supports_group_request: false },
      ...{ supports_marks: false, supports_timescale_marks: true, supports_time: true }
    })
    expect(config.exchanges.map(({ value }: { value: string }) => value)).toEqual(['', 'KRAKEN', 'SIM'])
    expect(config.symbols_types.map(({ value }: { value: string }) => value)).toEqual(['', 'crypto', 'stock'])
    await expectDocumented(past.app, '/udf/config', config)
  })
})

describe('/udf/time', () => {
  it('is the seconds of the clock as plain text', async () => {
    const past = await startUdf()
    past.history.time = 1_700_000_000_999
    const response = await past.app.inject('/udf/time')
    expect(response.headers['content-type']).toMatch(/^text\/plain/)
    expect(response.body).toBe('1700000000')
  })
})

describe('/udf/symbols', () => {
  it('tells a chart all it needs, with the decimals that were seen', async () => {
    const past = await startUdf()
    const symbol = await send(past, 'symbols', { symbol: 'SIM:AAPL' })
    expect(symbol).toEqual({
      ...{ name: 'AAPL', ticker: 'SIM:AAPL', full_name: 'SIM:AAPL', description: 'AAPL on SIM', type: 'stock' },
      ...{ session: '24x7', timezone: 'Etc/UTC', exchange: 'SIM', listed_exchange: 'SIM', format: 'price' },
      ...{ minmov: 1, pricescale: 100, volume_precision: 2, data_status: 'streaming', has_empty_bars: false },
      ...{ has_intraday: true, intraday_multipliers: ['1', '3', '5', '15', '30', '60', '240'] },
      ...{ has_seconds: false, seconds_multipliers: [], has_daily: true, has_weekly_and_monthly: false },
      supported_resolutions: ['1', '3', '5', '15', '30', '60', '240', '1D']
    })
    await expectDocumented(past.app, '/udf/symbols', symbol)
  })

  it('knows the session of a market that closes', async () => {
    const past = await startUdf()
    past.history.calendar = 'us-equities'
    const symbol = await send(past, 'symbols', { symbol: 'SIM:AAPL' })
    expect(symbol).toMatchObject({ session: '0930-1600', timezone: 'America/New_York' })
  })

  it('counts decimals without the zeros with which venues pad, and never fewer than before', async () => {
    const past = await startUdf()
    const scale = async () => (await send(past, 'symbols', { symbol: 'KRAKEN:BTC-USD' })).pricescale
    expect(await scale()).toBe(100)
    publish(past, 'trade:KRAKEN:BTC-USD', { price: '61837', size: '1.00000000' })
    expect(await scale()).toBe(1)
    publish(past, 'trade:KRAKEN:BTC-USD', { price: '61837.00000000', size: '1.00000000' })
    expect(await scale()).toBe(100)
    publish(past, 'trade:KRAKEN:BTC-USD', { price: '61837.12500000', size: '1.00000000' })
    expect(await scale()).toBe(1_000)
    publish(past, 'trade:KRAKEN:BTC-USD', { price: '61838.00000000', size: '1.00000000' })
    expect(await scale()).toBe(1_000)
  })

  it('has weeks and months where days are published, and seconds where those are', async () => {
    const past = await startUdf()
    for (const interval of ['1s', '1d']) past.view.add(`candle:SIM:AAPL:${interval}`)
    const symbol = await send(past, 'symbols', { symbol: 'SIM:AAPL' })
    expect(symbol).toMatchObject({ has_seconds: true, seconds_multipliers: ['1'], has_weekly_and_monthly: true })
    expect(symbol.supported_resolutions).toEqual(['1S', '1', '3', '5', '15', '30', '60', '240', '1D', '1W', '1M'])
  })

  it.each(['SIM:AAPL', 'sim:aapl', 'AAPL', ' aapl '])('finds a symbol by %j', async (name) => {
    const past = await startUdf()
    expect((await send(past, 'symbols', { symbol: name })).ticker).toBe('SIM:AAPL')
  })

  it.each(['', 'NOPE', 'SIM:NOPE', 'SIM:AAPL:1m', '*:*:*'])('does not know %j', async (name) => {
    const past = await startUdf()
    expect(await send(past, 'symbols', { symbol: name })).toEqual({ s: 'error', errmsg: 'unknown_symbol' })
  })
})

describe('/udf/search', () => {
  const tickers = (found: readonly { ticker: string }[]) => found.map(({ ticker }) => ticker)

  it('gives what matches best first', async () => {
    const past = await startUdf()
    const found = await send(past, 'search', { query: 'AAP', type: '', exchange: '', limit: 30 })
    expect(tickers(found)).toEqual(['SIM:AAP', 'SIM:AAPL', 'SIM:XAAPL'])
    expect(found[1]).toEqual({
      ...{ symbol: 'AAPL', full_name: 'SIM:AAPL', ticker: 'SIM:AAPL' },
      ...{ description: 'AAPL on SIM', exchange: 'SIM', type: 'stock' }
    })
    await expectDocumented(past.app, '/udf/search', found)
  })

  it.each([
    [{ query: 'btc' }, ['KRAKEN:BTC-USD']],
    [{ query: '', exchange: 'SIM' }, ['SIM:AAP', 'SIM:AAPL', 'SIM:XAAPL']],
    [{ query: '', type: 'crypto' }, ['KRAKEN:BTC-USD']],
    [{ query: '', limit: 2 }, ['KRAKEN:BTC-USD', 'SIM:AAP']],
    [{}, ['KRAKEN:BTC-USD', 'SIM:AAP', 'SIM:AAPL', 'SIM:XAAPL']],
    [{ query: 'nope' }, []]
  ])('narrows down by %j', async (query, expected) => {
    expect(tickers(await send(await startUdf(), 'search', query as Record<string, string>))).toEqual(expected)
  })

  it('finds 30 symbols at most unless asked for more', async () => {
    const past = await startPast()
    for (let n = 0; n < 40; n++) past.view.add(`candle:SIM:S${n}:1m`)
    expect(await send(past, 'search')).toHaveLength(30)
    expect(await send(past, 'search', { limit: 1_000 })).toHaveLength(40)
    expect(await send(past, 'search', { limit: 1_001 })).toMatchObject({ s: 'error' })
  })
})

describe('/udf/symbol_info', () => {
  it('gives all symbols of an exchange, each field as an array', async () => {
    const past = await startUdf()
    const info = await send(past, 'symbol_info', { group: 'SIM' })
    expect(info).toMatchObject({
      ...{
        symbol: ['AAP', 'AAPL', 'XAAPL'],
        ticker: ['SIM:AAP', 'SIM:AAPL', 'SIM:XAAPL'],
        pricescale: [100, 100, 100]
      },
      ...{ 'exchange-listed': ['SIM', 'SIM', 'SIM'], 'session-regular': ['24x7', '24x7', '24x7'] }
    })
    for (const column of Object.values(info)) expect(column).toHaveLength(3)
    expect((await send(past, 'symbol_info', { group: 'NOPE' })).symbol).toEqual([])
    for (let n = 0; n < 200; n++) past.view.add(`candle:LAB:S${n}:1m`)
    expect((await send(past, 'symbol_info', { group: 'lab' })).symbol).toHaveLength(200)
  })
})

describe('/udf/quotes', () => {
  it('gives the newest prices of each symbol, in the order asked', async () => {
    const past = await startUdf()
    publish(past, 'trade:SIM:AAPL', { price: '109.52', size: '1' })
    const answer = await send(past, 'quotes', { symbols: 'SIM:AAPL,ZZZ,SIM:AAP' })
    expect(answer).toEqual({
      s: 'ok',
      d: [
        {
          ...{ s: 'ok', n: 'SIM:AAPL' },
          v: {
            ...{ short_name: 'AAPL', exchange: 'SIM', description: 'AAPL on SIM' },
            ...{ lp: 109.52, ch: 9.5, chp: 9.5, bid: 109.45, ask: 109.55, spread: 0.1 },
            ...{ open_price: 100, high_price: 110, low_price: 99.5, prev_close_price: 100, volume: 1_234.5 }
          }
        },
        { s: 'error', n: 'ZZZ', v: {} },
        { s: 'ok', n: 'SIM:AAP', v: { short_name: 'AAP', exchange: 'SIM', description: 'AAP on SIM' } }
      ]
    })
    await expectDocumented(past.app, '/udf/quotes', answer)
  })

  it('gives a spread of the decimals that the prices have', async () => {
    const past = await startUdf()
    publish(past, 'quote:SIM:AAPL', { bid: '61602.01000', bidSize: '1', ask: '61602.02000', askSize: '1' })
    expect((await send(past, 'quotes', { symbols: 'SIM:AAPL' })).d[0].v.spread).toBe(0.01)
  })
})

describe('/udf/marks and /udf/timescale_marks', () => {
  it('mark at the time scale where data may be missing, and nothing on bars', async () => {
    const past = await startUdf()
    past.history.addTrades('trade:SIM:AAPL', [])
    const held = past.history.tradeChannels.get('trade:SIM:AAPL')
    if (held !== undefined) held.holes = [{ from: start + 1_500, to: start + 9_000 }]
    const range = { symbol: 'SIM:AAPL', from: seconds, to: seconds + 600, resolution: '1' }
    expect(await send(past, 'marks', range)).toEqual([])
    const marks = await send(past, 'timescale_marks', range)
    expect(marks).toEqual([
      {
        ...{ id: `hole-${start + 1_500}`, time: seconds + 1, color: 'red', label: '!' },
        tooltip: ['Data may be missing', '2024-01-01T00:00:01.500Z to', '2024-01-01T00:00:09.000Z']
      }
    ])
    await expectDocumented(past.app, '/udf/timescale_marks', marks)
  })
})

describe('Whatever is asked for below /udf', () => {
  it.each([
    ['GET', '/udf/nowhere?x=1', 404, 'There is no GET /udf/nowhere'],
    ['GET', '/udf', 404, 'There is no GET /udf'],
    ['GET', '/udf/', 404, 'There is no GET /udf/'],
    ['POST', '/udf/history', 404, 'There is no POST /udf/history'],
    ['GET', '/udf/%c0', 400, "'/udf/%c0' is not a valid url component"],
    ['GET', '/udf/history', 400, "querystring must have required property 'symbol'"]
  ] as const)('is answered with JSON that has an s: %s %s', async (method, url, status, errmsg) => {
    const past = await startUdf()
    const response = await past.app.inject({ method, url })
    expect(response.statusCode).toBe(status)
    expect(response.headers['content-type']).toMatch(/^application\/json/)
    expect(response.json()).toEqual({ s: 'error', errmsg })
  })

  it('is refused with JSON that has an s, also by rules that stand above it', async () => {
    const past = await startUdf()
    past.jobs.isFull = true
    const query = { symbol: 'SIM:AAPL', resolution: '5', from: '0', to: String(seconds + 600) }
    const response = await past.app.inject({ url: '/udf/history', query })
    expect(response.statusCode).toBe(503)
    expect(response.json()).toEqual({ s: 'error', errmsg: expect.stringContaining('Ask again') })
  })

  it('tells nothing of a failure inside', async () => {
    const past = await startUdf()
    past.history.candles = () => Promise.reject(new Error('secret of the inside'))
    const answer = await history(past, { from: 0, to: seconds + 600 })
    expect(answer).toEqual({ s: 'error', errmsg: 'The failure is in the log of the server; try again' })
  })

  it('may be read by pages of other origins', async () => {
    const past = await startUdf()
    const response = await past.app.inject({ url: '/udf/config', headers: { origin: 'https://chart.example' } })
    expect(response.headers['access-control-allow-origin']).toBe('*')
  })
})
