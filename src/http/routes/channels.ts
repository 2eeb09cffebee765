import { Type } from 'typebox'
import { CHANNEL_GRAMMAR, isPattern, parseChannel } from '../../protocol/channel.ts'
import { CAUSES, QUALITIES } from '../../protocol/feed-message.ts'
import type { MarketView } from '../market-view.ts'
import { PAGE_INFO, PAGE_QUERY, pageOf } from '../paging.ts'
import { HttpProblem, problemResponse } from '../problems.ts'
import type { RouteApp } from '../route-app.ts'

/** Every field of `ChannelView` is here, since an answer holds only what its schema names. */
const ChannelSchema = Type.Object({
  channel: Type.String({ description: CHANNEL_GRAMMAR, examples: ['quote:SIM:AAPL'] }),
  kind: Type.String({ examples: ['quote'] }),
  venue: Type.String({ examples: ['SIM'] }),
  symbol: Type.String({ examples: ['AAPL'] }),
  contract: Type.Enum(['state', 'event'], {
    type: 'string',
    description: 'state: the newest message stands for older ones; event: each message counts'
  }),
  source: Type.String({ description: 'Name of the producer' }),
  epoch: Type.String({ description: 'Names the life of the producer that numbers the messages' }),
  seq: Type.Integer({ description: 'Number of the newest message; 0 before the first' }),
  quality: Type.Enum([...QUALITIES], { type: 'string', description: 'How far the newest value can be trusted' }),
  cause: Type.Enum([...CAUSES], { type: 'string', description: 'Why it is not live; none when it is' }),
  since: Type.Integer({ description: 'Since when the quality holds, ms since the Unix epoch' }),
  ingestTime: Type.Unsafe<number | null>({
    type: ['integer', 'null'],
    description: 'When the newest message was taken in, ms since the Unix epoch; null before the first'
  }),
  subscribers: Type.Integer({ description: 'Clients that hold the channel now' }),
  dormant: Type.Boolean({ description: 'Made only while somebody holds it, and now nobody does' })
})

const ChannelsSchema = Type.Object(
  { channels: Type.Array(ChannelSchema), ...PAGE_INFO },
  { description: 'Channels sorted by name' }
)

const ChannelsQuerySchema = Type.Object({
  pattern: Type.Optional(
    Type.String({
      description: 'A channel, or a pattern in which * stands for any run of characters within one part',
      examples: ['quote:SIM:*']
    })
  ),
  ...PAGE_QUERY
})

/** The directory of channels: what can be subscribed to, and how far each can be trusted. */
export function addChannelRoutes(app: RouteApp, view: MarketView): void {
  app.get(
    '/api/v1/channels',
    {
      schema: {
        tags: ['market'],
        summary: 'Channels that can be subscribed to',
        querystring: ChannelsQuerySchema,
        response: { 200: ChannelsSchema, 400: problemResponse('The query or the pattern is wrong') }
      }
    },
    ({ query: { pattern, ...pageQuery } }) => {
      if (pattern !== undefined && !isPattern(pattern) && parseChannel(pattern) === undefined) {
        const expected = `a channel (${CHANNEL_GRAMMAR}) or a pattern such as quote:SIM:*`
        throw new HttpProblem('badChannel', `pattern: expected ${expected}, found ${JSON.stringify(pattern)}`)
      }
      const { entries, ...page } = pageOf(view.channels(pattern), ({ channel }) => channel, pageQuery)
      return { channels: entries, ...page }
    }
  )
}
