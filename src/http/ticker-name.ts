import { Type } from 'typebox'
import { parseChannel } from '../protocol/channel.ts'
import { HttpProblem } from './problems.ts'

/** `VENUE:SYMBOL` in a query or an address. */
export const TICKER = Type.String({ description: 'VENUE:SYMBOL, as TradingView writes it', examples: ['SIM:AAPL'] })

/** Takes `VENUE:SYMBOL` apart; `undefined` when it is none. */
export function parseTicker(text: string): { readonly venue: string; readonly symbol: string } | undefined {
  const { venue, symbol, param } = parseChannel(`ticker:${text}`) ?? {}
  return venue === undefined || symbol === undefined || param !== undefined ? undefined : { venue, symbol }
}

/** @throws HttpProblem `badRequest` when the text is no ticker. */
export function tickerOf(text: string): { readonly venue: string; readonly symbol: string } {
  const ticker = parseTicker(text)
  if (ticker !== undefined) return ticker
  throw new HttpProblem('badRequest', `symbol: expected VENUE:SYMBOL, e.g. SIM:AAPL, found ${JSON.stringify(text)}`)
}
