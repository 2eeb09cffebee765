import { expect, it } from 'vitest'
import type { App } from '../../src/app.ts'
import type { Answer } from '../../src/protocol/requests.ts'
import { ProducerFile } from './support/producer-file.ts'
import { getJson, startTestApp, until } from './support/test-app.ts'
import { TestClient } from './support/test-client.ts'

const AAPL = ['quote:SIM:AAPL', 'trade:SIM:AAPL', 'book:SIM:AAPL'] as const

async function connect(flags: Readonly<Record<string, unknown>> = {}): Promise<{ app: App; client: TestClient }> {
  const app = await startTestApp(flags)
  await until(async () => (await fetch(`${app.url}/ready`)).ok, 'the channels to be known')
  const client = new TestClient(app)
  await client.connected()
  return { app, client }
}

async function channelsOf(client: TestClient): Promise<readonly string[]> {
  const answer = await client.request<{ readonly channels: readonly string[] }>('subscriptions', {})
  return answer.channels.toSorted()
}

/** Waits until `count` more updates have come, of whatever channel: what was under way before has come as well. */
async function settle(client: TestClient, count = 50): Promise<void> {
  const { updates } = client
  await until(() => client.updates > updates + count, 'further updates')
}

it('tells a client the protocol, who it is, and every limit, as its first event', async () => {
  const app = await startTestApp({ maxChannelsPerClient: '7', heartbeatMs: '200' })
  const client = new TestClient(app)
  const events: string[] = []
  client.socket.onAny((event: string) => events.push(event))
  await client.connected()
  await until(() => client.heartbeats >= 3, 'heartbeats')

  expect(events[0]).toBe('hello')
  expect(client.hello).toMatchObject({
    protocol: 1,
    sessionId: client.socket.id,
    heartbeatMs: 200,
    limits: { maxChannels: 7, maxRequestsPerSecond: 100, maxRequestBurst: 1_000, maxMessageBytes: 1_048_576 },
    build: { name: 'tickcast', version: expect.stringMatching(/^\d+\.\d+\.\d+/) }
  })
  expect(Math.abs((client.hello?.serverTime ?? 0) - Date.now())).toBeLessThan(5_000)
})

it('takes channels by name, by object, by list and by wildcard, each once, and answers in the order asked', async () => {
  const { client } = await connect()
  const named = await client.subscribe(AAPL[0], { channel: AAPL[1] }, AAPL[0], { channel: AAPL[0], maxRateHz: 10 })
  const listed = await client.request<Answer>('subscribe', [AAPL[2]])
  const wild = await client.subscribe('*:SIM:AAPL', 'quote:SIM:*')

  expect(named.channels.map(({ channel, ok }) => [channel, ok])).toEqual([
    [AAPL[0], true],
    [AAPL[1], true]
  ])
  expect(listed).toMatchObject({ channels: [{ channel: AAPL[2], ok: true, granted: { depth: 'full' } }] })
  const names = wild.channels.map(({ channel }) => channel)
  expect(new Set(names).size).toBe(names.length)
  expect(names.slice(0, 3).toSorted()).toEqual(AAPL.toSorted())
  expect(names).toHaveLength(24 + 3)
  expect(await channelsOf(client)).toEqual(names.toSorted())
  await settle(client)
  expect(client.violations).toEqual([])
})

it('refuses what it cannot give, name by name, and gives the rest', async () => {
  const { client } = await connect()
  const asked = ['quote:SIM:NOPE', 'quote', 'QUOTE:SIM:AAPL', '', 'quote:sim:*', 'quote:SIM:AAPL:', 'news:X:*', AAPL[0]]
  const { channels } = await client.subscribe(...asked)

  expect(channels.map(({ channel, ok, error }) => [channel, ok, error?.name, error?.temporary])).toEqual([
    ['quote:SIM:NOPE', false, 'unknownChannel', true],
    ['quote', false, 'badChannel', false],
    ['QUOTE:SIM:AAPL', false, 'badChannel', false],
    ['', false, 'badChannel', false],
    ['quote:sim:*', false, 'badChannel', false],
    ['quote:SIM:AAPL:', false, 'badChannel', false],
    ['news:X:*', false, 'unknownChannel', true],
    [AAPL[0], true, undefined, undefined]
  ])
  expect(await channelsOf(client)).toEqual([AAPL[0]])
})

