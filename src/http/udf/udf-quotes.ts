import { type Static, Type } from 'typebox'
import type { RouteApp } from '../route-app.ts'
import type { SymbolDirectory } from '../symbol-directory.ts'
import { udfErrorResponse } from './udf-errors.ts'

/** Most symbols of one request; further ones are not answered. */
const maxSymbols = 100

const optional = Type.Optional(Type.Number())
const QuoteValuesSchema = Type.Object({
  short_name: Type.Optional(Type.String()),
  exchange: Type.Optional(Type.String()),
  description: Type.Optional(Type.String()),
  ...{ lp: optional, ch: optional, chp: optional, ask: optional, bid: optional, spread: optional },
  ...{ open_price: optional, high_price: optional, low_price: optional, prev_close_price: optional, volume: optional }
})
const QuotesSchema = Type.Object(
  {
    s: Type.Literal('ok'),
    d: Type.Array(
      Type.Object({
        s: Type.Enum(['ok', 'error'], { type: 'string' }),
        n: Type.String({ description: 'The symbol as it was asked for' }),
        v: QuoteValuesSchema
      }),
      { description: 'In the order asked; what is not known of a symbol is left out' }
    )
  },
  { description: 'Newest prices' }
)

/** The newest prices, for watch lists of TradingView. */
export function addUdfQuotes(app: RouteApp, directory: SymbolDirectory): void {
  app.get(
    '/quotes',
    {
      schema: {
        tags: ['tradingview'],
        summary: 'Newest prices of symbols',
        querystring: Type.Object({
          symbols: Type.String({ description: `Separated by commas, at most ${maxSymbols}`, examples: ['SIM:AAPL'] })
        }),
        response: { 200: QuotesSchema, 400: udfErrorResponse('The query is wrong') }
      }
    },
    ({ query }) => {
      const names = query.symbols.split(',').filter((name) => name.trim() !== '')
      return { s: 'ok' as const, d: names.slice(0, maxSymbols).map((name) => quoteOf(directory, name)) }
    }
  )
}

/** From the 24-hour statistics; without them from the newest quote and trade. */
function quoteOf(directory: SymbolDirectory, name: string) {
  const entry = directory.find(name)
  if (entry === undefined) return { s: 'error' as const, n: name, v: {} }
  const { ticker, venue, symbol } = entry
  const statistics = directory.newest(`ticker:${ticker}`) ?? {}
  const quote = directory.newest(`quote:${ticker}`) ?? {}
  const trade = directory.newest(`trade:${ticker}`) ?? {}
  const bidText = quote.bid ?? statistics.bid
  const askText = quote.ask ?? statistics.ask
  const bid = numberOf(bidText)
  const ask = numberOf(askText)
  const decimals = Math.max(decimalsOf(bidText), decimalsOf(askText))
  const values: Record<string, number | undefined> = {
    lp: numberOf(trade.price ?? statistics.last),
    ch: numberOf(statistics.change),
    chp: numberOf(statistics.changePercent),
    bid,
    ask,
    spread: bid === undefined || ask === undefined ? undefined : Number((ask - bid).toFixed(decimals)),
    open_price: numberOf(statistics.open),
    high_price: numberOf(statistics.high),
    low_price: numberOf(statistics.low),
    prev_close_price: numberOf(statistics.open),
    volume: numberOf(statistics.volume)
  }
  const known = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
  const about = { short_name: symbol, exchange: venue, description: `${symbol} on ${venue}` }
  const v: Static<typeof QuoteValuesSchema> = { ...about, ...known }
  return { s: 'ok' as const, n: name, v }
}

/** Decimals of a price, as far as `toFixed` goes. */
function decimalsOf(text: unknown): number {
  return Math.min(100, String(text).split('.')[1]?.length ?? 0)
}

function numberOf(text: unknown): number | undefined {
  return typeof text === 'string' && text !== '' && Number.isFinite(Number(text)) ? Number(text) : undefined
}
