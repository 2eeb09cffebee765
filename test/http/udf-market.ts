import { candlesFrom } from '../support/fake-history-view.ts'
import { addCandles, type Past, startPast } from './past-fixture.ts'

export const minute = 60_000
/** Start of the bars, ms; a whole day, UTC. */
export const start = Date.UTC(2024, 0, 1)

/** The same in seconds, as UDF counts. */
export const seconds = start / 1_000

/** `SIM:AAPL` with ten bars of a minute, the last one in progress, and its newest prices; other symbols besides. */
export async function startUdf(): Promise<Past> {
  const past = await startPast()
  addCandles(past, 'candle:SIM:AAPL:1m', candlesFrom(start, minute, 10))
  for (const name of ['SIM:AAP', 'SIM:XAAPL', 'KRAKEN:BTC-USD']) past.view.add(`candle:${name}:1m`)
  publish(past, 'ticker:SIM:AAPL', {
    ...{ last: '109.50', change: '9.50', changePercent: '9.5', open: '100.00', high: '110.00', low: '99.50' },
    ...{ volume: '1234.5', bid: '109.40', ask: '109.60' }
  })
  publish(past, 'quote:SIM:AAPL', { bid: '109.45', bidSize: '10', ask: '109.55', askSize: '0.25' })
  return past
}

/** Makes `data` the newest value of a channel. */
export function publish({ view }: Past, channel: string, data: object): void {
  view.add(channel, JSON.stringify([{ channel, seq: 7, type: 'snapshot', exchangeTime: 1, ingestTime: 1, data }]))
}

/** A request as TradingView's adapter makes it: whatever the status, the text is taken for JSON. */
export async function send({ app }: Past, path: string, query: Readonly<Record<string, string | number>> = {}) {
  const texts = Object.entries(query).map(([key, value]) => [key, String(value)] as const)
  const url = `/udf/${path}?${new URLSearchParams(Object.fromEntries(texts))}`
  return JSON.parse((await app.inject(url)).body)
}

/** Bars of a minute, by a query that may say otherwise. */
export function history(past: Past, query: Readonly<Record<string, string | number>>) {
  return send(past, 'history', { symbol: 'SIM:AAPL', resolution: '1', ...query })
}
