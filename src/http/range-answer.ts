import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { HistoryHole, HistoryPosition } from '../history/history-store.ts'
import { HttpProblem } from './problems.ts'

/** Largest time that is taken, the end of the year 9999. */
const maxTime = 253_402_300_799_999

/** Entries made JSON of at once. */
const sliceEntries = 1_000

const TimeSchema = (description: string) =>
  Type.Integer({ minimum: 0, maximum: maxTime, description: `${description}, ms since the Unix epoch` })

/** Query of every route that answers a range of time. */
export const RANGE_QUERY = {
  from: Type.Optional(TimeSchema('Only what is at this time or later')),
  to: Type.Optional(TimeSchema('Only what is before this time'))
}

export const NEXT_TIME = Type.Unsafe<number | null>({
  type: ['integer', 'null'],
  description: 'For the next page: value of `from` if the query has one, else of `to`; null on the last page'
})

export const HOLES = Type.Array(
  Type.Object({
    from: Type.Integer({ description: 'ms since the Unix epoch' }),
    to: Type.Integer({ description: 'ms since the Unix epoch' })
  }),
  { description: 'Between these times something may be missing, e.g. because the server was down' }
)

/** The seam between history and the live stream. */
export const POSITION = Type.Unsafe<ChannelPosition | null>({
  type: ['object', 'null'],
  properties: {
    channel: { type: 'string', examples: ['candle:SIM:AAPL:1m'] },
    epoch: { type: 'string', description: 'Names the life of the producer that numbered the messages' },
    seq: { type: 'integer', description: 'Number of the last message that history holds' },
    time: { type: 'integer', description: 'Venue clock of that message, ms since the Unix epoch' }
  },
  required: ['channel', 'epoch', 'seq', 'time'],
  description:
    'How far history reaches: subscribe to `channel` with `resume: {epoch, seq}`, and what comes continues the newest ' +
    'page without a hole. null while nothing is stored that a producer has sent'
})

/** Where live messages of a channel continue history. */
export interface ChannelPosition extends HistoryPosition {
  readonly channel: string
}

/** Answers without a body, when the client's copy is still right. */
export const NOT_MODIFIED = { description: 'What the client has by its ETag is still right', type: 'null' } as const

export interface RangeAnswer {
  /** All of the answer but the list and the position. */
  readonly body: Readonly<Record<string, unknown>> & { readonly holes: readonly HistoryHole[] }
  /** Name and JSON of the list, without its brackets. */
  readonly list: readonly [name: string, text: string]
  readonly position: HistoryPosition | undefined
  readonly channel: string
  /** The range lies in the past: only then may a client keep the answer. */
  readonly isClosed: boolean
}

/**
 * The JSON of a range. One that is over gets an ETag, and no body when the client has it already.
 *
 * The tag is a weak one, because it leaves out the position: that moves on with every message, and does not matter to
 * who asks for the past.
 */
export function answerRange(request: FastifyRequest, reply: FastifyReply, answer: RangeAnswer): string {
  const { body, list, position, channel, isClosed } = answer
  const [name, entries] = list
  const text = `${JSON.stringify(body).slice(0, -1)},${JSON.stringify(name)}:[${entries}]`
  if (isClosed) {
    const tag = `W/"${createHash('sha1').update(text).digest('base64url')}"`
    reply.header('etag', tag).header('cache-control', 'no-cache')
    if (hasTag(request.headers['if-none-match'], tag)) {
      reply.code(304)
      return ''
    }
  }
  const place: ChannelPosition | null = position === undefined || position.seq === 0 ? null : { channel, ...position }
  reply.type('application/json')
  return `${text},"position":${JSON.stringify(place)}}`
}

/** The JSON of a list without its brackets, made in slices of some milliseconds, between which the main thread can send. */
export async function listText(entries: readonly unknown[]): Promise<string> {
  const slices: string[] = []
  for (let start = 0; start < entries.length; start += sliceEntries) {
    if (start > 0) await setImmediate()
    slices.push(JSON.stringify(entries.slice(start, start + sliceEntries)).slice(1, -1))
  }
  return slices.join()
}

/** @throws HttpProblem when the range is none. */
export function checkRange({ from = 0, to = maxTime }: { readonly from?: number; readonly to?: number }): void {
  if (from < to) return
  throw new HttpProblem('badRequest', `from must be less than to, found from=${from} and to=${to}`)
}

/** `If-None-Match` compares weakly: `W/` makes no difference. */
function hasTag(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false
  return header.split(',').some((entry) => entry.trim() === '*' || bare(entry.trim()) === bare(tag))
}

function bare(tag: string): string {
  return tag.replace(/^W\//, '')
}
