import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'

/** The page has no inline scripts or styles, loads nothing from elsewhere, and may follow any tickcast by WebSocket. */
const contentSecurityPolicy = [
  "default-src 'self'",
  "connect-src 'self' ws: wss:",
  "img-src 'self' data:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'self'"
].join('; ')

/** Serves the files below `webRoot` at `/`. Only files that are there now get an address. */
export async function addStaticPage(app: FastifyInstance, webRoot: string): Promise<void> {
  await app.register(fastifyStatic, {
    root: webRoot,
    wildcard: false,
    decorateReply: false,
    cacheControl: false,
    setHeaders(reply) {
      // File names stay the same from one version to the next, so browsers ask each time; the ETag keeps that cheap.
      reply.header('cache-control', 'no-cache')
      reply.header('content-security-policy', contentSecurityPolicy)
      reply.header('referrer-policy', 'no-referrer')
    }
  })
}
