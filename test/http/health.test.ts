import { describe, expect, it } from 'vitest'
import { producerOf } from '../support/fake-market-view.ts'
import { startHttp } from './http-fixture.ts'

describe('The REST side', () => {
  it("answers {result: 'OK'} at /api", async () => {
    const { app } = await startHttp()
    const response = await app.inject('/api')
    expect(response.statusCode).toBe(200)
    expect(response.json()).toEqual({ result: 'OK' })
  })

  it('is never answered from a cache', async () => {
    const { app } = await startHttp()
    const response = await app.inject('/api')
    expect(response.headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
  })
})

describe('/health', () => {
  it('says live while the event loop turns, whatever the data', async () => {
    const { app, view } = await startHttp()
    view.readinessState = { ready: false, reasons: ['synthetic is silent'] }
    const response = await app.inject('/health')
    expect(response.statusCode).toBe(200)
    expect(response.json()).toEqual({ status: 'live', loopDelayMs: 1.5, uptimeMs: 60_000, version: '1.2.3' })
  })

  it('says 503 when the event loop is stalled', async () => {
    const { app, view } = await startHttp()
    view.health = { live: false, loopDelayMs: 5_000, uptimeMs: 60_000 }
    const response = await app.inject('/health')
    expect(response.statusCode).toBe(503)
    expect(response.json()).toMatchObject({ status: 'stalled', loopDelayMs: 5_000 })
  })

  it('answers HEAD, which simple probes send', async () => {
    const { app } = await startHttp()
    expect((await app.inject({ method: 'HEAD', url: '/health' })).statusCode).toBe(200)
  })
})

describe('/ready', () => {
  it('says ready, with all that is known of each producer', async () => {
    const { app, view } = await startHttp()
    const response = await app.inject('/ready')
    expect(response.statusCode).toBe(200)
    expect(response.json()).toEqual({ status: 'ready', reasons: [], producers: view.producerList })
  })

  it('says 503 and why when a required producer delivers nothing', async () => {
    const { app, view } = await startHttp()
    view.readinessState = { ready: false, reasons: ['replay restarts: no such file'] }
    const replay = { ...producerOf('replay'), state: 'restarting', lastError: 'no such file' } as const
    view.producerList.push(replay)
    const response = await app.inject('/ready')
    expect(response.statusCode).toBe(503)
    expect(response.json()).toEqual({
      status: 'not_ready',
      reasons: ['replay restarts: no such file'],
      producers: [producerOf('synthetic'), replay]
    })
  })
})

describe('The figures', () => {
  it('are at /metrics in the text format of Prometheus', async () => {
    const { app } = await startHttp()
    const response = await app.inject('/metrics')
    expect(response.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(response.body).toBe('tickcast_clients 3\n')
  })

  it('are at /api/v1/stats as JSON, every counter included', async () => {
    const { app, view } = await startHttp()
    const response = await app.inject('/api/v1/stats')
    expect(response.statusCode).toBe(200)
    expect(response.json()).toEqual({ ...view.stats(), producers: view.producerList })
  })
})
