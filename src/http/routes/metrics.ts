import { Type } from 'typebox'
import type { MetricsPage } from '../../telemetry/metrics.ts'
import type { MarketView } from '../market-view.ts'
import { ProducerSchema } from '../producer-schema.ts'
import type { RouteApp } from '../route-app.ts'

const StatsSchema = Type.Object(
  {
    uptimeMs: Type.Integer({ description: 'Time since the start, ms' }),
    clients: Type.Integer({ description: 'Client connections open now' }),
    channels: Type.Integer({ description: 'Channels known now' }),
    subscriptions: Type.Integer({ description: 'Channels held by clients, over all clients' }),
    queueDepth: Type.Integer({ description: 'Messages that wait for the next flush' }),
    queueCapacity: Type.Integer({ description: 'Messages that may wait' }),
    queueHighWater: Type.Integer({ description: 'Most messages that have waited at once' }),
    counters: Type.Record(Type.String(), Type.Integer(), {
      description: 'Every counter since the start, by the name that `/metrics` has in snake case'
    }),
    producers: Type.Array(ProducerSchema)
  },
  { description: 'Figures of the server' }
)

/** The figures of the server, for Prometheus and for people. */
export function addMetricsRoutes(app: RouteApp, view: MarketView, metrics: () => Promise<MetricsPage>): void {
  app.get(
    '/metrics',
    {
      schema: {
        tags: ['operations'],
        summary: 'Metrics for Prometheus',
        response: {
          200: {
            description: 'Text format of Prometheus',
            content: { 'text/plain': { schema: Type.String({ examples: ['tickcast_clients 12\n'] }) } }
          }
        }
      }
    },
    async (_request, reply) => {
      const { contentType, body } = await metrics()
      return reply.type(contentType).send(body)
    }
  )

  app.get(
    '/api/v1/stats',
    { schema: { tags: ['operations'], summary: 'Figures of the server as JSON', response: { 200: StatsSchema } } },
    () => ({ ...view.stats(), producers: [...view.producers()] })
  )
}
