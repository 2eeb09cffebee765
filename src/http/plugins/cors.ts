import fastifyCors from '@fastify/cors'
import type { FastifyInstance } from 'fastify'

const preflightMaxAgeSeconds = 600

/**
 * Lets pages of other origins read the REST side.
 *
 * @param origin `*` for all, else the origins that may; none of them leaves browsers to the own page.
 */
export async function addCors(app: FastifyInstance, origin: '*' | readonly string[]): Promise<void> {
  if (origin.length === 0) return
  await app.register(fastifyCors, {
    origin: origin === '*' ? '*' : [...origin],
    methods: ['GET', 'HEAD'],
    maxAge: preflightMaxAgeSeconds
  })
}
