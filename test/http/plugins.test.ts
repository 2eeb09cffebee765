import { describe, expect, it } from 'vitest'
import { startHttp } from './http-fixture.ts'

const page = 'https://page.example'
const other = 'https://other.example'

describe('Pages of other origins', () => {
  it('may read the REST side by default', async () => {
    const { app } = await startHttp()
    const response = await app.inject({ url: '/api', headers: { origin: page } })
    expect(response.headers['access-control-allow-origin']).toBe('*')
  })

  it('may read it from the listed origins and no others', async () => {
    const { app } = await startHttp({ corsOrigin: [page] })
    const allowed = async (origin: string) =>
      (await app.inject({ url: '/api', headers: { origin } })).headers['access-control-allow-origin']
    expect(await allowed(page)).toBe(page)
    expect(await allowed(other)).toBeUndefined()
  })

  it('may not read it when none is allowed', async () => {
    const { app } = await startHttp({ corsOrigin: [] })
    const response = await app.inject({ url: '/api', headers: { origin: page } })
    expect(response.headers).not.toHaveProperty('access-control-allow-origin')
  })

  it('are told so when their browser asks before', async () => {
    const { app } = await startHttp()
    const headers = { origin: page, 'access-control-request-method': 'GET' }
    const response = await app.inject({ method: 'OPTIONS', url: '/api/v1/channels', headers })
    expect(response.statusCode).toBe(204)
    expect(response.headers['access-control-allow-methods']).toBe('GET, HEAD')
  })

  it('may read problems, too', async () => {
    const { app } = await startHttp()
    const response = await app.inject({ url: '/nowhere', headers: { origin: page } })
    expect(response.headers['access-control-allow-origin']).toBe('*')
  })
})

describe('The page', () => {
  it('is served at / with a policy that lets nothing in from elsewhere', async () => {
    const { app } = await startHttp()
    const response = await app.inject('/')
    expect(response.statusCode).toBe(200)
    expect(response.headers['content-type']).toMatch(/^text\/html/)
    const policy = String(response.headers['content-security-policy'])
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toMatch(/unsafe-|\*|ws:|http:/)
    expect(response.body).toContain('<title>tickcast</title>')
  })

  it('of operators is served at /ops', async () => {
    const { app } = await startHttp()
    expect((await app.inject('/ops')).headers.location).toBe('/ops/')
    const response = await app.inject('/ops/')
    expect(response.statusCode).toBe(200)
    expect(response.headers['content-security-policy']).toContain("script-src 'self'")
  })

  it('keeps its scripts for ever, since a changed one has another name', async () => {
    const { app } = await startHttp()
    const response = await app.inject('/assets/page-1a2b3c.js')
    expect(response.headers['content-type']).toMatch(/javascript/)
    expect(response.headers['cache-control']).toBe('public, max-age=31536000, immutable')
  })

  it('says how to build it where it is not built', async () => {
    const { app } = await startHttp({ webRoot: undefined })
    const response = await app.inject('/')
    expect(response.statusCode).toBe(503)
    expect(response.body).toContain('npm run build:page')
  })

  it('is asked for again each time, at the cost of an empty answer', async () => {
    const { app } = await startHttp()
    const first = await app.inject('/index.html')
    expect(first.headers['cache-control']).toBe('no-cache')
    const again = await app.inject({ url: '/index.html', headers: { 'if-none-match': String(first.headers.etag) } })
    expect(again.statusCode).toBe(304)
    expect(again.body).toBe('')
  })

  it.each(['/missing.js', '/../package.json', '/%2e%2e/package.json', '/..%2fpackage.json'])(
    'is no way to other files: %s',
    async (url) => {
      const { app } = await startHttp()
      const response = await app.inject(url)
      expect(response.statusCode).toBe(404)
      expect(response.json().code).toBe('notFound')
    }
  )
})

describe('The description of the REST side', () => {
  it('is OpenAPI 3.1 and holds every route with a summary, a tag and described answers', async () => {
    const { app } = await startHttp()
    const document = (await app.inject('/openapi.json')).json()
    expect(document).toMatchObject({ openapi: '3.1.0', info: { title: 'tickcast', version: '1.2.3' } })
    expect(Object.keys(document.paths).sort()).toEqual([
      '/api',
      '/api/problems',
      '/api/v1/channels',
      '/api/v1/snapshot',
      '/api/v1/stats',
      '/api/v1/symbols',
      '/api/v1/tickers',
      '/health',
      '/metrics',
      '/ready'
    ])
    for (const [path, { get }] of Object.entries<{ get: Record<string, unknown> }>(document.paths)) {
      expect(get, path).toMatchObject({
        summary: expect.any(String),
        tags: [expect.stringMatching(/market|operations/)]
      })
      for (const [status, response] of Object.entries(get.responses as Record<string, unknown>)) {
        expect(response, `${path} ${status}`).toMatchObject({ description: expect.not.stringMatching(/^Default/) })
      }
    }
  })

  it('tells limits, defaults and problems of a route', async () => {
    const { app } = await startHttp()
    const { get } = (await app.inject('/openapi.json')).json().paths['/api/v1/channels']
    expect(get.parameters).toContainEqual(
      expect.objectContaining({
        in: 'query',
        name: 'limit',
        schema: { type: 'integer', minimum: 1, maximum: 1_000, default: 100 }
      })
    )
    expect(get.responses['400'].content).toHaveProperty('application/problem+json')
  })

  it('is the same below /docs, where it is shown as a page', async () => {
    const { app } = await startHttp()
    expect((await app.inject('/docs/json')).json()).toEqual((await app.inject('/openapi.json')).json())
    const page = await app.inject('/docs')
    expect(page.statusCode).toBe(200)
    expect(page.headers['content-security-policy']).not.toContain('upgrade-insecure-requests')
    expect((await app.inject('/docs/static/swagger-ui.css')).statusCode).toBe(200)
  })
})
