import type { Candle } from '../../src/protocol/market-data.ts'
import type { Past } from './past-fixture.ts'

export const minute = 60_000
/** Start of the candles, ms; a whole day, UTC. */
export const start = Date.UTC(2024, 0, 1)
export const channel = 'candle:SIM:AAPL:1m'
export const address = '/api/v1/candles?symbol=SIM:AAPL&interval=1m'

/** The answer to a query for candles of a minute, `&` first. */
export async function ask({ app }: Past, query: string) {
  return (await app.inject(`${address}${query}`)).json()
}

/** When the candles of an answer begin, minutes after the start. */
export function times(body: { readonly candles: readonly Candle[] }): number[] {
  return body.candles.map(({ openTime }) => (openTime - start) / minute)
}

/** Whole numbers, `to` left out. */
export function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index)
}
