import { describe, expect, it, onTestFinished } from 'vitest'
import type { Answer } from '../../../src/protocol/requests.ts'
import type { UpdatesMeta } from '../../../src/protocol/server-events.ts'
import { startTestApp, until } from '../support/test-app.ts'
import type { DoorClient } from './support/door-client.ts'
import { DOORS, SocketIoClient } from './support/doors.ts'
import { quote, RemoteProducer } from './support/remote-producer.ts'
import { sharedApp } from './support/shared-app.ts'

const KBPS = 80
const BYTES_PER_SECOND = (KBPS * 1_000) / 8
const NAMES = Array.from({ length: 8 }, (_, n) => `quote:LAB:N${n}`)
const BOOK = 'book:LAB:GOLD'

const strict = sharedApp({ maxRequestBurst: '5', maxRequestsPerSecond: '10', maxMessageBytes: '2048' })
const impatient = sharedApp({ firstSubscribeMs: '300', heartbeatMs: '200' })
const lab = new RemoteProducer('lab', [...NAMES, BOOK])
const capped = sharedApp({ maxClientKbps: String(KBPS), heartbeatMs: '200' }, lab)

const last = new RemoteProducer('last', ['quote:LAB:LAST'])

const errorsOf = (answers: readonly Answer[]) => answers.flatMap((answer) => ('error' in answer ? [answer.error] : []))

/** Bytes of updates, as they were sent, and how many seconds they took by the clock of the server. */
function bandwidthOf(client: DoorClient): {
  readonly bytes: number
  readonly largest: number
  readonly seconds: number
} {
  const sizes = client.events
    .filter(({ name }) => name === 'updates')
    .map(({ name, args }) => JSON.stringify([name, ...args]).length)
  const times = client.events.flatMap(({ name, args }) =>
    name === 'updates' ? [(args[1] as UpdatesMeta).emitTime] : []
  )
  return {
    bytes: sizes.reduce((sum, size) => sum + size, 0),
    largest: Math.max(...sizes),
    seconds: ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1_000
  }
}

describe.each(DOORS)('The limits of a client through %s', (_door, open) => {
  it.each(['subscriptions', 'message', 'nonsense'])(
    'let it make a burst of `%s`, refuse more at once, and take more soon',
    async (name) => {
      const client = open(strict)
      await client.hello()
      const answers = await Promise.all(Array.from({ length: 12 }, () => client.request<Answer>(name, {})))
      const limited = errorsOf(answers).filter((error) => error.name === 'rateLimited')
      // Five at once, and what the time of the requests earned.
      expect(limited.length).toBeGreaterThanOrEqual(4)
      expect(limited.length).toBeLessThanOrEqual(7)
      expect(limited[0]).toMatchObject({ code: 106, name: 'rateLimited', temporary: true })
      const isTaken = async () => errorsOf([await client.request<Answer>('subscriptions', {})]).length === 0
      await until(isTaken, 'a request that is taken', 5_000)
      expect(client.closing).toBeUndefined()
    }
  )

  it('let it send a message of 1,500 bytes, and end its connection at one of 2,500', async () => {
    const [client, other] = [open(strict), open(strict)]
    await Promise.all([client.hello(), other.hello()])
    expect(await client.request('message', 'x'.repeat(1_500))).toEqual({ result: 'OK' })
    client.emit('message', 'x'.repeat(2_500))
    const { code = 1009 } = await client.closed()
    expect(code).toBe(1009)
    expect(await other.request('message', 'x')).toEqual({ result: 'OK' })
  })

  it('end its connection when it subscribes to nothing, and tell it why', async () => {
    const [idle, busy] = [open(impatient), open(impatient)]
    await busy.subscribe('quote:SIM:*')
    const { code, reason } = await idle.closed()
    if (code === undefined) {
      expect(idle.notices).toMatchObject([{ code: 3003, name: 'subscribeTimeout' }])
      // A stock client comes back from this one.
      expect(['transport close', 'transport error']).toContain(reason)
    } else expect([code, reason]).toEqual([4003, 'subscribeTimeout'])
    const { heartbeats } = busy
    await until(() => busy.heartbeats > heartbeats + 2, 'heartbeats of the other')
    expect(busy.closing).toBeUndefined()
  })
})

it('hold clients of every door to their bandwidth, with the right state in the end, and say so once', async () => {
  const clients = DOORS.map(([, open]) => open(capped))
  await Promise.all(clients.map((client) => client.subscribe(...NAMES, { channel: BOOK })))
  let at = 0
  const publish = () => {
    at += 1
    const bids = Array.from({ length: 3 }, (_, n) => [String((at * 7 + n) % 40), String(at % 5)] as [string, string])
    lab.publish(...NAMES.map((channel) => ({ channel, data: quote(at) })), {
      channel: BOOK,
      data: { bids: at === 1 ? [] : bids, asks: [] },
      isSnapshot: at === 1
    })
  }
  const timer = setInterval(publish, 10)
  onTestFinished(() => clearInterval(timer))
  const isLong = (client: DoorClient) => bandwidthOf(client).seconds > 3
  await until(() => clients.every(isLong), 'three seconds of updates')
  clearInterval(timer)
  const published = at
  await Promise.all(clients.flatMap((client) => [...NAMES, BOOK].map((channel) => client.reach(channel, published))))

  const witness = new SocketIoClient(capped, ['websocket'])
  await witness.subscribe(BOOK)
  await witness.reach(BOOK, published)
  for (const client of clients) {
    const { bytes, largest, seconds } = bandwidthOf(client)
    // One second's worth may be saved up, and what was begun is sent.
    const most = BYTES_PER_SECOND * (seconds + 1) + 2 * largest
    expect(bytes).toBeLessThan(most)
    expect(bytes).toBeGreaterThan(most / 4)
    for (const channel of NAMES) expect(client.auditor.held(channel).newest?.data).toEqual(quote(published))
    expect(client.auditor.held(BOOK).book.levels()).toEqual(witness.auditor.held(BOOK).book.levels())
    expect(client.auditor.violations).toEqual([])
    expect(client.notices).toMatchObject([{ code: 2503, name: 'bandwidthCapped' }])
    expect(client.heartbeats).toBeGreaterThan(10)
  }
})

it('tells clients of every door that the server stops, sends them what there is, and lets them come back', async () => {
  const app = await startTestApp({ feed: last.feed, reconnectAfterMs: '1000' })
  await last.ready()
  const clients = DOORS.map(([, open]) => open(app))
  await Promise.all(clients.map((client) => client.subscribe('quote:LAB:LAST')))
  last.publish({ channel: 'quote:LAB:LAST', data: quote(1) })
  await Promise.all(clients.map((client) => client.reach('quote:LAB:LAST', 1)))
  const startedMs = performance.now()
  await app.stop('test')
  expect(performance.now() - startedMs).toBeLessThan(5_000)
  const closings = await Promise.all(clients.map((client) => client.closed()))
  for (const { notices } of clients) {
    expect(notices).toEqual([
      { code: 3000, name: 'shutdown', message: expect.any(String), reconnectAfterMs: expect.any(Number) }
    ])
    expect(notices[0]?.reconnectAfterMs).toBeLessThanOrEqual(1_000)
  }
  expect(closings[2]).toEqual({ code: 4000, reason: 'shutdown' })
  // `io server disconnect` would make stock clients stay away.
  for (const { reason } of closings.slice(0, 2)) expect(['transport close', 'transport error']).toContain(reason)
})
