import { expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { App } from '../../src/app.ts'
import type { StatsView } from '../../src/http/market-view.ts'
import type { Notice, Update } from '../../src/protocol/server-events.ts'
import { ProducerFile } from './support/producer-file.ts'
import { getJson, startTestApp, until } from './support/test-app.ts'
import { TestClient } from './support/test-client.ts'

const QUOTE = 'quote:LAB:GOLD'
const TEXT = 'text:LAB:GOLD'
const CHANNELS = [QUOTE, 'trade:LAB:GOLD', TEXT]
const BACKLOG_BYTES = 131_072
/** Between two looks of the client at what has come, ms; each takes up one chunk of at most 64 KiB. */
const READ_MS = 50

/** About 20 MB a second, of which a client that takes 1.3 can follow a fifteenth. */
const heavyProducer = () =>
  new ProducerFile(
    'heavy',
    `const text = 'x'.repeat(100_000)
    export default { channels: ${JSON.stringify(CHANNELS)}, async *messages() {
      for (let step = 1; ; step++) {
        yield [
          { channel: '${TEXT}', data: { text } },
          { channel: '${QUOTE}', data: quote(step) },
          { channel: 'trade:LAB:GOLD', data: trade(step) }
        ]
        await wait(5)
      }
    } }`
  )

const startHeavy = (flags: Readonly<Record<string, string>> = {}) =>
  startTestApp({ feed: heavyProducer().feed, maxBacklogBytes: String(BACKLOG_BYTES), recoveryMb: '1', ...flags })

const countersOf = async (app: App) => (await getJson<StatsView>(app, '/api/v1/stats')).counters

it('brings a client that reads a little, on and on, to the present again and again, and never closes it', async () => {
  const app = await startHeavy({ slowCloseMs: '10000' })
  const [healthy, slow] = [new TestClient(app), new TestClient(app)]
  await healthy.subscribe(QUOTE)
  await slow.subscribe(...CHANNELS)
  const { netSocket } = slow
  const pause = () => void netSocket.pause()
  netSocket.on('data', pause)
  const timer = setInterval(() => netSocket.resume(), READ_MS)
  const returns = () => slow.notices.filter(({ name }) => name === 'caughtUp').length
  await until(() => returns() >= 3, 'its third return')
  clearInterval(timer)
  netSocket.off('data', pause)
  netSocket.resume()
  await until(async () => {
    const { snapshots } = await getJson<{ snapshots: readonly { seq: number }[] }>(
      app,
      `/api/v1/snapshot?channel=${QUOTE}`
    )
    const present = snapshots[0]?.seq ?? 0
    return present > 100 && (slow.channels.get(QUOTE)?.last ?? 0) >= present - 50
  }, 'the present')

  expect([...slow.violations, ...healthy.violations]).toEqual([])
  expect(slow.channels.get(QUOTE)?.merged).toBeGreaterThan(0)
  expect(healthy.channels.get(QUOTE)).toMatchObject({ merged: 0, lost: 0 })
  const { slowClientsClosed, slowClientsRecovered = 0 } = await countersOf(app)
  expect(slowClientsClosed).toBe(0)
  expect(slowClientsRecovered).toBeGreaterThanOrEqual(3)
})

/** A client of the native door that can stop reading, with what it heard. */
async function nativeClient(app: App) {
  const socket = new WebSocket(`${app.url.replace('http', 'ws')}/ws/rt_market`)
  const notices: Notice[] = []
  const seqs: number[] = []
  let closing: number | undefined
  socket.on('message', (data) => {
    const [name, payload] = JSON.parse(String(data)) as [string, unknown]
    if (name === 'notice') notices.push(payload as Notice)
    if (name !== 'updates') return
    for (const { channel, seq } of payload as Update[]) if (channel === QUOTE) seqs.push(seq)
  })
  socket.on('close', (code) => {
    closing = code
  })
  socket.on('error', () => undefined)
  await new Promise((resolve) => socket.once('open', resolve))
  socket.send(JSON.stringify(['subscribe', { channels: CHANNELS }, 1]))
  await until(() => seqs.length > 10, 'some updates')
  return { socket, notices, seqs, closing: () => closing }
}

it('spares a client of the native door that stops reading, and brings it to the present when it reads again', async () => {
  const app = await startHeavy()
  const { socket, notices, seqs } = await nativeClient(app)
  socket.pause()
  await until(async () => ((await countersOf(app)).slowClientEpisodes ?? 0) > 0, 'it to be found slow')
  const { messagesReceived: atStall = 0 } = await countersOf(app)
  await until(async () => ((await countersOf(app)).messagesReceived ?? 0) > atStall + 1_500, 'much to be missed')
  socket.resume()
  await until(() => notices.some(({ name }) => name === 'caughtUp'), 'its return')
  expect(notices[0]).toMatchObject({ code: 2500, name: 'slowConsumer' })
  expect(seqs).toEqual([...seqs].sort((a, b) => a - b))
  expect(new Set(seqs).size).toBe(seqs.length)
  socket.close()
})

it('closes a client of the native door that does not read again with the code of slow ones', async () => {
  const app = await startHeavy({ slowCloseMs: '1000' })
  const { socket, closing } = await nativeClient(app)
  socket.pause()
  await until(async () => ((await countersOf(app)).slowClientsClosed ?? 0) > 0, 'it to be closed')
  await until(async () => (await getJson<StatsView>(app, '/api/v1/stats')).clients === 0, 'it to be gone')
  socket.resume()
  await until(() => closing() !== undefined, 'it to notice')
  // Who reads again in time hears the code; who does not finds the connection gone.
  expect([4001, 1006]).toContain(closing())
})
