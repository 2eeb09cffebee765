import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { HttpProblem, PROBLEMS } from '../problems.ts'

/** Where everything for TradingView's charts is. */
export const UDF_PREFIX = '/udf'

const UdfErrorSchema = Type.Object({ s: Type.Literal('error'), errmsg: Type.String() })

/** Documents an error answer of a route for OpenAPI. */
export function udfErrorResponse(description: string) {
  return { description, content: { 'application/json': { schema: UdfErrorSchema } } }
}

/** Says whether the address is below `/udf`. */
export function isUdf(url: string): boolean {
  return url === UDF_PREFIX || url.startsWith(`${UDF_PREFIX}/`) || url.startsWith(`${UDF_PREFIX}?`)
}

/**
 * Answers an error as TradingView's adapter can read it: it ignores the status and takes any text for JSON with an `s`.
 * What is not the client's fault is logged and not told.
 */
export function answerUdfError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const status = statusOf(error)
  if (status < 500 || error instanceof HttpProblem) return send(reply, status, messageOf(error))
  request.log.error({ err: error, method: request.method, url: request.url }, 'request failed')
  return send(reply, status, 'The failure is in the log of the server; try again')
}

/** Answers an address below `/udf` that is not there. */
export function answerUdfUnknown(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return send(reply, 404, `There is no ${request.method} ${request.url.split('?', 1)[0]}`)
}

function send(reply: FastifyReply, status: number, errmsg: string): FastifyReply {
  return reply
    .code(status)
    .type('application/json')
    .send(JSON.stringify({ s: 'error', errmsg }))
}

function statusOf(error: FastifyError): number {
  if (error instanceof HttpProblem) return PROBLEMS[error.code].status
  return error.validation === undefined ? (error.statusCode ?? 500) : 400
}

/** Adapters look for this word; the rest of the details would hide it. */
function messageOf(error: FastifyError): string {
  return error instanceof HttpProblem && error.code === 'unknownChannel' ? 'unknown_symbol' : error.message
}
