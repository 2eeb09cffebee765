import { join, sep } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'

/** The pages have no inline scripts or styles, load nothing from elsewhere, and follow no other server than their own. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  // A source of 'self' allows WebSockets to the same host and port, too.
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'self'"
].join('; ')

/** A year, the most that browsers take. */
const IMMUTABLE = 'public, max-age=31536000, immutable'

/** What `/` answers where the pages were never built. */
const NOT_BUILT = `<!doctype html><html lang="en"><title>tickcast</title>
<p>The page is not built: run <code>npm run build:page</code> and start the server again.
The server itself works: <a href="/docs">REST</a>, <a href="/health">health</a>.`

/**
 * Serves the built pages: `web/index.html` at `/`, `web/ops/index.html` at `/ops/`. Only files that are there now get an
 * address. Without a folder, `/` says that there is none.
 */
export async function addStaticPage(app: FastifyInstance, webRoot: string | undefined): Promise<void> {
  if (webRoot === undefined) {
    app.get('/', { schema: { hide: true } }, (_request, reply) => reply.code(503).type('text/html').send(NOT_BUILT))
    return
  }
  const assets = join(webRoot, 'assets') + sep
  await app.register(fastifyStatic, {
    root: webRoot,
    wildcard: false,
    decorateReply: false,
    cacheControl: false,
    setHeaders(reply, path) {
      // The names of assets change with their content. Other files are asked for each time; the ETag keeps that cheap.
      reply.header('cache-control', path.startsWith(assets) ? IMMUTABLE : 'no-cache')
      reply.header('content-security-policy', contentSecurityPolicy)
      reply.header('referrer-policy', 'no-referrer')
      reply.header('cross-origin-opener-policy', 'same-origin')
    }
  })
  app.get('/ops', { schema: { hide: true } }, (_request, reply) => reply.redirect('/ops/', 308))
}
