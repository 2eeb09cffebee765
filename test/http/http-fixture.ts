import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { onTestFinished } from 'vitest'
import { createHttpServer, type HttpServerOptions } from '../../src/http/http-server.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { FakeMarketView } from '../support/fake-market-view.ts'

/** A REST side on a market that the test fills; it is closed when the test ends. */
export async function startHttp(
  options: Partial<HttpServerOptions> = {}
): Promise<{ readonly app: FastifyInstance; readonly view: FakeMarketView; readonly webRoot: string }> {
  const view = new FakeMarketView()
  const webRoot = mkdtempSync(join(tmpdir(), 'tickcast-web-'))
  writeFileSync(join(webRoot, 'index.html'), '<!doctype html><title>tickcast</title>')
  for (const folder of ['assets', 'ops']) mkdirSync(join(webRoot, folder))
  writeFileSync(join(webRoot, 'ops', 'index.html'), '<!doctype html><title>operations</title>')
  writeFileSync(join(webRoot, 'assets', 'page-1a2b3c.js'), 'export {}')
  const app = await createHttpServer({
    view,
    metrics: async () => ({ contentType: 'text/plain; version=0.0.4; charset=utf-8', body: 'tickcast_clients 3\n' }),
    log: createLogger({ logLevel: 'silent', logPretty: 'off' }),
    build: { name: 'tickcast', version: '1.2.3', node: 'v24.0.0' },
    corsOrigin: '*',
    webRoot,
    ...options
  })
  onTestFinished(async () => {
    await app.close()
    rmSync(webRoot, { recursive: true })
  })
  return { app, view, webRoot }
}
