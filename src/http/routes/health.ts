import { Type } from 'typebox'
import type { BuildInfo } from '../../telemetry/build-info.ts'
import type { MarketView } from '../market-view.ts'
import { ProducerSchema } from '../producer-schema.ts'
import type { RouteApp } from '../route-app.ts'

const HealthSchema = Type.Object({
  status: Type.Enum(['live', 'stalled'], { type: 'string' }),
  loopDelayMs: Type.Number({ description: 'Longest delay of the event loop in the last second, ms' }),
  uptimeMs: Type.Integer({ description: 'Time since the start, ms' }),
  version: Type.String({ description: 'Version of tickcast' })
})

const ReadySchema = Type.Object({
  status: Type.Enum(['ready', 'not_ready'], { type: 'string' }),
  reasons: Type.Array(Type.String(), { description: 'Why it is not ready; empty when it is' }),
  producers: Type.Array(ProducerSchema)
})

/** What probes ask: `/health` restarts a process that hangs, `/ready` keeps clients away from one without data. */
export function addHealthRoutes(app: RouteApp, view: MarketView, build: BuildInfo): void {
  app.get(
    '/api',
    {
      schema: {
        tags: ['operations'],
        summary: 'The smallest smoke test',
        response: { 200: Type.Object({ result: Type.Literal('OK') }, { description: 'The server answers' }) }
      }
    },
    () => ({ result: 'OK' as const })
  )

  app.get(
    '/health',
    {
      schema: {
        tags: ['operations'],
        summary: 'Liveness: is the event loop turning?',
        description: 'Says nothing about data. Restart the process when it stays 503 or gives no answer.',
        response: {
          200: { description: 'The event loop turns', ...HealthSchema },
          503: { description: 'The event loop is stalled', ...HealthSchema }
        }
      }
    },
    (_request, reply) => {
      const { live, loopDelayMs, uptimeMs } = view.liveness()
      reply.code(live ? 200 : 503)
      return { status: live ? 'live' : 'stalled', loopDelayMs, uptimeMs, version: build.version } as const
    }
  )

  app.get(
    '/ready',
    {
      schema: {
        tags: ['operations'],
        summary: 'Readiness: does every required producer deliver fresh data?',
        description: 'Send clients elsewhere while it is 503; no restart is needed.',
        response: {
          200: { description: 'Ready for clients', ...ReadySchema },
          503: { description: 'Starting, stopping, or without fresh data', ...ReadySchema }
        }
      }
    },
    (_request, reply) => {
      const { ready, reasons } = view.readiness()
      reply.code(ready ? 200 : 503)
      const status: 'ready' | 'not_ready' = ready ? 'ready' : 'not_ready'
      return { status, reasons: [...reasons], producers: [...view.producers()] }
    }
  )
}
