import { expect, it } from 'vitest'
import { startPast } from './past-fixture.ts'

it('Every route of the past and of books is described, with its answers', async () => {
  const { app } = await startPast()
  const { paths } = (await app.inject('/openapi.json')).json()
  const past = Object.keys(paths).filter((path) =>
    /^\/(udf|api\/v1\/(book|candles|trades|tickers|indicators))/.test(path)
  )
  expect(past.sort()).toEqual([
    '/api/v1/book/{symbol}',
    '/api/v1/candles',
    '/api/v1/indicators',
    '/api/v1/tickers',
    '/api/v1/trades',
    '/udf/config',
    '/udf/history',
    '/udf/marks',
    '/udf/quotes',
    '/udf/search',
    '/udf/symbol_info',
    '/udf/symbols',
    '/udf/time',
    '/udf/timescale_marks'
  ])
  for (const path of past) {
    const { get } = paths[path]
    expect(get, path).toMatchObject({
      summary: expect.any(String),
      tags: [expect.stringMatching(/market|history|tradingview/)]
    })
    for (const [status, response] of Object.entries(get.responses)) {
      expect(response, `${path} ${status}`).toMatchObject({ description: expect.not.stringMatching(/^Default/) })
    }
  }
})

it('Without a history there are no routes of the past, and without jobs none that need them', async () => {
  const { app } = await startPast()
  expect((await app.inject('/api/v1/candles')).statusCode).toBe(400)
  const { startHttp } = await import('./http-fixture.ts')
  const bare = await startHttp()
  for (const path of ['/api/v1/candles', '/udf/config', '/api/v1/book/SIM:AAPL']) {
    expect((await bare.app.inject(path)).json().code, path).toBe('notFound')
  }
})
