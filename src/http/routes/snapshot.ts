import { Type } from 'typebox'
import { CHANNEL_GRAMMAR, parseChannel } from '../../protocol/channel.ts'
import { codedError } from '../../protocol/codes.ts'
import { CAUSES, QUALITIES } from '../../protocol/feed-message.ts'
import type { MarketView } from '../market-view.ts'
import { HttpProblem, problemResponse } from '../problems.ts'
import type { RouteApp } from '../route-app.ts'

const maxChannels = 100

const UpdateSchema = Type.Object(
  {
    channel: Type.String(),
    seq: Type.Integer(),
    prev: Type.Optional(Type.Integer({ description: 'Where it is not seq - 1: the update stands for (prev, seq]' })),
    type: Type.Optional(Type.Literal('snapshot', { description: 'Clears and sets' })),
    epoch: Type.Optional(Type.String()),
    exchangeTime: Type.Integer({ description: 'Venue clock, ms since the Unix epoch' }),
    ingestTime: Type.Integer({ description: 'When it was taken in, ms since the Unix epoch' }),
    data: Type.Unknown({ description: 'Payload of the kind of channel, exactly as in the stream' })
  },
  { description: 'An update as clients of the stream get it' }
)

const SnapshotsSchema = Type.Object(
  {
    snapshots: Type.Array(
      Type.Union([
        Type.Object({
          channel: Type.String({ examples: ['quote:SIM:AAPL'] }),
          epoch: Type.String(),
          seq: Type.Integer({ description: 'Number of the newest message; 0 before the first' }),
          quality: Type.Enum([...QUALITIES], { type: 'string' }),
          cause: Type.Enum([...CAUSES], { type: 'string' }),
          since: Type.Integer({ description: 'Since when the quality holds, ms since the Unix epoch' }),
          updates: Type.Array(UpdateSchema, { description: 'A snapshot, and for a book perhaps deltas after it' })
        }),
        Type.Object({
          channel: Type.String({ examples: ['quote:SIM:NOPE'] }),
          error: Type.Object({
            code: Type.Integer({ examples: [103] }),
            name: Type.String({ examples: ['unknownChannel'] }),
            message: Type.String(),
            temporary: Type.Boolean({ description: 'Whether the same may succeed later' })
          })
        })
      ])
    )
  },
  { description: 'One entry for each channel, in the order asked' }
)

/** The same for OpenAPI; the body itself is put together from JSON text, and no serialiser runs over it. */
const AssembledSchema = Type.Unsafe<string>(SnapshotsSchema)

const SnapshotQuerySchema = Type.Object({
  channel: Type.Array(Type.String(), {
    minItems: 1,
    description: `Channels, repeated or separated by commas, at most ${maxChannels}`,
    examples: [['quote:SIM:AAPL', 'book:SIM:AAPL:20']]
  })
})

/** The newest state of some channels, for clients that want a picture and no stream. */
export function addSnapshotRoutes(app: RouteApp, view: MarketView): void {
  app.get(
    '/api/v1/snapshot',
    {
      schema: {
        tags: ['market'],
        summary: 'The newest state of channels',
        description: 'A client that subscribes gets the same snapshot in the stream and needs no request.',
        querystring: SnapshotQuerySchema,
        response: {
          200: AssembledSchema,
          400: problemResponse('The query or a channel name is wrong'),
          404: problemResponse('None of the channels is known')
        }
      }
    },
    ({ query }, reply) => {
      const channels = channelsOf(query.channel)
      if (channels.every((channel) => view.channel(channel) === undefined)) {
        throw new HttpProblem(
          'unknownChannel',
          `No producer publishes ${channels.join(', ')} now. See /api/v1/channels`
        )
      }
      const entries = channels.map((channel) => entryOf(view, channel))
      reply.type('application/json')
      return `{"snapshots":[${entries.join()}]}`
    }
  )
}

/** The updates stay the text they are: a book of many levels is neither parsed nor made again. */
function entryOf(view: MarketView, channel: string): string {
  const state = view.channel(channel)
  const updates = view.snapshot(channel)
  if (state === undefined || updates === undefined) {
    const error = codedError('unknownChannel', `No producer publishes ${channel} now. See /api/v1/channels`)
    return JSON.stringify({ channel, error })
  }
  const { epoch, seq, quality, cause, since } = state
  return `${JSON.stringify({ channel, epoch, seq, quality, cause, since }).slice(0, -1)},"updates":${updates}}`
}

function channelsOf(parameters: readonly string[]): readonly string[] {
  const channels = [...new Set(parameters.flatMap((parameter) => parameter.split(',')).map((name) => name.trim()))]
  const wrong = channels.find((channel) => parseChannel(channel) === undefined)
  if (wrong !== undefined) {
    throw new HttpProblem('badChannel', `channel: expected ${CHANNEL_GRAMMAR}, found ${JSON.stringify(wrong)}`)
  }
  if (channels.length > maxChannels) {
    const detail = `channel: expected at most ${maxChannels} channels, found ${channels.length}. Ask in several requests`
    throw new HttpProblem('badRequest', detail)
  }
  return channels
}
