import { Type } from 'typebox'
import { INTERVALS, type Interval } from '../../market/candle-interval.ts'
import { CandleSchema } from '../../protocol/market-data.ts'
import type { CandleReader } from '../candle-reader.ts'
import { problemResponse } from '../problems.ts'
import { answerRange, checkRange, HOLES, NEXT_TIME, NOT_MODIFIED, POSITION, RANGE_QUERY } from '../range-answer.ts'
import type { RouteApp } from '../route-app.ts'
import { TICKER, tickerOf } from '../ticker-name.ts'

const defaultLimit = 500
const maxLimit = 5_000

/** Query of every route that reads candles. */
export const CANDLE_QUERY = {
  symbol: TICKER,
  interval: Type.Enum([...INTERVALS] as Interval[], { type: 'string', description: 'Weeks start on Monday' }),
  ...RANGE_QUERY,
  limit: Type.Integer({ minimum: 1, maximum: maxLimit, default: defaultLimit, description: 'Most candles to answer' })
}

const CandlesSchema = Type.Object(
  {
    symbol: TICKER,
    interval: Type.String({ examples: ['1m'] }),
    candles: Type.Array(
      Type.Object({
        ...CandleSchema.properties,
        filled: Type.Optional(
          Type.Literal(true, { description: 'Nothing was traded: every price is the previous close, the volume 0' })
        )
      }),
      { description: 'Newest last; the one in progress has `closed: false`' }
    ),
    next: NEXT_TIME,
    holes: HOLES,
    position: POSITION
  },
  { description: 'Candles, newest last' }
)

/** Candles of the past, joined to the live channel by a position. */
export function addCandleRoutes(app: RouteApp, reader: CandleReader): void {
  app.get(
    '/api/v1/candles',
    {
      schema: {
        tags: ['history'],
        summary: 'Candles of the past',
        description:
          'Without `from` the newest ones before `to`, or before now. Intervals that are not published are made of ' +
          'finer ones; `position` then names the channel of those. A range that is over has an ETag.',
        querystring: Type.Object({
          ...CANDLE_QUERY,
          fill: Type.Boolean({
            default: false,
            description:
              'Give intervals without a trade a candle, too: from the first candle known to `to`, or to the newest ' +
              'candle; not in holes, and not while the market is closed'
          })
        }),
        response: {
          200: Type.Unsafe<string>(CandlesSchema),
          304: NOT_MODIFIED,
          400: problemResponse('The query is wrong'),
          404: problemResponse('No such candles are published or stored'),
          503: problemResponse('Too much to do, or the history cannot be read; ask again')
        }
      }
    },
    async (request, reply) => {
      const { symbol: ticker, ...range } = request.query
      checkRange(range)
      const { venue, symbol } = tickerOf(ticker)
      const wish = { venue, symbol, ...range, isForward: range.from !== undefined }
      const { text, next, holes, ...reading } = await reader.readText(wish, request.signal)
      const body = { symbol: ticker, interval: range.interval, next, holes }
      return answerRange(request, reply, { ...reading, body, list: ['candles', text] })
    }
  )
}
