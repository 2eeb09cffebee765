import { Type } from 'typebox'
import { CODES, type CodeName } from '../protocol/codes.ts'

/**
 * Every problem the REST side answers with: the name is the stable `code`, never reused. Where a client of the socket
 * can meet the same, the name is the same.
 */
export const PROBLEMS = {
  badRequest: { status: 400, title: CODES.badRequest.meaning },
  badChannel: { status: 400, title: CODES.badChannel.meaning },
  unknownChannel: { status: 404, title: CODES.unknownChannel.meaning },
  notFound: { status: 404, title: 'There is nothing at this address' },
  methodNotAllowed: { status: 405, title: 'There is something at this address, but not for this method' },
  payloadTooLarge: { status: 413, title: 'The request body is larger than the server takes' },
  cancelled: { status: 499, title: 'The client went away before its answer was ready' },
  internalError: { status: 500, title: 'The server failed to answer; its log says why' },
  busy: { status: 503, title: 'The server has too much to do for this request right now' },
  historyUnavailable: { status: 503, title: 'The history cannot be read right now' }
} as const satisfies Readonly<Record<string, { readonly status: number; readonly title: string }>> &
  Partial<Record<CodeName, unknown>>

export type ProblemName = keyof typeof PROBLEMS

/** Body of every answer that is a problem, `application/problem+json`. See RFC 9457. */
const ProblemSchema = Type.Object(
  {
    type: Type.String({ description: 'Address that tells about this kind of problem, relative to the server' }),
    title: Type.String({ description: 'The kind of problem, always the same for one code' }),
    status: Type.Integer({ description: 'The HTTP status' }),
    detail: Type.String({ description: 'What is wrong this time: expected, found, remedy' }),
    instance: Type.String({ description: 'The address that was asked for' }),
    code: Type.Enum(Object.keys(PROBLEMS) as ProblemName[], { type: 'string', description: 'Stable name to test for' })
  },
  {
    description: 'Problem details, RFC 9457',
    examples: [problemDocument('unknownChannel', 'No producer publishes quote:SIM:NOPE now', '/api/v1/snapshot')]
  }
)

/** A problem to be thrown in a route; the error handler makes the answer of it. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem'
  readonly code: ProblemName

  /** @param detail Expected, found, remedy; the client sees it. */
  constructor(code: ProblemName, detail: string, options?: ErrorOptions) {
    super(detail, options)
    this.code = code
  }
}

/** The body of a problem. `instance` is the path of the request. */
export function problemDocument(code: ProblemName, detail: string, instance: string) {
  const { status, title } = PROBLEMS[code]
  return { type: `/api/problems#${code}`, title, status, detail, instance, code }
}

/** Documents a problem answer of a route for OpenAPI. */
export function problemResponse(description: string) {
  return { description, content: { 'application/problem+json': { schema: ProblemSchema } } }
}
