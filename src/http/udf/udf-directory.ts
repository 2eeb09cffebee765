import { setImmediate } from 'node:timers/promises'
import { Type } from 'typebox'
import type { RouteApp } from '../route-app.ts'
import type { SymbolDirectory, SymbolEntry } from '../symbol-directory.ts'
import { udfErrorResponse } from './udf-errors.ts'
import { symbolOf } from './udf-history.ts'
import { typeOf, type UdfSymbol, UdfSymbolSchema } from './udf-symbols.ts'

const defaultResults = 30
const maxResults = 1_000
/** Symbols looked up at once; then the main thread can send. */
const symbolsPerTurn = 50

const ResultsSchema = Type.Array(
  Type.Object({
    symbol: Type.String({ examples: ['AAPL'] }),
    full_name: Type.String({ examples: ['SIM:AAPL'] }),
    description: Type.String(),
    exchange: Type.String({ examples: ['SIM'] }),
    ticker: Type.String({ examples: ['SIM:AAPL'] }),
    type: Type.String({ examples: ['stock'] })
  }),
  { description: 'Symbols, the best match first' }
)

/** The symbols, for TradingView's search and charts. */
export function addUdfDirectory(
  app: RouteApp,
  directory: SymbolDirectory,
  infoOf: (entry: SymbolEntry) => UdfSymbol
): void {
  app.get(
    '/symbols',
    {
      schema: {
        tags: ['tradingview'],
        summary: 'One symbol',
        querystring: Type.Object({ symbol: Type.String({ description: 'VENUE:SYMBOL or SYMBOL, in any case' }) }),
        response: { 200: UdfSymbolSchema, 404: udfErrorResponse('There is no such symbol: `unknown_symbol`') }
      }
    },
    ({ query }) => infoOf(symbolOf(directory, query.symbol))
  )

  app.get(
    '/symbol_info',
    {
      schema: {
        tags: ['tradingview'],
        summary: 'All symbols of an exchange',
        querystring: Type.Object({ group: Type.String({ description: 'The exchange', examples: ['SIM'] }) }),
        response: {
          200: Type.Record(Type.String(), Type.Unknown(), { description: 'Fields of symbols, each as an array' })
        }
      }
    },
    async ({ query }) => {
      const group = query.group.toUpperCase()
      const symbols: UdfSymbol[] = []
      for (const entry of directory.all().filter(({ venue }) => venue === group)) {
        if (symbols.length % symbolsPerTurn === symbolsPerTurn - 1) await setImmediate()
        symbols.push(infoOf(entry))
      }
      return asColumns(symbols)
    }
  )

  app.get(
    '/search',
    {
      schema: {
        tags: ['tradingview'],
        summary: 'Symbols by a part of their name',
        querystring: Type.Object({
          query: Type.String({ default: '', maxLength: 128 }),
          type: Type.String({ default: '', description: 'stock or crypto; empty for all' }),
          exchange: Type.String({ default: '', description: 'Empty for all' }),
          limit: Type.Integer({ minimum: 1, maximum: maxResults, default: defaultResults })
        }),
        response: { 200: ResultsSchema, 400: udfErrorResponse('The query is wrong') }
      }
    },
    ({ query: { query, type, exchange, limit } }) => {
      const text = query.trim().toUpperCase()
      const found = directory.all().filter((entry) => {
        if (exchange !== '' && entry.venue !== exchange.toUpperCase()) return false
        return (type === '' || typeOf(entry.symbol) === type) && entry.ticker.includes(text)
      })
      // The sort is stable: what matches equally well stays in alphabetical order.
      return found
        .toSorted((a, b) => distance(a, text) - distance(b, text))
        .slice(0, limit)
        .map(({ ticker, venue, symbol }) => ({
          symbol,
          full_name: ticker,
          description: `${symbol} on ${venue}`,
          exchange: venue,
          ticker,
          type: typeOf(symbol)
        }))
    }
  )
}

/** The whole name, then its beginning, then any part of it. */
function distance({ ticker, symbol }: SymbolEntry, text: string): number {
  if (symbol === text || ticker === text) return 0
  return symbol.startsWith(text) ? 1 : 2
}

/** As group requests want it: one array for each field, under the names they have there. */
function asColumns(symbols: readonly UdfSymbol[]): Record<string, unknown[]> {
  const column = (name: keyof UdfSymbol) => symbols.map((symbol) => symbol[name])
  return {
    symbol: column('name'),
    ticker: column('ticker'),
    full_name: column('full_name'),
    description: column('description'),
    type: column('type'),
    'exchange-listed': column('listed_exchange'),
    'exchange-traded': column('exchange'),
    'session-regular': column('session'),
    timezone: column('timezone'),
    minmovement: column('minmov'),
    pricescale: column('pricescale'),
    'has-intraday': column('has_intraday'),
    'intraday-multipliers': column('intraday_multipliers'),
    'has-daily': column('has_daily'),
    'has-weekly-and-monthly': column('has_weekly_and_monthly'),
    'has-empty-bars': column('has_empty_bars'),
    'supported-resolutions': column('supported_resolutions'),
    'volume-precision': column('volume_precision')
  }
}
