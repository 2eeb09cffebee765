import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify'
import { HttpProblem, PROBLEMS, type ProblemName, problemDocument } from '../problems.ts'

/** When to ask again after a problem that passes by itself. */
const retryAfterSeconds = 1

/** Makes every error of every route an answer in `application/problem+json`, an unknown address included. */
export function addProblemDetails(app: FastifyInstance): void {
  app.setErrorHandler<FastifyError>((error, request, reply) => answerError(error, request, reply))
  app.setNotFoundHandler((request, reply) => answerUnknown(app, request, reply))
}

/** Answers an error that a route threw, or Fastify itself. What is not the client's fault is logged and not told. */
export function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof HttpProblem) return answer(request, reply, error.code, error.message)
  if (error.validation !== undefined) return answer(request, reply, 'badRequest', validationDetail(error, request))
  const code = problemOfStatus(error.statusCode ?? PROBLEMS.internalError.status)
  if (PROBLEMS[code].status < 500) return answer(request, reply, code, error.message)
  request.log.error({ err: error, method: request.method, url: request.url }, 'request failed')
  return answer(request, reply, code, 'The failure is in the log of the server; try again')
}

function answer(request: FastifyRequest, reply: FastifyReply, code: ProblemName, detail: string): FastifyReply {
  const problem = problemDocument(code, detail, pathOf(request))
  if (problem.status === 503) reply.header('retry-after', retryAfterSeconds)
  // As text, because the response schema of a route knows nothing of the problems it does not expect.
  return reply.code(problem.status).type('application/problem+json').send(JSON.stringify(problem))
}

function answerUnknown(app: FastifyInstance, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const url = pathOf(request)
  const methods: readonly HTTPMethods[] = ['GET', 'HEAD']
  const allowed = methods.filter((method) => url.startsWith('/') && app.hasRoute({ method, url })).join(', ')
  if (allowed !== '') {
    reply.header('allow', allowed)
    return answer(request, reply, 'methodNotAllowed', `Expected ${allowed} for ${url}, found ${request.method}`)
  }
  return answer(request, reply, 'notFound', `There is no ${url}. GET /openapi.json lists what there is`)
}

/** e.g. `limit (query) must be <= 1000, found 5000`. */
function validationDetail(error: FastifyError, request: FastifyRequest): string {
  const part = error.validationContext === 'querystring' ? 'query' : (error.validationContext ?? 'request')
  const values: unknown = part === 'query' ? request.query : request.body
  const details = (error.validation ?? []).map(({ instancePath, params, message }) => {
    const name = instancePath.split('/')[1] ?? String(params.missingProperty ?? '')
    const found = Reflect.get(Object(values), name)
    return `${name} (${part}) ${message ?? 'is wrong'}, found ${found === undefined ? 'nothing' : JSON.stringify(found)}`
  })
  return details.join('; ')
}

function problemOfStatus(status: number): ProblemName {
  const names = Object.keys(PROBLEMS) as ProblemName[]
  const fallback = status < 500 ? 'badRequest' : 'internalError'
  return names.find((name) => PROBLEMS[name].status === status && name !== 'unknownChannel') ?? fallback
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? request.url
}
