import { describe, expect, it, vi } from 'vitest'
import type { CandlePage } from '../../src/history/history-store.ts'
import { candleOf, candlesFrom } from '../support/fake-history-view.ts'
import { addCandles, expectDocumented } from './past-fixture.ts'
import { history, minute, seconds, send, start, startUdf } from './udf-market.ts'

const minutes = (answer: { t: readonly number[] }) => answer.t.map((time) => (time - seconds) / 60)

describe('/udf/history', () => {
  it('gives bars as numbers, ascending, the one in progress included', async () => {
    const past = await startUdf()
    const answer = await history(past, { from: seconds, to: seconds + 3_600 })
    expect(answer.s).toBe('ok')
    expect(minutes(answer)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect([answer.o[9], answer.h[9], answer.l[9], answer.c[9], answer.v[9]]).toEqual([
      109.1, 109.9, 109.05, 109.5, 10.5
    ])
    await expectDocumented(past.app, '/udf/history', answer)
  })

  it('takes from as inclusive and to as exclusive', async () => {
    const past = await startUdf()
    expect(minutes(await history(past, { from: seconds + 120, to: seconds + 300 }))).toEqual([2, 3, 4])
    expect(minutes(await history(past, { from: seconds + 121, to: seconds + 301 }))).toEqual([3, 4, 5])
  })

  it('gives as many bars before the end as countback says, wherever from is', async () => {
    const past = await startUdf()
    const range = { from: seconds + 480, to: seconds + 540 }
    expect(minutes(await history(past, { ...range, countback: 5 }))).toEqual([4, 5, 6, 7, 8])
    expect(minutes(await history(past, { ...range, countback: 100 }))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
    expect(minutes(await history(past, { ...range, countback: 0 }))).toEqual([8])
  })

  it('tells the newest bar before a range without any, so that the chart can jump to it', async () => {
    const past = await startUdf()
    const later = { from: seconds + 7_200, to: seconds + 10_800 }
    expect(await history(past, later)).toEqual({ s: 'no_data', nextTime: seconds + 540 })
    await expectDocumented(past.app, '/udf/history', await history(past, later))
  })

  it('tells of no bar when there is none before the range at all', async () => {
    const past = await startUdf()
    expect(await history(past, { from: seconds - 3_600, to: seconds })).toEqual({ s: 'no_data' })
    expect(await history(past, { from: seconds - 3_600, to: seconds, countback: 5 })).toEqual({ s: 'no_data' })
    expect(await send(past, 'history', { symbol: 'SIM:AAP', resolution: '1', from: 0, to: seconds })).toEqual({
      s: 'no_data'
    })
  })

  it('reaches back before 1970, as charts of months do', async () => {
    const past = await startUdf()
    expect(minutes(await history(past, { from: -5_000_000_000, to: seconds + 60 }))).toEqual([0])
    expect(await history(past, { from: -5_000_000_000, to: -1 })).toEqual({ s: 'no_data' })
  })

  it('reads no more of history than the range holds', async () => {
    const past = await startUdf()
    past.history.addCandles('candle:SIM:AAPL:1m', candlesFrom(start, minute, 5_000))
    const range = { from: seconds + 100_000, to: seconds + 103_600 }
    const read = vi.spyOn(past.history, 'candles')
    expect((await history(past, range)).t).toHaveLength(60)
    const pages = await Promise.all(read.mock.results.map(({ value }) => value as Promise<CandlePage>))
    expect(pages.map(({ candles }) => candles.length)).toEqual([60])
  })

  it('has no bars for minutes without a trade', async () => {
    const past = await startUdf()
    past.history.addCandles('candle:SIM:AAPL:1m', [candleOf(start, 1), candleOf(start + 5 * minute, 2)])
    expect(minutes(await history(past, { from: seconds, to: seconds + 600 }))).toEqual([0, 5])
  })

  it.each([
    ['3', [0, 3, 6, 9]],
    ['5', [0, 5]],
    ['60', [0]],
    ['D', [0]],
    ['1D', [0]]
  ])('makes bars of resolution %s of the minutes that are stored', async (resolution, expected) => {
    const past = await startUdf()
    expect(minutes(await history(past, { resolution, from: seconds, to: seconds + 600 }))).toEqual(expected)
  })

  it('has seconds where they are published', async () => {
    const past = await startUdf()
    addCandles(past, 'candle:SIM:AAPL:1s', candlesFrom(start, 1_000, 3))
    const answer = await history(past, { resolution: '1S', from: seconds, to: seconds + 60 })
    expect(answer.t).toEqual([seconds, seconds + 1, seconds + 2])
  })

  it('puts bars of a day at midnight UTC, wherever the market has its own', async () => {
    const past = await startUdf()
    past.history.calendar = 'us-equities'
    // Midnight in New York.
    addCandles(past, 'candle:SIM:AAPL:1d', [candleOf(start + 5 * 60 * minute, 1)])
    const answer = await history(past, { resolution: '1D', from: seconds, to: seconds + 86_400 })
    expect(answer.t).toEqual([seconds])
  })

  it('has the bars of a symbol that is stored and that no producer publishes, of any resolution', async () => {
    const past = await startUdf()
    past.history.addCandles('candle:OLD:GOLD:1m', candlesFrom(start, minute, 3))
    const query = { symbol: 'OLD:GOLD', from: seconds, to: seconds + 3_600 }
    expect(minutes(await history(past, query))).toEqual([0, 1, 2])
    expect(await history(past, { ...query, resolution: '5' })).toEqual({ s: 'error', errmsg: 'unknown_symbol' })
  })

  it.each([
    [{ symbol: 'SIM:NOPE' }, 404, 'unknown_symbol'],
    [{ resolution: '7' }, 400, 'resolution: 7 is not among those of SIM:AAPL'],
    [{ resolution: '1S' }, 400, 'resolution: 1S is not among those of SIM:AAPL'],
    [{ from: 'yesterday' }, 400, 'querystring/from must be number'],
    [{ countback: -1 }, 400, 'querystring/countback must be >= 0']
  ])('answers an error as JSON with a status: %j', async (query, status, errmsg) => {
    const past = await startUdf()
    const parameters = { symbol: 'SIM:AAPL', resolution: '1', from: '0', to: String(seconds), ...query }
    const response = await past.app.inject({ url: '/udf/history', query: parameters as Record<string, string> })
    expect(response.statusCode).toBe(status)
    expect(response.json()).toEqual({ s: 'error', errmsg })
  })
})
