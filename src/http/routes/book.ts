import { Type } from 'typebox'
import { CAUSES, QUALITIES } from '../../protocol/feed-message.ts'
import { BookSchema } from '../../protocol/market-data.ts'
import { type Jobs, runJob } from '../jobs.ts'
import type { ChannelView, MarketView } from '../market-view.ts'
import { HttpProblem, problemResponse } from '../problems.ts'
import type { RouteApp } from '../route-app.ts'
import { TICKER, tickerOf } from '../ticker-name.ts'

const defaultDepth = 100
const maxDepth = 10_000

const TimeOrNull = (description: string) => Type.Unsafe<number | null>({ type: ['integer', 'null'], description })

const PresentBookSchema = Type.Object(
  {
    channel: Type.String({ examples: ['book:SIM:AAPL'] }),
    epoch: Type.String({ description: 'Names the life of the producer that numbers the messages' }),
    quality: Type.Enum([...QUALITIES], { type: 'string', description: 'How far the book can be trusted' }),
    cause: Type.Enum([...CAUSES], { type: 'string', description: 'Why it is not live; none when it is' }),
    seq: Type.Integer({ description: 'Number of the last message contained; live ones after it continue this answer' }),
    exchangeTime: TimeOrNull('Venue clock, ms since the Unix epoch; null before the first message'),
    ingestTime: TimeOrNull('When the last message was taken in, ms since the Unix epoch; null before the first'),
    ...BookSchema.properties
  },
  { description: 'The best levels of each side' }
)

/** The newest order book, put together from its snapshot and deltas. */
export function addBookRoutes(app: RouteApp, view: MarketView, jobs: Jobs): void {
  app.get(
    '/api/v1/book/:symbol',
    {
      schema: {
        tags: ['market'],
        summary: 'The newest order book of a symbol',
        description: 'Of the full book where it is published, else of the deepest one.',
        params: Type.Object({ symbol: TICKER }),
        querystring: Type.Object({
          depth: Type.Integer({
            minimum: 1,
            maximum: maxDepth,
            default: defaultDepth,
            description: 'Most levels a side'
          })
        }),
        response: {
          200: Type.Unsafe<string>(PresentBookSchema),
          400: problemResponse('The symbol or the query is wrong'),
          404: problemResponse('No book of the symbol is published'),
          503: problemResponse('Too much to do; ask again')
        }
      }
    },
    async (request, reply) => {
      const { venue, symbol } = tickerOf(request.params.symbol)
      const state = deepestBook(view, venue, symbol)
      if (state === undefined) {
        const detail = `Expected a published book of ${venue}:${symbol}, found none. See /api/v1/channels?pattern=book:*:*`
        throw new HttpProblem('unknownChannel', detail)
      }
      const updates = view.snapshot(state.channel) ?? '[]'
      const book = await runJob(jobs, 'book', { updates, depth: request.query.depth }, request.signal)
      const { channel, epoch, quality, cause } = state
      reply.type('application/json')
      return `${JSON.stringify({ channel, epoch, quality, cause }).slice(0, -1)},${book.slice(1)}`
    }
  )
}

/** The book without a depth in its name is the full one. */
function deepestBook(view: MarketView, venue: string, symbol: string): ChannelView | undefined {
  const full = view.channel(`book:${venue}:${symbol}`)
  if (full !== undefined) return full
  const depthOf = ({ channel }: ChannelView) => Number(channel.split(':')[3])
  return view.channels(`book:${venue}:${symbol}:*`).toSorted((a, b) => depthOf(b) - depthOf(a))[0]
}
