import { describe, expect, it } from 'vitest'
import type { Candle } from '../../src/protocol/market-data.ts'
import { candlesFrom } from '../support/fake-history-view.ts'
import { address, ask, channel, minute, numbers, start, times } from './candles-market.ts'
import { addCandles, expectDocumented, startPast } from './past-fixture.ts'

describe('/api/v1/candles', () => {
  it('gives the newest candles, newest last, and where the live channel goes on', async () => {
    const past = await startPast()
    const candles = candlesFrom(start, minute, 600)
    addCandles(past, channel, candles)
    const body = await ask(past, '')
    expect(body.candles).toEqual(candles.slice(100))
    expect(body).toMatchObject({ symbol: 'SIM:AAPL', interval: '1m', holes: [], next: start + 100 * minute })
    expect(body.position).toEqual({ channel, epoch: 'e1', seq: 600, time: candles[599]?.openTime })
    await expectDocumented(past.app, '/api/v1/candles', body)
  })

  it('gives each candle once when pages are read back in time', async () => {
    const past = await startPast()
    addCandles(past, channel, candlesFrom(start, minute, 10))
    const pages: number[][] = []
    for (let to = ''; ; ) {
      const body = await ask(past, `&limit=4${to}`)
      pages.unshift(times(body))
      if (body.next === null) break
      to = `&to=${body.next}`
    }
    expect(pages).toEqual([numbers(0, 2), numbers(2, 6), numbers(6, 10)])
  })

  it('gives each candle once when pages are read forward from a time', async () => {
    const past = await startPast()
    addCandles(past, channel, candlesFrom(start, minute, 10))
    const pages: number[][] = []
    for (let from: number | null = start + minute; from !== null; ) {
      const body = await ask(past, `&limit=4&from=${from}`)
      pages.push(times(body))
      from = body.next
    }
    expect(pages).toEqual([numbers(1, 5), numbers(5, 9), [9]])
  })

  it('takes from as inclusive and to as exclusive', async () => {
    const past = await startPast()
    addCandles(past, channel, candlesFrom(start, minute, 10))
    expect(times(await ask(past, `&from=${start + 2 * minute}&to=${start + 5 * minute}`))).toEqual([2, 3, 4])
    expect(times(await ask(past, `&from=${start + 2 * minute + 1}&to=${start + 5 * minute + 1}`))).toEqual([3, 4, 5])
  })

  it('makes candles that are not published of finer ones, and names the channel of those', async () => {
    const past = await startPast()
    const candles = candlesFrom(start, minute, 12)
    addCandles(past, channel, candles)
    const response = await past.app.inject('/api/v1/candles?symbol=SIM:AAPL&interval=5m')
    const body = response.json()
    expect(times(body)).toEqual([0, 5, 10])
    const group = candles.slice(5, 10)
    expect(body.candles[1]).toMatchObject({
      open: group[0]?.open,
      close: group[4]?.close,
      high: group[4]?.high,
      low: group[0]?.low,
      trades: 6 + 7 + 8 + 9 + 10,
      volume: '42.5',
      closed: true
    })
    expect(body.candles[2].closed).toBe(false)
    expect(body.position.channel).toBe(channel)
    await expectDocumented(past.app, '/api/v1/candles', body)
  })

  it('makes no candle of a part of its finer ones, whichever way pages are read', async () => {
    const past = await startPast()
    addCandles(past, channel, candlesFrom(start, minute, 61))
    const read = async (query: string) => (await past.app.inject(`${address.replace('1m', '15m')}${query}`)).json()
    const backward = await read('&limit=2')
    expect(times(backward)).toEqual([45, 60])
    expect(times(await read(`&limit=2&to=${backward.next}`))).toEqual([15, 30])
    const forward = await read(`&limit=2&from=${start + minute}`)
    expect(times(forward)).toEqual([15, 30])
    expect(times(await read(`&limit=2&from=${forward.next}`))).toEqual([45, 60])
    expect(forward.candles.map(({ trades }: Candle) => trades)).toEqual([345, 570])
  })

  it('reads what is stored of a symbol that nobody publishes any more', async () => {
    const past = await startPast()
    past.history.addCandles(channel, candlesFrom(start, minute, 3))
    expect(times(await ask(past, ''))).toEqual([0, 1, 2])
  })

  it('is empty, without a position, while nothing is stored of a published channel', async () => {
    const past = await startPast()
    past.view.add(channel)
    expect(await ask(past, '')).toMatchObject({ candles: [], next: null, position: null })
  })

  it('tells where candles may be missing', async () => {
    const past = await startPast()
    addCandles(past, channel, candlesFrom(start, minute, 3))
    const hole = { from: start + 1_000, to: start + 2_000 }
    past.history.candleChannels.set(channel, { entries: [], holes: [hole], epoch: 'e2', seq: 1, time: start })
    expect((await ask(past, '')).holes).toEqual([hole])
  })

  it.each([
    ['&limit=0', 'limit (query) must be >= 1'],
    ['&limit=5001', 'limit (query) must be <= 5000'],
    ['&from=-1', 'from (query) must be >= 0'],
    ['&from=1.5', 'from (query) must be integer'],
    ['&from=10&to=10', 'from must be less than to, found from=10 and to=10'],
    ['&fill=perhaps', 'fill (query) must be boolean']
  ])('refuses %s', async (query, detail) => {
    const past = await startPast()
    const response = await past.app.inject(`${address}${query}`)
    expect(response.statusCode).toBe(400)
    expect(response.json()).toMatchObject({ code: 'badRequest', detail: expect.stringContaining(detail) })
  })

  it.each([
    ['symbol=AAPL&interval=1m', 'symbol: expected VENUE:SYMBOL, e.g. SIM:AAPL, found "AAPL"'],
    ['symbol=sim:aapl&interval=1m', 'found "sim:aapl"'],
    ['symbol=SIM:AAPL:1m&interval=1m', 'found "SIM:AAPL:1m"'],
    ['symbol=SIM:AAPL&interval=2m', 'interval (query) must be equal to one of the allowed values'],
    ['symbol=SIM:AAPL', "must have required property 'interval'"]
  ])('refuses %s', async (query, detail) => {
    const past = await startPast()
    const response = await past.app.inject(`/api/v1/candles?${query}`)
    expect(response.statusCode).toBe(400)
    expect(response.json().detail).toContain(detail)
  })

  it('is 404 where candles are neither published nor stored, and says which there are', async () => {
    const past = await startPast()
    addCandles(past, channel, candlesFrom(start, minute, 3))
    const finer = await past.app.inject('/api/v1/candles?symbol=SIM:AAPL&interval=1s')
    expect(finer.statusCode).toBe(404)
    expect(finer.json()).toMatchObject({
      code: 'unknownChannel',
      detail: expect.stringContaining('SIM:AAPL, interval 1s, published or stored; found of the symbol 1m')
    })
    const month = await past.app.inject('/api/v1/candles?symbol=SIM:AAPL&interval=1M')
    expect(month.statusCode).toBe(404)
    expect((await past.app.inject('/api/v1/candles?symbol=SIM:NOPE&interval=1m')).statusCode).toBe(404)
  })

  it('is 503 and says when to come back when too many computations wait', async () => {
    const past = await startPast()
    addCandles(past, channel, candlesFrom(start, minute, 3))
    past.jobs.isFull = true
    const response = await past.app.inject('/api/v1/candles?symbol=SIM:AAPL&interval=5m')
    expect(response.statusCode).toBe(503)
    expect(response.headers['retry-after']).toBe('1')
    expect(response.json().code).toBe('busy')
    expect((await ask(past, '')).candles).toHaveLength(3)
  })

  it('gives as many candles as the largest limit, read some at a time', async () => {
    const past = await startPast()
    const candles = candlesFrom(start, minute, 5_002)
    addCandles(past, channel, candles)
    const newest = await ask(past, '&limit=5000')
    expect(newest.candles).toEqual(candles.slice(2))
    const first = await ask(past, `&limit=5000&from=${start}`)
    expect(first.candles).toEqual(candles.slice(0, 5_000))
    expect(first.next).toBe(start + 5_000 * minute)
    expect(past.history.asked).toEqual(Array.from({ length: 10 }, () => 1_000))
  })

  it('reads no more finer candles than the server can afford, and goes on by pages', async () => {
    const past = await startPast()
    addCandles(past, channel, candlesFrom(start, minute, 10_000))
    const body = (await past.app.inject('/api/v1/candles?symbol=SIM:AAPL&interval=1d&limit=5000')).json()
    expect(past.history.asked.reduce((sum, limit) => sum + limit, 0)).toBe(5_000)
    expect(times(body)).toEqual([4, 5, 6].map((day) => day * 24 * 60))
    expect(body.next).toBe(body.candles[0].openTime)
  })
})
