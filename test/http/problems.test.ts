import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { PROBLEMS } from '../../src/http/problems.ts'
import { startHttp } from './http-fixture.ts'

describe('A problem', () => {
  it('is answered as RFC 9457 wants it', async () => {
    const { app } = await startHttp()
    const response = await app.inject('/api/v1/snapshot?channel=quote:SIM:NOPE')
    expect(response.headers['content-type']).toMatch(/^application\/problem\+json/)
    expect(response.json()).toEqual({
      type: '/api/problems#unknownChannel',
      title: PROBLEMS.unknownChannel.title,
      status: 404,
      detail: 'No producer publishes quote:SIM:NOPE now. See /api/v1/channels',
      instance: '/api/v1/snapshot',
      code: 'unknownChannel'
    })
  })

  it('is explained in the table its type points at', async () => {
    const { app } = await startHttp()
    const table = (await app.inject('/api/problems')).json()
    expect(table).toEqual(Object.entries(PROBLEMS).map(([code, problem]) => ({ code, ...problem })))
  })

  it('is an address that is not there', async () => {
    const { app } = await startHttp()
    const response = await app.inject('/api/v2/channels?x=1')
    expect(response.statusCode).toBe(404)
    expect(response.json()).toMatchObject({
      code: 'notFound',
      instance: '/api/v2/channels',
      detail: 'There is no /api/v2/channels. GET /openapi.json lists what there is'
    })
  })

  it('is a method that an address does not know', async () => {
    const { app } = await startHttp()
    const response = await app.inject({ method: 'POST', url: '/api/v1/channels', payload: {} })
    expect(response.statusCode).toBe(405)
    expect(response.headers.allow).toBe('GET, HEAD')
    expect(response.json()).toMatchObject({
      code: 'methodNotAllowed',
      detail: 'Expected GET, HEAD for /api/v1/channels, found POST'
    })
  })

  it('is an address that cannot be decoded', async () => {
    const { app } = await startHttp()
    const response = await app.inject('/%c0')
    expect(response.statusCode).toBe(400)
    expect(response.json()).toMatchObject({ code: 'badRequest', instance: '/%c0' })
  })

  it.each([
    ['text/xml', '<a/>', 405, 'methodNotAllowed'],
    ['application/json', '{', 400, 'badRequest'],
    ['application/json', JSON.stringify('x'.repeat(16_384 - 3)), 405, 'methodNotAllowed'],
    ['application/json', JSON.stringify('x'.repeat(16_384 - 2)), 405, 'methodNotAllowed'],
    ['application/json', JSON.stringify('x'.repeat(16_384 - 1)), 413, 'payloadTooLarge']
  ])('is a body that no route reads: %s', async (type, payload, status, code) => {
    const { app } = await startHttp()
    const response = await app.inject({ method: 'POST', url: '/api', headers: { 'content-type': type }, payload })
    expect(response.statusCode).toBe(status)
    expect(response.json().code).toBe(code)
  })

  it('is a failure of the server, whose cause is not told', async () => {
    const { app } = await startHttp({ metrics: () => Promise.reject(new Error('secret of the inside')) })
    const response = await app.inject('/metrics')
    expect(response.statusCode).toBe(500)
    expect(response.json()).toMatchObject({ code: 'internalError', instance: '/metrics' })
    expect(response.body).not.toContain('secret')
  })
})

describe('A connection', () => {
  it('that sends no HTTP is closed and harms nobody', async () => {
    const { app } = await startHttp()
    const { hostname, port } = new URL(await app.listen({ port: 0, host: '127.0.0.1' }))
    const socket = connect(Number(port), hostname)
    socket.end('this is not HTTP\r\n\r\n')
    const chunks: Buffer[] = []
    for await (const chunk of socket) chunks.push(chunk)
    expect(Buffer.concat(chunks).toString()).toMatch(/^HTTP\/1\.1 400/)
    expect((await app.inject('/api')).statusCode).toBe(200)
  })
})
