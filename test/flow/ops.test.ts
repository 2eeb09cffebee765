import { io } from 'socket.io-client'
import { expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import type { StatsView } from '../../src/http/market-view.ts'
import { OpsClient } from './support/ops-client.ts'
import { ProducerFile } from './support/producer-file.ts'
import { getJson, startTestApp, until } from './support/test-app.ts'
import { TestClient } from './support/test-client.ts'

const TOKEN = 'a-token-of-some-length'
const GOLD = 'quote:LAB:GOLD'
const STREAM = `export default async function* () {
  for (let step = 1; ; step++) { yield { channel: '${GOLD}', data: quote(step) }; await wait(5) }
}`

it('tells an operator at the machine what is there, as REST tells it when nothing moves', async () => {
  const file = new ProducerFile(
    'gold',
    `export default async function* () {
      for (let step = 1; step <= 100; step++) yield { channel: '${GOLD}', data: quote(step) }
      await forever()
    }`
  )
  const app = await startTestApp({ feed: file.feed, staleMs: '0', heartbeatMs: '60000' })
  const client = new TestClient(app)
  await client.subscribe('quote:LAB:*')
  const operator = new OpsClient(app)
  const figures = await operator.shows(
    ({ producers, channels, counters: { messagesFlushed } }) =>
      producers[0]?.messages === 100 && messagesFlushed === 100 && channels.list[0]?.subscribers === 1,
    'all that was published'
  )
  const { counters, ...stats } = await getJson<StatsView>(app, '/api/v1/stats')

  expect(operator.hello).toMatchObject({ access: 'local', canCommand: false, periodMs: 1_000 })
  expect(figures.counters).toEqual(counters)
  const { queue, clients, channels } = figures
  expect({
    clients: clients.count,
    subscriptions: clients.subscriptions,
    channels: channels.count,
    queueDepth: queue.depth,
    queueCapacity: queue.capacity,
    queueHighWater: queue.highWater
  }).toEqual({ ...stats, uptimeMs: undefined, producers: undefined })
  expect(figures).toMatchObject({
    ready: true,
    producers: [
      {
        name: 'gold',
        state: 'running',
        messages: 100,
        restarts: 0,
        lastError: null,
        owedCredit: 0,
        threadId: expect.any(Number)
      }
    ],
    channels: { matched: 1, list: [{ channel: GOLD, seq: 100, quality: 'live', subscribers: 1, source: 'gold' }] }
  })
  expect(clients).toMatchObject({
    byTransport: { 'socket.io websocket': 1 },
    slow: 0,
    slowest: [],
    list: [{ id: client.socket.id, address: '127.0.0.1', channels: 1, behind: null }]
  })
  expect(figures.memory.rssBytes).toBeGreaterThan(figures.memory.heapUsedBytes)
})

it('notes the load while nobody looks, and tells it to whoever comes', async () => {
  const app = await startTestApp()
  const client = new TestClient(app)
  await client.subscribe('quote:SIM:*')
  await until(async () => {
    const { past } = await helloOf(app)
    return past.time.length >= 2 && (past.updates.at(-1) ?? 0) > 0
  }, 'points of the load')
  const { past } = await helloOf(app)

  expect(new Set(Object.values(past).map(({ length }) => length)).size).toBe(1)
  expect(past.time).toEqual(past.time.toSorted())
  expect(past.clients.at(-1)).toBe(1)
  expect(past.messages.at(-1)).toBeGreaterThan(0)
})

async function helloOf(app: Parameters<typeof getJson>[0]) {
  const operator = new OpsClient(app)
  await until(() => operator.hello !== undefined, 'the first event')
  operator.socket.disconnect()
  if (operator.hello === undefined) throw new Error('no first event')
  return operator.hello
}

it('shows the channels and clients that are searched for', async () => {
  const app = await startTestApp()
  const mine = new TestClient(app)
  const other = new TestClient(app, ['polling'])
  await mine.subscribe('quote:SIM:*')
  await other.subscribe('quote:SIM:AAPL')
  const operator = new OpsClient(app)
  await operator.shows(({ clients }) => clients.count === 2, 'both clients')
  await operator.request('watch', { channels: { search: 'quote:SIM:A*' }, clients: { search: 'polling' } })
  const { channels, clients } = await operator.shows(({ clients: { matched } }) => matched === 1, 'one client')
  await operator.shows(({ channels: { list } }) => (list[0]?.messagesPerSecond ?? 0) > 0, 'rates')

  expect(channels.list.map(({ channel }) => channel)).toContain('quote:SIM:AAPL')
  expect(channels.list.every(({ channel }) => channel.startsWith('quote:SIM:A'))).toBe(true)
  expect(channels.list.find(({ channel }) => channel === 'quote:SIM:AAPL')?.subscribers).toBe(2)
  expect(clients.list).toMatchObject([{ id: other.socket.id, transport: 'socket.io polling', channels: 1 }])
  expect(await operator.request('watch', { clients: { order: 'beauty' } })).toMatchObject({
    error: { name: 'badRequest' }
  })
  expect(await operator.request('dance')).toMatchObject({ error: { name: 'unknownRequest' } })
})

it('starts a producer again for an operator with the token: a new life, with its cause told to clients', async () => {
  const file = new ProducerFile('gold', STREAM)
  const app = await startTestApp({ feed: file.feed, opsToken: TOKEN })
  const client = new TestClient(app)
  await client.subscribe('quote:LAB:*')
  const operator = new OpsClient(app, { auth: { token: TOKEN } })
  await operator.shows(({ producers }) => (producers[0]?.messages ?? 0) > 0, 'messages')
  const answer = await operator.request('restartProducer', { name: 'gold' })
  await until(() => client.channels.get(GOLD)?.epochs.length === 2, 'the new life')
  const { producers } = await operator.shows(
    ({ producers: [gold] }) => gold?.restarts === 1 && gold.state === 'running',
    'the restart'
  )

  expect(answer).toEqual({ ok: true })
  expect(operator.hello).toMatchObject({ access: 'token', canCommand: true })
  expect(producers[0]?.lastError).toMatch(/operator/)
  expect(client.statuses.map(({ quality, cause }) => `${quality} ${cause}`)).toContain('stale producer_restarted')
  await until(() => client.statuses.at(-1)?.quality === 'live', 'live again')
  expect(client.violations).toEqual([])
  expect(await operator.request('restartProducer', { name: 'silver' })).toMatchObject({
    error: { code: 109, name: 'unknownProducer' }
  })
})

it('starts a producer again that had finished, and one that waits to be started', async () => {
  const gold = new ProducerFile(
    'gold',
    `export default async function* () { yield { channel: '${GOLD}', data: quote(1) } }`
  )
  const broken = new ProducerFile('broken', `throw new Error('no such venue')`)
  const app = await startTestApp({ feed: [gold.feed, broken.feed], opsToken: TOKEN })
  const client = new TestClient(app)
  await client.subscribe('quote:LAB:*')
  const operator = new OpsClient(app, { auth: { token: TOKEN } })
  await operator.shows(({ producers: [first] }) => first?.state === 'finished', 'the end of the feed')
  await operator.shows(({ producers: [, second] }) => (second?.restarts ?? 0) >= 2, 'failures')
  broken.write(
    `export default async function* () { yield { channel: 'quote:LAB:LEAD', data: quote(1) }; await forever() }`
  )
  await operator.request('restartProducer', { name: 'gold' })
  await operator.request('restartProducer', { name: 'broken' })
  await operator.shows(({ producers: [first] }) => first?.restarts === 1 && first.state === 'finished', 'the end again')
  await operator.shows(({ producers: [, second] }) => second?.state === 'running', 'the mended producer')

  expect(client.channels.get(GOLD)?.epochs).toHaveLength(2)
})

it('closes a client for good, whatever its door, and also one that does not read', async () => {
  const app = await startTestApp({ opsToken: TOKEN, rate: '20000', symbols: '200', maxBacklogBytes: '16384' })
  const [reading, stuck] = [new TestClient(app), new TestClient(app)]
  await reading.subscribe(GOLD)
  await stuck.subscribe('*:SIM:*')
  const native = new WebSocket(`${app.url.replace('http', 'ws')}/ws/rt_market`)
  onTestFinished(() => native.terminate())
  let closeCode: number | undefined
  native.on('close', (code) => {
    closeCode = code
  })
  let reason: string | undefined
  reading.socket.on('disconnect', (why) => {
    reason = why
  })
  const operator = new OpsClient(app, { auth: { token: TOKEN } })
  stuck.netSocket.pause()
  const { clients } = await operator.shows(
    ({ clients: { slow, count } }) => slow === 1 && count === 3,
    'the slow client'
  )
  for (const { id } of clients.list) expect(await operator.request('kickClient', { id })).toEqual({ ok: true })
  await operator.shows(({ clients: { count } }) => count === 0, 'nobody left')

  expect(clients.slowest).toMatchObject([{ id: stuck.socket.id, behind: { reason: 'backlog' } }])
  await until(() => closeCode !== undefined && reason !== undefined, 'the clients to notice')
  expect(closeCode).toBe(4_501)
  expect(reason).toBe('io server disconnect')
  expect(reading.notices.map(({ code }) => code)).toContain(3_501)
  expect(await operator.request('kickClient', { id: 'nobody' })).toMatchObject({ error: { name: 'unknownClient' } })
})

it('takes orders from nobody without a token, and lets nobody in with another one', async () => {
  const open = await startTestApp()
  const looking = new OpsClient(open)
  await looking.shows(() => true, 'figures')
  const closed = await startTestApp({ opsToken: TOKEN })
  const wrong = [undefined, 'a-token-of-some-lengtH', { toString: TOKEN }, TOKEN.slice(1)]
  const refusals = await Promise.all(wrong.map((token) => new OpsClient(closed, { auth: { token } }).refused()))
  const { counters } = await getJson<StatsView>(closed, '/api/v1/stats')

  for (const name of ['restartProducer', 'kickClient']) {
    expect(await looking.request(name, { name: 'synthetic' })).toMatchObject({ error: { code: 108, name: 'readOnly' } })
  }
  expect(refusals).toEqual(wrong.map(() => expect.objectContaining({ code: 3_502, name: 'tokenNeeded' })))
  expect(counters.operatorsRefused).toBe(wrong.length)
})

it.each([
  ['through a proxy', { 'x-forwarded-for': '203.0.113.7' }],
  ['through a proxy that says so otherwise', { forwarded: 'for=203.0.113.7' }],
  ['from a page of elsewhere', { origin: 'https://evil.example' }],
  ['by a name that was made to point here', { host: 'evil.example', origin: 'http://evil.example' }]
])('takes nobody for local who comes %s', async (_way, extraHeaders) => {
  const app = await startTestApp()
  expect(await new OpsClient(app, { extraHeaders }).refused()).toMatchObject({ code: 3_503, name: 'localOnly' })
})

it('takes nobody for local whose connection was opened for the market', async () => {
  const app = await startTestApp()
  const market = new TestClient(app)
  await market.connected()
  const operator = market.socket.io.socket('/ws/ops')
  const refusal = await new Promise<Error & { readonly data?: unknown }>((resolve) => {
    operator.once('connect_error', resolve)
    operator.connect()
  })
  expect(refusal.data).toMatchObject({ name: 'localOnly' })
})

it('tells operators that it stops, and when to come back', async () => {
  const app = await startTestApp()
  const operator = io(`${app.url}/ws/ops`, {
    transports: ['polling', 'websocket'],
    reconnection: false,
    forceNew: true
  })
  const notices: { readonly name: string }[] = []
  operator.on('notice', (notice) => notices.push(notice))
  await new Promise((resolve) => operator.once('ops', resolve))
  await app.stop('test')
  await until(() => !operator.connected, 'the end')

  expect(notices).toMatchObject([{ name: 'shutdown', reconnectAfterMs: expect.any(Number) }])
})
