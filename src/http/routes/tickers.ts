import { type Static, Type } from 'typebox'
import { CAUSES, QUALITIES } from '../../protocol/feed-message.ts'
import { TickerSchema } from '../../protocol/market-data.ts'
import type { Update } from '../../protocol/server-events.ts'
import type { ChannelView, MarketView } from '../market-view.ts'
import { PAGE_INFO, PAGE_QUERY, pageOf } from '../paging.ts'
import type { RouteApp } from '../route-app.ts'

const EntrySchema = Type.Object({
  ticker: Type.String({ description: 'VENUE:SYMBOL', examples: ['SIM:AAPL'] }),
  channel: Type.String({ examples: ['ticker:SIM:AAPL'] }),
  epoch: Type.String(),
  seq: Type.Integer({ description: 'Number of the newest message; live ones after it continue this answer' }),
  quality: Type.Enum([...QUALITIES], { type: 'string', description: 'How far the value can be trusted' }),
  cause: Type.Enum([...CAUSES], { type: 'string', description: 'Why it is not live; none when it is' }),
  exchangeTime: Type.Integer({ description: 'Venue clock, ms since the Unix epoch' }),
  data: TickerSchema
})
const TickersSchema = Type.Object(
  { tickers: Type.Array(EntrySchema), ...PAGE_INFO },
  { description: 'Sorted by name; symbols of which nothing was published yet are left out' }
)

/** The newest 24-hour statistics of every symbol. */
export function addTickerRoutes(app: RouteApp, view: MarketView): void {
  app.get(
    '/api/v1/tickers',
    {
      schema: {
        tags: ['market'],
        summary: 'The newest 24-hour statistics of all symbols',
        querystring: Type.Object({
          venue: Type.Optional(Type.String({ description: 'Only symbols of this venue', maxLength: 64 })),
          ...PAGE_QUERY
        }),
        response: { 200: TickersSchema }
      }
    },
    ({ query: { venue, ...pageQuery } }) => {
      const channels = view
        .channels('ticker:*:*')
        .filter((channel) => channel.seq > 0 && (venue === undefined || channel.venue === venue))
      const { entries, ...page } = pageOf(channels, ({ channel }) => channel, pageQuery)
      return {
        tickers: entries.map((channel) => tickerEntry(view, channel)).filter((entry) => entry !== undefined),
        ...page
      }
    }
  )
}

function tickerEntry(view: MarketView, state: ChannelView): Static<typeof EntrySchema> | undefined {
  const { channel, venue, symbol, epoch, seq, quality, cause } = state
  const [newest] = JSON.parse(view.snapshot(channel) ?? '[]') as readonly Update[]
  if (newest === undefined) return undefined
  const data = newest.data as Static<typeof TickerSchema>
  return { ticker: `${venue}:${symbol}`, channel, epoch, seq, quality, cause, exchangeTime: newest.exchangeTime, data }
}
