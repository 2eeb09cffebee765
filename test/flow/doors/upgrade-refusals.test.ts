import { expect, it } from 'vitest'
import { startTestApp, until } from '../support/test-app.ts'
import { NativeClient, PATH, SocketIoClient } from './support/doors.ts'
import { RawWebSocket } from './support/raw-web-socket.ts'
import { sharedApp } from './support/shared-app.ts'

const app = sharedApp({ corsOrigin: 'https://trader.example,https://desk.example:8443' })
const ENGINE = '/socket.io/?EIO=4&transport=websocket'

it.each([
  ['/', 404],
  ['/ws', 404],
  [`${PATH}x`, 404],
  [`${PATH}/more`, 404],
  [`/api${PATH}`, 404],
  ['/socket.io', 404],
  ['//ws/rt_market', 404],
  ['/%77s/rt_market', 404],
  ['*', 404],
  [PATH, 101],
  [`${PATH}/`, 101],
  [`${PATH}?any=thing&more`, 101],
  [ENGINE, 101]
])('answers an upgrade at %s with %i', async (path, status) => {
  expect(await new RawWebSocket(app, { path }).status()).toBe(status)
})

it.each([
  ['of nobody, as programs do', '', 101],
  ['in the list', 'https://trader.example', 101],
  ['in the list, with a port', 'https://desk.example:8443', 101],
  ['of another port', 'https://desk.example', 403],
  ['of another scheme', 'http://trader.example', 403],
  ['below one in the list', 'https://evil.trader.example', 403],
  ['that begins like one in the list', 'https://trader.example.evil.test', 403],
  ['without a name', 'null', 403],
  ['of another site', 'https://evil.test', 403]
])('answers a page %s alike at both doors', async (_what, origin, status) => {
  const native = new RawWebSocket(app, { headers: { Origin: origin } })
  const engine = new RawWebSocket(app, { path: ENGINE, headers: { Origin: origin } })
  expect(await native.status()).toBe(status)
  // Engine.IO refuses every upgrade with 400.
  expect(await engine.status()).toBe(status === 101 ? 101 : 400)
  const headers = origin === '' ? undefined : { Origin: origin }
  const polling = await fetch(`${app.url}/socket.io/?EIO=4&transport=polling`, headers === undefined ? {} : { headers })
  expect(polling.status).toBe(status === 101 ? 200 : 403)
})

it('answers its own page, whatever the list says', async () => {
  const { host, port } = app.address
  for (const path of [PATH, ENGINE]) {
    expect(await new RawWebSocket(app, { path, headers: { Origin: `http://${host}:${port}` } }).status()).toBe(101)
  }
})

it.each([
  ['without a key', { 'Sec-WebSocket-Key': '' }, 'GET'],
  ['with a key that is too short', { 'Sec-WebSocket-Key': 'c2hvcnQ=' }, 'GET'],
  ['of an old version', { 'Sec-WebSocket-Version': '7' }, 'GET'],
  ['to something else', { Upgrade: 'h2c' }, 'GET'],
  ['by POST', {}, 'POST']
])('answers a handshake %s with 4xx', async (_what, headers, method) => {
  const status = await new RawWebSocket(app, { headers, method }).status()
  expect(status).toBeGreaterThanOrEqual(400)
  expect(status).toBeLessThan(500)
})

it('takes no compression, whatever the client offers', async () => {
  const client = new RawWebSocket(app, { headers: { 'Sec-WebSocket-Extensions': 'permessage-deflate' } })
  expect(await client.status()).toBe(101)
  expect(client.head.toLowerCase()).not.toContain('sec-websocket-extensions')
  // RFC 6455, section 1.3: the answer to the key of its example.
  expect(client.head).toContain('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=')
})

it('keeps no connection that it refused, although the client keeps its half', async () => {
  const sockets = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length
  const before = sockets()
  const refused = Array.from({ length: 20 }, () => new RawWebSocket(app, { path: '/nowhere' }))
  for (const client of refused) {
    expect(await client.status()).toBe(404)
    client.socket.write('and what is left unread')
  }
  await until(() => sockets() <= before + refused.length, 'the server to let go')
})

it('refuses connections over the limit at both doors, and takes others once there is room', async () => {
  const small = await startTestApp({ maxConnections: '2' })
  const [first, second] = [new NativeClient(small), new SocketIoClient(small, ['websocket'])]
  await Promise.all([first.hello(), second.hello()])
  expect(await new RawWebSocket(small).status()).toBe(503)
  const third = new SocketIoClient(small, ['websocket'])
  const refusal = await new Promise((resolve) => third.socket.once('connect_error', resolve))
  expect(refusal).toMatchObject({ data: { code: 3002, name: 'tooManyConnections', temporary: true } })
  first.close()
  await until(async () => (await new RawWebSocket(small).status()) === 101, 'room')
})
