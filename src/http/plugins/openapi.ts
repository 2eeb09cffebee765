import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'

/** The interface of Swagger sets styles from scripts; nothing is loaded from elsewhere. */
const contentSecurityPolicy = [
  "default-src 'self'",
  "img-src 'self' data:",
  "style-src 'self' 'unsafe-inline'",
  "object-src 'none'",
  "base-uri 'none'",
  "frame-ancestors 'self'"
].join('; ')

/** Describes every route that is added afterwards, as JSON at `/openapi.json` and as a page at `/docs`. */
export async function addOpenApi(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'tickcast',
        version,
        description:
          'REST side of the market data broadcaster. Live data comes over Socket.IO, namespace `/ws/rt_market`. ' +
          'Prices and sizes are decimal strings, times are milliseconds since the Unix epoch, UTC. ' +
          'Every error is `application/problem+json` with a stable `code`, listed at `/api/problems`.',
        license: { name: 'MIT', identifier: 'MIT' }
      },
      tags: [
        { name: 'market', description: 'Symbols, channels and their newest state' },
        { name: 'history', description: 'Candles and trades of the past, and what is computed from them' },
        { name: 'tradingview', description: "The data feed (UDF) of TradingView's charts" },
        { name: 'operations', description: 'Health, metrics and figures' }
      ]
    }
  })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: contentSecurityPolicy,
    uiConfig: { docExpansion: 'list', tryItOutEnabled: true }
  })
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger())
}
