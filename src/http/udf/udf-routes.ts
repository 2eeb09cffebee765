import { Type } from 'typebox'
import { INTERVALS } from '../../market/candle-interval.ts'
import type { CandleReader } from '../candle-reader.ts'
import type { HistoryView } from '../history-view.ts'
import type { RouteApp } from '../route-app.ts'
import type { SymbolDirectory, SymbolEntry } from '../symbol-directory.ts'
import { addUdfDirectory } from './udf-directory.ts'
import { answerUdfError, answerUdfUnknown, UDF_PREFIX } from './udf-errors.ts'
import { addUdfHistory } from './udf-history.ts'
import { addUdfMarks } from './udf-marks.ts'
import { addUdfQuotes } from './udf-quotes.ts'
import { resolutionOf } from './udf-resolution.ts'
import { udfSymbol } from './udf-symbols.ts'

const Named = Type.Array(
  Type.Object({ value: Type.String(), name: Type.String(), desc: Type.Optional(Type.String()) }),
  { description: 'What a search can be narrowed down to' }
)

const ConfigSchema = Type.Object(
  {
    supported_resolutions: Type.Array(Type.String()),
    supports_search: Type.Boolean(),
    supports_group_request: Type.Boolean(),
    supports_marks: Type.Boolean(),
    supports_timescale_marks: Type.Boolean(),
    supports_time: Type.Boolean(),
    exchanges: Named,
    symbols_types: Named
  },
  { description: 'What this server can do' }
)

/**
 * TradingView's universal data feed (UDF): its charts, with the adapter they come with, work on `/udf` as it is.
 *
 * @see https://www.tradingview.com/charting-library-docs/latest/connecting_data/UDF
 */
export async function addUdfRoutes(
  app: RouteApp,
  directory: SymbolDirectory,
  reader: CandleReader,
  history: HistoryView
): Promise<void> {
  const infoOf = (entry: SymbolEntry) => {
    const { venue, symbol } = entry
    const calendar = history.calendarOf(venue, symbol)
    return udfSymbol(entry, reader.intervals(venue, symbol), directory.precisionOf(entry), calendar)
  }
  await app.register(
    async (udf: RouteApp) => {
      udf.setErrorHandler(answerUdfError)
      udf.setNotFoundHandler(answerUdfUnknown)
      addConfig(udf, directory)
      addTime(udf, history)
      addUdfDirectory(udf, directory, infoOf)
      addUdfHistory(udf, directory, reader)
      addUdfMarks(udf, directory, history)
      addUdfQuotes(udf, directory)
    },
    { prefix: UDF_PREFIX }
  )
}

function addConfig(app: RouteApp, directory: SymbolDirectory): void {
  app.get(
    '/config',
    { schema: { tags: ['tradingview'], summary: 'What this data feed can do', response: { 200: ConfigSchema } } },
    () => {
      const venues = [...new Set(directory.all().map(({ venue }) => venue))]
      return {
        supported_resolutions: INTERVALS.map(resolutionOf),
        supports_search: true,
        supports_group_request: false,
        supports_marks: false,
        supports_timescale_marks: true,
        supports_time: true,
        exchanges: [
          { value: '', name: 'All exchanges', desc: '' },
          ...venues.map((venue) => ({ value: venue, name: venue, desc: venue }))
        ],
        symbols_types: [
          { name: 'All types', value: '' },
          { name: 'Crypto', value: 'crypto' },
          { name: 'Stock', value: 'stock' }
        ]
      }
    }
  )
}

function addTime(app: RouteApp, history: HistoryView): void {
  app.get(
    '/time',
    {
      schema: {
        tags: ['tradingview'],
        summary: 'The time of the server',
        response: {
          200: {
            description: 'Seconds since the Unix epoch',
            content: { 'text/plain': { schema: Type.String({ examples: ['1700000000'] }) } }
          }
        }
      }
    },
    (_request, reply) => {
      reply.type('text/plain')
      return String(Math.floor(history.now() / 1_000))
    }
  )
}
