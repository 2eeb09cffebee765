import { Type } from 'typebox'
import { TradeSchema } from '../../protocol/market-data.ts'
import { readTradeText } from '../history-pages.ts'
import type { HistoryView } from '../history-view.ts'
import type { MarketView } from '../market-view.ts'
import { HttpProblem, problemResponse } from '../problems.ts'
import { answerRange, checkRange, HOLES, NOT_MODIFIED, POSITION, RANGE_QUERY } from '../range-answer.ts'
import type { RouteApp } from '../route-app.ts'
import { TICKER, tickerOf } from '../ticker-name.ts'

const defaultLimit = 500
const maxLimit = 5_000

const TradesSchema = Type.Object(
  {
    symbol: TICKER,
    trades: Type.Array(
      Type.Object({
        ...TradeSchema.properties,
        time: Type.Integer({ description: 'Venue clock, ms since the Unix epoch' }),
        epoch: Type.String({ description: 'Life of the producer; with `seq` it tells the same trade in the stream' }),
        seq: Type.Integer({ description: 'Number of the message on its channel' })
      }),
      { description: 'Newest last' }
    ),
    next: Type.Unsafe<string | null>({
      type: ['string', 'null'],
      description: 'Value of `before` for the next, older page; null on the last one'
    }),
    holes: HOLES,
    position: POSITION
  },
  { description: 'Trades, newest last' }
)

/** Trades of the past, joined to the live channel by a position. */
export function addTradeRoutes(app: RouteApp, view: MarketView, history: HistoryView): void {
  app.get(
    '/api/v1/trades',
    {
      schema: {
        tags: ['history'],
        summary: 'Trades of the past',
        description: 'The newest ones of the range first; older pages by `before`. A range that is over has an ETag.',
        querystring: Type.Object({
          symbol: TICKER,
          ...RANGE_QUERY,
          before: Type.Optional(
            Type.String({ maxLength: 64, description: 'Only older trades than the page whose `next` this is' })
          ),
          limit: Type.Integer({
            minimum: 1,
            maximum: maxLimit,
            default: defaultLimit,
            description: 'Most trades to answer'
          })
        }),
        response: {
          200: Type.Unsafe<string>(TradesSchema),
          304: NOT_MODIFIED,
          400: problemResponse('The query is wrong'),
          404: problemResponse('No trades of the symbol are published or stored'),
          503: problemResponse('Too much to do, or the history cannot be read; ask again')
        }
      }
    },
    async (request, reply) => {
      const { symbol: ticker, ...range } = request.query
      checkRange(range)
      const { venue, symbol } = tickerOf(ticker)
      const channel = `trade:${venue}:${symbol}`
      const { text, before = null, holes, position } = await readTradeText(history, channel, range, request.signal)
      if (position === undefined && view.channel(channel) === undefined) {
        const detail = `Expected trades of ${ticker}, published or stored; found none. See /api/v1/symbols`
        throw new HttpProblem('unknownChannel', detail)
      }
      const isClosed = range.to !== undefined && position !== undefined && position.time >= range.to
      const body = { symbol: ticker, next: before, holes }
      return answerRange(request, reply, { body, list: ['trades', text], position, channel, isClosed })
    }
  )
}
