import { Type } from 'typebox'
import type { HistoryView } from '../history-view.ts'
import type { RouteApp } from '../route-app.ts'
import type { SymbolDirectory } from '../symbol-directory.ts'
import { udfErrorResponse } from './udf-errors.ts'
import { symbolOf } from './udf-history.ts'

const MARKS_QUERY = Type.Object({
  symbol: Type.String(),
  from: Type.Number({ description: 'Seconds since the Unix epoch' }),
  to: Type.Number({ description: 'Seconds since the Unix epoch' }),
  resolution: Type.Optional(Type.String())
})

const TimescaleMarksSchema = Type.Array(
  Type.Object({
    id: Type.String(),
    time: Type.Integer({ description: 'Seconds since the Unix epoch' }),
    color: Type.String(),
    label: Type.String(),
    tooltip: Type.Array(Type.String())
  }),
  { description: 'One for each time in which data may be missing' }
)

/** Marks for TradingView's charts: the times in which data may be missing stand at the time scale, as they have no bar. */
export function addUdfMarks(app: RouteApp, directory: SymbolDirectory, history: HistoryView): void {
  app.get(
    '/marks',
    {
      schema: {
        tags: ['tradingview'],
        summary: 'Marks on bars; there are none',
        querystring: MARKS_QUERY,
        response: { 200: Type.Array(Type.Unknown(), { maxItems: 0, description: 'Always empty' }) }
      }
    },
    () => []
  )

  app.get(
    '/timescale_marks',
    {
      schema: {
        tags: ['tradingview'],
        summary: 'Marks at the time scale: where data may be missing',
        querystring: MARKS_QUERY,
        response: {
          200: TimescaleMarksSchema,
          404: udfErrorResponse('There is no such symbol'),
          503: udfErrorResponse('Too much to do, or the history cannot be read; ask again')
        }
      }
    },
    async ({ query, signal }) => {
      const { ticker } = symbolOf(directory, query.symbol)
      const from = Math.max(0, Math.floor(query.from * 1_000))
      const to = Math.max(from, Math.ceil(query.to * 1_000))
      const { holes } = await history.trades(`trade:${ticker}`, { from, to, limit: 0 }, signal)
      return holes.map((hole) => ({
        id: `hole-${hole.from}`,
        time: Math.floor(hole.from / 1_000),
        color: 'red',
        label: '!',
        tooltip: ['Data may be missing', `${isoTime(hole.from)} to`, isoTime(hole.to)]
      }))
    }
  )
}

function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString()
}
