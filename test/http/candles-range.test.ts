import { describe, expect, it } from 'vitest'
import type { Candle } from '../../src/protocol/market-data.ts'
import { candleOf, candlesFrom } from '../support/fake-history-view.ts'
import { address, ask, channel, minute, numbers, start, times } from './candles-market.ts'
import { addCandles, expectDocumented, startPast } from './past-fixture.ts'

describe('Candles of a range that is over', () => {
  const over = `&from=${start}&to=${start + 5 * minute}`

  it('have an ETag, and cost nothing when the client has them', async () => {
    const past = await startPast()
    addCandles(past, channel, candlesFrom(start, minute, 10))
    const first = await past.app.inject(`${address}${over}`)
    const etag = String(first.headers.etag)
    expect(etag).toMatch(/^W\/"[\w-]{27}"$/)
    expect(first.headers['cache-control']).toBe('no-cache')
    for (const header of [etag, etag.slice(2), `"other", ${etag}`, '*']) {
      const again = await past.app.inject({ url: `${address}${over}`, headers: { 'if-none-match': header } })
      expect([again.statusCode, again.body, again.headers.etag]).toEqual([304, '', etag])
    }
  })

  it('keep their ETag while the live channel goes on, and lose it when a candle is corrected', async () => {
    const past = await startPast()
    const candles = candlesFrom(start, minute, 10)
    addCandles(past, channel, candles)
    const tag = async () => (await past.app.inject(`${address}${over}`)).headers.etag
    const first = await tag()
    past.history.addCandles(channel, [...candles, candleOf(start + 10 * minute, 10)])
    expect(await tag()).toBe(first)
    past.history.addCandles(channel, [candleOf(start, 99), ...candles.slice(1)])
    expect(await tag()).not.toBe(first)
  })

  it.each([
    ['a minute before the end', 4 * minute, false],
    ['just before the end', 5 * minute - 1, false],
    ['at the end', 5 * minute, true]
  ])('are those of which the venue has left the last interval: %s', async (_name, clock, hasTag) => {
    const past = await startPast()
    addCandles(past, channel, candlesFrom(start, minute, 5), start + clock)
    const response = await past.app.inject(`${address}${over}`)
    expect(response.headers.etag !== undefined).toBe(hasTag)
    expect(response.headers['cache-control']).toBe(hasTag ? 'no-cache' : 'no-store')
  })

  it('are never those without an end', async () => {
    const past = await startPast()
    addCandles(past, channel, candlesFrom(start, minute, 5), start + 100 * minute)
    expect((await past.app.inject(`${address}&from=${start}`)).headers).not.toHaveProperty('etag')
  })
})

describe('Filled candles', () => {
  const sparse = [2, 3, 7].map((n) => candleOf(start + n * minute, n))

  it('stand for intervals without a trade at the previous close, with no volume', async () => {
    const past = await startPast()
    addCandles(past, channel, sparse)
    past.history.time = start + 100 * minute
    const body = await ask(past, '&fill=true')
    expect(times(body)).toEqual(numbers(2, 8))
    expect(body.candles.map(({ filled = false }) => filled)).toEqual([false, false, true, true, true, false])
    const close = sparse[1]?.close
    expect(body.candles[2]).toEqual({
      ...{ openTime: start + 4 * minute, open: close, high: close, low: close, close, vwap: close },
      ...{ volume: '0', quoteVolume: '0', takerBuyVolume: '0', trades: 0, closed: true, filled: true }
    })
    await expectDocumented(past.app, '/api/v1/candles', body)
  })

  it('begin with the candle before the range, and end with the range', async () => {
    const past = await startPast()
    addCandles(past, channel, sparse)
    past.history.time = start + 100 * minute
    const body = await ask(past, `&fill=true&from=${start + 5 * minute}&to=${start + 10 * minute}`)
    expect(times(body)).toEqual(numbers(5, 10))
    expect(body.candles[0].close).toBe(sparse[1]?.close)
    expect(body.candles[4].close).toBe(sparse[2]?.close)
    expect(body.next).toBeNull()
  })

  it('do not reach into the future; the interval in progress is not closed', async () => {
    const past = await startPast()
    addCandles(past, channel, sparse)
    past.history.time = start + 9.5 * minute
    const body = await ask(past, `&fill=true&to=${start + 60 * minute}`)
    expect(times(body)).toEqual(numbers(2, 10))
    expect(body.candles.at(-2)).toMatchObject({ closed: true, filled: true })
    expect(body.candles.at(-1)).toMatchObject({ closed: false, filled: true })
  })

  it.each(['forward', 'backward'])('are each given once when pages are read %s', async (direction) => {
    const past = await startPast()
    addCandles(past, channel, sparse)
    past.history.time = start + 100 * minute
    const found: number[][] = []
    let edge: number | null = direction === 'forward' ? start : start + 12 * minute
    while (edge !== null) {
      const range = direction === 'forward' ? `&from=${edge}&to=${start + 12 * minute}` : `&to=${edge}`
      const body = await ask(past, `&fill=true&limit=3${range}`)
      found.push(times(body))
      edge = body.next
    }
    const pages = direction === 'forward' ? found : found.reverse()
    expect(pages.flat()).toEqual(numbers(2, 12))
    expect(pages.every((page) => page.length > 0 && page.length <= 3)).toBe(true)
  })

  it('are left out from where something may be missing to the next candle, as no close is known there', async () => {
    const past = await startPast()
    addCandles(past, channel, sparse)
    const held = past.history.candleChannels.get(channel)
    if (held !== undefined) held.holes = [{ from: start + 4.5 * minute, to: start + 5.2 * minute }]
    expect(times(await ask(past, '&fill=true'))).toEqual([2, 3, 7])
    expect(times(await ask(past, `&fill=true&from=${start}`))).toEqual([2, 3, 7])
    expect(times(await ask(past, `&fill=true&from=${start + 6 * minute}`))).toEqual([7])
    if (held !== undefined) held.holes = [{ from: start + 5.5 * minute, to: start + 5.6 * minute }]
    expect(times(await ask(past, '&fill=true'))).toEqual([2, 3, 4, 7])
  })

  it('are left out while the market is closed', async () => {
    const past = await startPast()
    past.history.calendar = 'us-equities'
    // 2 January 2024 is a Tuesday; New York is five hours behind UTC.
    const close = Date.UTC(2024, 0, 2, 21)
    const open = Date.UTC(2024, 0, 3, 14, 30)
    addCandles(past, channel, [candleOf(close - 3 * minute, 1), candleOf(open + 2 * minute, 2)])
    const body = await ask(past, '&fill=true')
    const expected = [close - 3 * minute, close - 2 * minute, close - minute, open, open + minute, open + 2 * minute]
    expect(body.candles.map(({ openTime }: Candle) => openTime)).toEqual(expected)
  })
})
