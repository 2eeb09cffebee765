import { expect, it, onTestFinished } from 'vitest'
import type { StatsView } from '../../../src/http/market-view.ts'
import { ProducerFile } from '../support/producer-file.ts'
import { getJson, startTestApp, until } from '../support/test-app.ts'
import { TestClient } from '../support/test-client.ts'
import { DOORS } from './support/doors.ts'

const CHANNELS = 3_000
/** As many as a client may make at once; all of them fit into one packet of the network. */
const REQUESTS = 1_000
const MAX_BACKLOG_BYTES = 262_144

const manyQuotes = () =>
  new ProducerFile(
    'many',
    `const channels = Array.from({ length: ${CHANNELS} }, (_, n) => 'quote:MANY:N' + n)
    export default { channels, async *messages() {
      yield channels.map((channel) => ({ channel, data: quote(1) }))
      await forever()
    } }`
  )

it('answers no more than a client reads, however much it asks for at once', async () => {
  const app = await startTestApp({ feed: manyQuotes().feed, maxBacklogBytes: String(MAX_BACKLOG_BYTES) })
  const greedy = new TestClient(app)
  await greedy.subscribe('quote:MANY:*')
  await until(() => greedy.channels.size === CHANNELS, 'every quote')
  greedy.netSocket.pause()
  for (let n = 0; n < REQUESTS; n++) {
    greedy.socket.emit('subscribe', { channels: ['quote:MANY:*'] }, () => undefined)
  }
  const healthy = new TestClient(app)
  await healthy.subscribe('quote:MANY:N1')
  const served = async () => (await getJson<StatsView>(app, '/api/v1/stats')).counters.requestsServed ?? 0
  let before = -1
  await until(async () => {
    const now = await served()
    const isStill = now > 1 && now === before
    before = now
    if (!isStill) await new Promise((resolve) => setTimeout(resolve, 500))
    return isStill
  }, 'the server to answer no more')
  // What fits into the buffers of the system, and the backlog; an answer is some 600 KB.
  expect(before).toBeLessThan(REQUESTS / 10)
  greedy.socket.disconnect()
  await until(async () => (await getJson<StatsView>(app, '/api/v1/stats')).clients === 1, 'it to be gone')
  expect(await healthy.subscribe('quote:MANY:N2')).toBeDefined()
})

it.each(DOORS)('answers a client of %s that asks for much and reads: all of it, in order', async (_, open) => {
  const app = await startTestApp({ feed: manyQuotes().feed, maxBacklogBytes: String(MAX_BACKLOG_BYTES) })
  const client = open(app)
  await client.hello()
  const asked = Array.from({ length: 10 }, (_n, n) => [`quote:MANY:N${n}`, 'quote:MANY:*'])
  const answers = await Promise.all(asked.map((channels) => client.subscribe(...channels)))
  for (const [n, { channels }] of answers.entries()) {
    expect(channels).toHaveLength(CHANNELS)
    expect(channels[0]?.channel).toBe(`quote:MANY:N${n}`)
  }
})

it('refuses in one entry what a pattern takes in beyond the limit', async () => {
  const app = await startTestApp({ feed: manyQuotes().feed, maxChannelsPerClient: '10' })
  for (const [, open] of DOORS) {
    const { channels } = await open(app).subscribe('quote:MANY:*')
    expect(channels.filter(({ ok }) => ok)).toHaveLength(10)
    // The first of those that are too many.
    expect(channels.filter(({ ok }) => !ok)).toMatchObject([
      { channel: 'quote:MANY:N10', error: { code: 104, name: 'tooManyChannels' } }
    ])
  }
})

it('counts every pattern as a request', async () => {
  const app = await startTestApp({ maxRequestBurst: '20', maxRequestsPerSecond: '1' })
  for (const [, open] of DOORS) {
    const client = open(app)
    const patterns = (count: number) => Array.from({ length: count }, (_, n) => `quote:X${n}:*`)
    expect((await client.subscribe(...patterns(15))).error).toBeUndefined()
    expect((await client.subscribe(...patterns(15))).error).toMatchObject({ code: 106 })
    expect((await client.subscribe('quote:SIM:AAPL', 'quote:SIM:MSFT')).error).toBeUndefined()
    // More than may ever be asked for at once is asked for by who has asked for nothing.
    expect((await open(app).subscribe(...patterns(90))).error).toBeUndefined()
  }
})

it('lets one client in on a connection, and another only after that one has left', async () => {
  const app = await startTestApp()
  const clients = async () => (await getJson<StatsView>(app, '/api/v1/stats')).clients
  // By hand, since a stock client enters a namespace once.
  const socket = new WebSocket(`${app.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`)
  const packets: string[] = []
  socket.onmessage = ({ data }) => packets.push(data as string)
  onTestFinished(() => socket.close())
  const heard = (head: string) => packets.filter((packet) => packet.startsWith(head))
  await until(() => heard('0{').length === 1, 'the greeting of Engine.IO')
  for (let n = 0; n < 10; n++) socket.send('40/ws/rt_market,')
  await until(() => heard('44/ws/rt_market,').length === 9, 'every refusal')
  expect(heard('40/ws/rt_market,')).toHaveLength(1)
  expect(heard('44/')[0]).toContain('"code":100')
  expect(await clients()).toBe(1)
  socket.send('42/ws/rt_market,1["subscriptions",{}]')
  await until(() => heard('43/ws/rt_market,1').length === 1, 'an answer to the one who is in')

  // Later, Socket.IO itself ends the connection of who does not keep to its protocol.
  const broken = new WebSocket(socket.url)
  broken.onmessage = ({ data }) => {
    const isIn = String(data).startsWith('40/ws/rt_market,')
    if (isIn || String(data).startsWith('0{')) broken.send('40/ws/rt_market,')
  }
  await new Promise((resolve) => {
    broken.onclose = resolve
  })
  await until(async () => (await clients()) === 1, 'the first one alone')

  socket.send('41/ws/rt_market,')
  await until(async () => (await clients()) === 0, 'its leave')
  socket.send('40/ws/rt_market,')
  await until(async () => (await clients()) === 1, 'its return')
})
