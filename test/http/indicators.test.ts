import { describe, expect, it } from 'vitest'
import { INDICATOR_NAMES } from '../../src/market/indicator-catalog.ts'
import { candleOf, candlesFrom } from '../support/fake-history-view.ts'
import { addCandles, expectDocumented, startPast } from './past-fixture.ts'

const minute = 60_000
const start = Date.UTC(2024, 0, 1)
const channel = 'candle:SIM:AAPL:1m'
const address = '/api/v1/indicators?symbol=SIM:AAPL&interval=1m'

describe('/api/v1/indicators', () => {
  it('gives one value for each candle, and where the live channel of candles goes on', async () => {
    const past = await startPast()
    const candles = candlesFrom(start, minute, 30)
    addCandles(past, channel, candles)
    const body = (await past.app.inject(`${address}&name=sma&length=4&from=${start}&limit=10`)).json()
    expect(body).toMatchObject({
      ...{ symbol: 'SIM:AAPL', interval: '1m', name: 'sma', parameters: { length: 4 } },
      ...{ warmUp: { candles: 0, wanted: 3 }, next: start + 10 * minute, position: { channel, seq: 30 } },
      seeding: expect.stringContaining('mean of the last')
    })
    const closes = candles.map(({ close }) => Number(close))
    const expected = closes.slice(0, 10).map((_, index) => {
      return index < 3 ? null : closes.slice(index - 3, index + 1).reduce((sum, close) => sum + close, 0) / 4
    })
    expect(body.values.map(({ sma }: { sma: number | null }) => sma)).toEqual(expected)
    expect(body.values[3]).toEqual({ openTime: start + 3 * minute, closed: true, sma: expected[3] })
    await expectDocumented(past.app, '/api/v1/indicators', body)
  })

  it('reads earlier candles, so that the first value does not depend on where the range begins', async () => {
    const past = await startPast()
    const candles = Array.from({ length: 3_000 }, (_, n) =>
      candleOf(start + n * minute, Math.round(50 * Math.sin(n) ** 3))
    )
    addCandles(past, channel, candles)
    const from = start + 2_000 * minute
    for (const name of ['ema', 'rsi', 'macd', 'atr'] as const) {
      const whole = (await past.app.inject(`${address}&name=${name}&from=${start}&limit=3000`)).json()
      const part = (await past.app.inject(`${address}&name=${name}&from=${from}&limit=3`)).json()
      expect(part.warmUp.candles).toBe(part.warmUp.wanted)
      for (const [index, value] of part.values.entries()) {
        for (const [field, found] of Object.entries(value)) {
          if (typeof found === 'number')
            expect(found, `${name} ${field}`).toBeCloseTo(whole.values[2_000 + index][field], 9)
        }
      }
    }
  })

  it('begins the average of a day anew at midnight, and reads the day from its beginning', async () => {
    const past = await startPast()
    const day = 24 * 60 * minute
    addCandles(past, channel, candlesFrom(start, minute, 2 * 24 * 60))
    const from = start + day + 2 * minute
    const { values, warmUp } = (await past.app.inject(`${address}&name=vwap&from=${from}&limit=1`)).json()
    expect(warmUp).toEqual({ candles: 2, wanted: 2 })
    const parts = [0, 1, 2].map((n) => {
      const { high, low, close, volume } = candleOf(0, 24 * 60 + n)
      return { typical: (Number(high) + Number(low) + Number(close)) / 3, volume: Number(volume) }
    })
    const volume = parts.reduce((sum, part) => sum + part.volume, 0)
    const expected = parts.reduce((sum, part) => sum + part.typical * part.volume, 0) / volume
    expect(values[0].vwap).toBeCloseTo(expected, 9)
    const midnight = (await past.app.inject(`${address}&name=vwap&from=${start + day}&limit=1`)).json()
    expect(midnight.warmUp.candles).toBe(0)
  })

  it.each(INDICATOR_NAMES)('computes %s with its defaults, as the document says', async (name) => {
    const past = await startPast()
    addCandles(past, channel, candlesFrom(start, minute, 100))
    const response = await past.app.inject(`${address}&name=${name}`)
    expect(response.statusCode).toBe(200)
    const body = response.json()
    for (const value of Object.values(body.values[99])) expect(value).not.toBeNull()
    await expectDocumented(past.app, '/api/v1/indicators', body)
    const { get } = (await past.app.inject('/openapi.json')).json().paths['/api/v1/indicators']
    expect(get.description).toContain(`**${name}**`)
    expect(get.description).toContain(body.seeding)
  })

  it.each([
    ['name=rsi&length=1', 'length (query) must be >= 2'],
    ['name=rsi&length=301', 'length (query) must be <= 300'],
    ['name=rsi&length=2.5', 'length (query) must be integer'],
    ['name=obv&length=14', 'length: obv takes no parameter, found length=14'],
    ['name=macd&length=14', 'length: macd takes fast, slow, signal, found length=14'],
    ['name=magic', 'name (query) must be equal to one of the allowed values'],
    ['name=sma&limit=5001', 'limit (query) must be <= 5000']
  ])('refuses %s', async (query, detail) => {
    const past = await startPast()
    addCandles(past, channel, candlesFrom(start, minute, 3))
    const response = await past.app.inject(`${address}&${query}`)
    expect(response.statusCode).toBe(400)
    expect(response.json()).toMatchObject({ code: 'badRequest', detail: expect.stringContaining(detail) })
  })

  it('refuses an average of the day over seconds, of which a day has too many', async () => {
    const past = await startPast()
    const response = await past.app.inject('/api/v1/indicators?symbol=SIM:AAPL&interval=1s&name=vwap')
    expect(response.json()).toMatchObject({ code: 'badRequest', detail: expect.stringContaining('vwap needs 1m') })
  })

  it('takes the greatest length, and reads as many candles as it takes', async () => {
    const past = await startPast()
    addCandles(past, channel, candlesFrom(start, minute, 9_000))
    for (const query of ['name=rsi&length=300', 'name=macd&fast=300&slow=300&signal=300']) {
      const { warmUp } = (await past.app.inject(`${address}&limit=10&${query}`)).json()
      expect(warmUp.candles).toBe(warmUp.wanted)
      expect(warmUp.wanted).toBeGreaterThan(8_000)
    }
  })

  it('has an ETag for a range that is over, and is 503 when too many computations wait', async () => {
    const past = await startPast()
    addCandles(past, channel, candlesFrom(start, minute, 30))
    const url = `${address}&name=ema&length=3&from=${start}&to=${start + 9 * minute}`
    const first = await past.app.inject(url)
    const again = await past.app.inject({ url, headers: { 'if-none-match': String(first.headers.etag) } })
    expect(again.statusCode).toBe(304)
    past.jobs.isFull = true
    expect((await past.app.inject(url)).json().code).toBe('busy')
  })

  it('is empty for a channel of which nothing is stored', async () => {
    const past = await startPast()
    past.view.add(channel)
    const body = (await past.app.inject(`${address}&name=rsi`)).json()
    expect(body).toMatchObject({ values: [], next: null, position: null, warmUp: { candles: 0 } })
  })
})