it('gives a wildcard the channels that are declared later, too', async () => {
  const file = new ProducerFile(
    'late',
    `export default { channels: ['quote:LAB:EARLY'], async *messages() {
      for (let step = 1; ; step++) {
        yield { channel: 'quote:LAB:EARLY', data: quote(step) }
        if (isToldToGo()) yield { channel: 'quote:LAB:LATE' + step % 3, data: quote(step) }
        await wait(5)
      }
    } }`
  )
  const { app, client } = await connect({ feed: file.feed })
  const other = new TestClient(app)
  const answer = await client.subscribe('quote:LAB:*', 'trade:LAB:*')
  await other.subscribe('quote:LAB:EARLY')
  file.go()
  await until(() => client.channels.size === 4, 'the late channels')
  await settle(client)

  expect(answer.channels.map(({ channel, ok }) => [channel, ok])).toEqual([
    ['quote:LAB:EARLY', true],
    ['trade:LAB:*', false]
  ])
  const late = [0, 1, 2].map((n) => client.channels.get(`quote:LAB:LATE${n}`))
  expect(late.map((audited) => audited?.snapshots)).toEqual([1, 1, 1])
  expect([...other.channels.keys()]).toEqual(['quote:LAB:EARLY'])
  const gone = await client.request('unsubscribe', { channels: ['quote:LAB:*'] })
  expect(gone).toMatchObject({ channels: Array(4).fill({ ok: true }) })
  expect(client.violations).toEqual([])
})

it.each([
  [9, 9],
  [10, 10],
  [11, 10]
])('holds at most the allowed channels for a client: of %i wishes %i are granted', async (asked, granted) => {
  const { client } = await connect({ maxChannelsPerClient: '10' })
  const { channels: known } = await client.subscribe('quote:SIM:*')
  const all = known.map(({ channel }) => channel)
  await client.request('unsubscribe', { channels: all })
  const { channels } = await client.subscribe(...all.slice(0, asked))

  expect(known.filter(({ ok }) => ok)).toHaveLength(10)
  expect(channels.filter(({ ok }) => ok)).toHaveLength(granted)
  expect(channels.slice(granted).map(({ error }) => error?.name)).toEqual(
    Array(asked - granted).fill('tooManyChannels')
  )
  // What it holds already it may ask for again.
  expect((await client.subscribe(all[0])).channels[0]?.ok).toBe(true)
})

it('takes a burst of requests, refuses those over the limit at once, and takes requests again soon', async () => {
  const { client } = await connect({ maxRequestBurst: '5', maxRequestsPerSecond: '10' })
  const answers = await Promise.all(Array.from({ length: 12 }, () => client.request<Answer>('subscriptions', {})))
  const refused = answers.flatMap((answer) => ('error' in answer ? [answer.error] : []))
  await until(async () => !('error' in (await client.request<Answer>('subscriptions', {}))), 'a new allowance', 2_000)

  expect([6, 7]).toContain(refused.length)
  expect(refused[0]).toMatchObject({ code: 106, name: 'rateLimited', temporary: true })
  client.socket.emit('subscribe', 'quote:SIM:AAPL')
  for (let n = 0; n < 10; n++) client.socket.emit('subscribe', 'quote:SIM:AAPL')
  await until(() => client.notices.some(({ name }) => name === 'rateLimited'), 'a notice without acknowledgement')
})

it('sends nothing more of a channel after the answer to unsubscribe', async () => {
  const { client } = await connect({ rate: '5000' })
  await client.subscribe('quote:SIM:*', 'trade:SIM:*')
  await settle(client, 500)
  const answer = await client.request('unsubscribe', { channels: ['quote:SIM:*', 'quote:SIM:NOPE', 'nonsense'] })
  const late: string[] = []
  client.onUpdate = ({ channel }) => late.push(channel)
  await settle(client, 200)

  expect(answer).toMatchObject({
    channels: [...Array(24).fill({ ok: true }), { ok: false, error: { name: 'notSubscribed' } }, { ok: false }]
  })
  expect(late.filter((channel) => !channel.startsWith('trade:'))).toEqual([])
  expect((await channelsOf(client)).filter((channel) => !channel.startsWith('trade:'))).toEqual([])
  await client.subscribe('quote:SIM:AAPL')
  await settle(client)
  expect(client.violations).toEqual([])
})

it('sends a snapshot again when asked, and says when there is none', async () => {
  const idle = new ProducerFile(
    'idle',
    `export default { channels: ['quote:LAB:IDLE'], messages: async function* () { await forever() } }`
  )
  const { app, client } = await connect({ feed: ['synthetic', idle.feed], required: 'synthetic' })
  await client.subscribe(...AAPL)
  await until(() => AAPL.every((channel) => client.channels.has(channel)), 'updates')
  for (const channel of AAPL) {
    const before = client.channels.get(channel)?.snapshots ?? 0
    const answer = await client.request('snapshot', { channel })
    expect(answer).toMatchObject({ ok: true, channel, seq: expect.any(Number) })
    await until(() => (client.channels.get(channel)?.snapshots ?? 0) > before, 'the snapshot')
  }
  await settle(client)
  const [rest] = (await getJson<{ snapshots: readonly { seq: number }[] }>(app, `/api/v1/snapshot?channel=${AAPL[0]}`))
    .snapshots

  expect(await client.request('snapshot', 'quote:SIM:NOPE')).toMatchObject({ error: { name: 'unknownChannel' } })
  expect(await client.request('snapshot', 'quote:LAB:IDLE')).toMatchObject({ error: { name: 'noData' } })
  expect(rest?.seq).toBeGreaterThan(0)
  expect(client.violations).toEqual([])
})
