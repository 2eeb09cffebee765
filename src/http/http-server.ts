import { type FastifyBaseLogger, type FastifyInstance, fastify, LogController } from 'fastify'
import type { BuildInfo } from '../telemetry/build-info.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { MetricsPage } from '../telemetry/metrics.ts'
import { CandleReader } from './candle-reader.ts'
import type { HistoryView } from './history-view.ts'
import { IndicatorReader } from './indicator-reader.ts'
import type { Jobs } from './jobs.ts'
import type { MarketView } from './market-view.ts'
import { addCors } from './plugins/cors.ts'
import { addOpenApi } from './plugins/openapi.ts'
import { addProblemDetails, answerError } from './plugins/problem-details.ts'
import { addStaticPage } from './plugins/static-page.ts'
import { addUpgradedConnections } from './plugins/upgraded-connections.ts'
import type { RouteApp } from './route-app.ts'
import { addBookRoutes } from './routes/book.ts'
import { addCandleRoutes } from './routes/candles.ts'
import { addChannelRoutes } from './routes/channels.ts'
import { addHealthRoutes } from './routes/health.ts'
import { addIndicatorRoutes } from './routes/indicators.ts'
import { addMetricsRoutes } from './routes/metrics.ts'
import { addProblemRoutes } from './routes/problems.ts'
import { addSnapshotRoutes } from './routes/snapshot.ts'
import { addSymbolRoutes } from './routes/symbols.ts'
import { addTickerRoutes } from './routes/tickers.ts'
import { addTradeRoutes } from './routes/trades.ts'
import { SymbolDirectory } from './symbol-directory.ts'
import { answerUdfError, isUdf } from './udf/udf-errors.ts'
import { addUdfRoutes } from './udf/udf-routes.ts'

export interface HttpServerOptions {
  readonly view: MarketView
  /** Absent when nothing is kept: then there are no routes for the past. */
  readonly history?: HistoryView
  /** Absent where nothing is computed: then there are no routes that need it. */
  readonly jobs?: Jobs
  readonly metrics: () => Promise<MetricsPage>
  readonly log: Logger
  readonly build: BuildInfo
  /** Origins whose pages may read the REST side: all, or these. */
  readonly corsOrigin: '*' | readonly string[]
  /** Folder of the built pages; undefined where there are none. */
  readonly webRoot: string | undefined
}

/** Longer than the minute after which load balancers give up idle connections, so that they, not we, close them. */
const keepAliveTimeoutMs = 65_000
/** For a request to arrive as a whole; one that trickles in for longer holds a connection for nothing. */
const requestTimeoutMs = 30_000
/** No route reads a body. */
const maxBodyBytes = 16_384

/**
 * The REST side, not yet listening: `server` of the result is where Socket.IO attaches before `listen`.
 *
 * Requests below `/socket.io/` never come here, since Socket.IO answers them first.
 */
export async function createHttpServer(options: HttpServerOptions): Promise<FastifyInstance> {
  const { view, metrics, build } = options
  const app: RouteApp = fastify({
    loggerInstance: options.log as FastifyBaseLogger,
    // A line a request would cost more than the request; counters and `answerError` tell what matters.
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: false,
    keepAliveTimeout: keepAliveTimeoutMs,
    requestTimeout: requestTimeoutMs,
    bodyLimit: maxBodyBytes,
    forceCloseConnections: true,
    frameworkErrors: (error, request, reply) =>
      isUdf(request.url) ? answerUdfError(error, request, reply) : answerError(error, request, reply)
  })
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('x-content-type-options', 'nosniff')
    // Answers are as old as they are when they arrive; the page sets its own.
    reply.header('cache-control', 'no-store')
  })
  addUpgradedConnections(app)
  addProblemDetails(app)
  await addCors(app, options.corsOrigin)
  await addOpenApi(app, build.version)
  addHealthRoutes(app, view, build)
  addMetricsRoutes(app, view, metrics)
  addProblemRoutes(app)
  addChannelRoutes(app, view)
  addSymbolRoutes(app, view)
  addSnapshotRoutes(app, view)
  addTickerRoutes(app, view)
  if (options.jobs !== undefined) await addComputedRoutes(app, options.jobs, options)
  await addStaticPage(app, options.webRoot)
  return app
}

/** The routes that need other threads: books, and the past where it is kept. */
async function addComputedRoutes(app: RouteApp, jobs: Jobs, { view, history }: HttpServerOptions): Promise<void> {
  addBookRoutes(app, view, jobs)
  if (history === undefined) return
  const reader = new CandleReader(view, history, jobs)
  addCandleRoutes(app, reader)
  addTradeRoutes(app, view, history)
  addIndicatorRoutes(app, new IndicatorReader(reader, history, jobs))
  await addUdfRoutes(app, new SymbolDirectory(view), reader, history)
}
