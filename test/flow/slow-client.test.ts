import { expect, it } from 'vitest'
import type { App } from '../../src/app.ts'
import type { StatsView } from '../../src/http/market-view.ts'
import { PollingClient } from './support/polling-client.ts'
import { ProducerFile } from './support/producer-file.ts'
import { getJson, startTestApp, until } from './support/test-app.ts'
import { TestClient } from './support/test-client.ts'

const BOOK = 'book:LAB:GOLD'
const QUOTE = 'quote:LAB:GOLD'
const TRADE = 'trade:LAB:GOLD'
const TEXT = 'text:LAB:GOLD'
const CHANNELS = [BOOK, QUOTE, TRADE, TEXT]
const BACKLOG_BYTES = 524_288
/** Who is written nothing for so long does not follow the stream. */
const QUIET_MS = 150
/** So many that their answers fit into no buffer on the way. */
const REQUESTS = 100_000

/** Books of 200 levels a side, quotes, trades, and what fills buffers: about 20 MB a second. */
const heavyProducer = () =>
  new ProducerFile(
    'heavy',
    `const text = 'x'.repeat(100_000)
    const side = (step, from, by) => Array.from({ length: 200 }, (_, n) => [String(from + n * by), String(1 + (step + n) % 9)])
    export default { channels: ${JSON.stringify(CHANNELS)}, async *messages() {
      for (let step = 1; ; step++) {
        yield [
          { channel: '${BOOK}', isSnapshot: step % 50 === 1, data: { bids: side(step, 1000, -1), asks: side(step, 1001, 1) } },
          { channel: '${TEXT}', data: { text } },
          { channel: '${QUOTE}', data: quote(step) },
          ...Array.from({ length: 10 }, (_, n) => ({ channel: '${TRADE}', data: trade(step * 10 + n) }))
        ]
        await wait(5)
      }
    } }`
  )

const statsOf = (app: App) => getJson<StatsView>(app, '/api/v1/stats')

async function startHeavy(flags: Readonly<Record<string, string>>) {
  const app = await startTestApp({ feed: heavyProducer().feed, maxBacklogBytes: String(BACKLOG_BYTES), ...flags })
  const [healthy, slow] = [new TestClient(app), new TestClient(app)]
  // Without what fills buffers: it shares its process with the other one, and must be quick where the machine is not.
  await healthy.subscribe(BOOK, QUOTE, TRADE)
  await slow.subscribe(...CHANNELS)
  await until(() => (slow.channels.get(QUOTE)?.updates ?? 0) > 10, 'some updates')
  return { app, healthy, slow }
}

const receivedIn = ({ counters }: StatsView) => counters.messagesReceived ?? 0
const receivedBy = async (app: App) => receivedIn(await statsOf(app))

const episodesOf = async (app: App) => (await statsOf(app)).counters.slowClientEpisodes ?? 0

/** Stops reading, and waits until the server has found that out. */
async function stall(app: App, { netSocket }: TestClient): Promise<void> {
  const before = await episodesOf(app)
  netSocket.pause()
  await until(async () => (await episodesOf(app)) > before, 'it to be found slow')
}

/** A client that polled for a while, and then did not. */
async function startPolling(flags: Readonly<Record<string, string>>) {
  const app = await startTestApp({ feed: heavyProducer().feed, maxBacklogBytes: String(BACKLOG_BYTES), ...flags })
  const polling = await PollingClient.connect(app.url)
  await polling.emit('subscribe', { channels: CHANNELS })
  await until(async () => {
    await polling.poll()
    return polling.updates.length > 20
  }, 'some updates')
  let atStall = await statsOf(app)
  await until(async () => {
    const { slowClientEpisodes = 0, bytesWritten } = atStall.counters
    await new Promise((resolve) => setTimeout(resolve, QUIET_MS))
    atStall = await statsOf(app)
    return slowClientEpisodes > 0 && bytesWritten === atStall.counters.bytesWritten
  }, 'it to be written nothing')
  return { app, polling, atStall }
}

async function restSeqs(app: App): Promise<Map<string, number>> {
  const path = `/api/v1/snapshot?channel=${CHANNELS.join(',')}`
  const { snapshots } = await getJson<{ snapshots: readonly { channel: string; seq: number }[] }>(app, path)
  return new Map(snapshots.map(({ channel, seq }) => [channel, seq]))
}

it('spares a client that stops reading, and brings it to the present when it reads again', async () => {
  // The server remembers less than the client will miss.
  const { app, healthy, slow } = await startHeavy({ recoveryMb: '1' })
  const before = new Map([...slow.channels].map(([channel, { updates }]) => [channel, updates]))
  await stall(app, slow)
  const seqsAtStall = await restSeqs(app)
  await until(
    async () => ((await restSeqs(app)).get(TRADE) ?? 0) > (seqsAtStall.get(TRADE) ?? 0) + 2_000,
    'many trades'
  )

  slow.netSocket.resume()
  const present = await restSeqs(app)
  await until(
    () => CHANNELS.every((channel) => (slow.channels.get(channel)?.last ?? 0) >= (present.get(channel) ?? 0)),
    'the present'
  )
  await until(() => slow.notices.some(({ name }) => name === 'caughtUp'), 'the notice that it caught up')
  const { counters } = await statsOf(app)

  const notices = slow.notices.map(({ code }) => code)
  expect([notices[0], notices.at(-1)]).toEqual([2500, 2501])
  expect(slow.notices).toContainEqual(expect.objectContaining({ code: 2502, name: 'eventGap', channels: [TRADE] }))
  expect([...slow.violations, ...healthy.violations]).toEqual([])
  const trades = slow.channels.get(TRADE)
  expect(trades?.lost).toBeGreaterThan(500)
  expect((trades?.first ?? 0) - 1 + (trades?.updates ?? 0) + (trades?.lost ?? 0)).toBe(trades?.last)
  expect(slow.channels.get(QUOTE)?.merged).toBeGreaterThan(100)
  // It was not sent what it had missed.
  const received = (slow.channels.get(BOOK)?.updates ?? 0) - (before.get(BOOK) ?? 0)
  expect(received).toBeLessThan((healthy.channels.get(BOOK)?.updates ?? 0) / 2)
  expect(counters.clientUpdatesDropped).toBeGreaterThanOrEqual(trades?.lost ?? 0)
  expect(healthy.channels.get(TRADE)).toMatchObject({ lost: 0, merged: 0 })
})

it('holds no more than the backlog for a client that stays away, and closes it when its time is up', async () => {
  const { app, healthy, slow } = await startHeavy({ slowCloseMs: '2000' })
  const reasons: string[] = []
  slow.socket.on('disconnect', (reason) => reasons.push(reason))
  healthy.socket.disconnect()
  await until(async () => (await statsOf(app)).clients === 1, 'the stalled client alone')
  await stall(app, slow)
  // Its answer waits in Engine.IO's own buffer, as a ping would, and must not hold up the end.
  slow.socket.emit('subscriptions', {}, () => undefined)
  const stalledMs = performance.now()
  const atStall = await statsOf(app)
  await until(async () => (await receivedBy(app)) > receivedIn(atStall) + 500, 'a few MB')
  const later = await statsOf(app)
  await until(async () => (await statsOf(app)).clients === 0, 'the end of the stalled client')
  const closedAfterMs = performance.now() - stalledMs
  const { counters } = await statsOf(app)
  slow.netSocket.resume()
  await until(() => reasons.length > 0, 'the client to notice')

  expect(later.counters.bytesWritten).toBe(atStall.counters.bytesWritten)
  expect(closedAfterMs).toBeGreaterThan(1_500)
  expect(closedAfterMs).toBeLessThan(6_000)
  expect(counters).toMatchObject({ slowClientsClosed: 1 })
  // Unlike `io server disconnect`, which keeps stock clients away.
  expect(reasons).toEqual(['transport close'])
  expect(slow.violations).toEqual([])
})

it('brings a client that polls again to the present', async () => {
  const { app, polling, atStall } = await startPolling({})
  const present = await restSeqs(app)
  await until(async () => (await receivedBy(app)) > receivedIn(atStall) + 1_000, 'a few MB')
  const later = await statsOf(app)
  const newest = () => Math.max(...polling.updates.filter(({ channel }) => channel === QUOTE).map(({ seq }) => seq))
  await until(async () => {
    await polling.poll()
    return newest() > (present.get(QUOTE) ?? 0) && polling.notices.some(({ name }) => name === 'caughtUp')
  }, 'the present')

  expect(later.counters.bytesWritten).toBe(atStall.counters.bytesWritten)
  expect(polling.notices[0]?.name).toBe('slowConsumer')
})

it('closes a client that stopped polling when its time is up', async () => {
  const { app } = await startPolling({ slowCloseMs: '1000' })
  await until(async () => (await statsOf(app)).clients === 0, 'its end', 5_000)
  expect((await statsOf(app)).counters.slowClientsClosed).toBe(1)
})

it('reads no more requests from a client that does not read the answers', async () => {
  const app = await startTestApp({ maxBacklogBytes: '65536' })
  const [greedy, healthy] = [new TestClient(app), new TestClient(app)]
  await greedy.connected()
  await healthy.subscribe('quote:SIM:*')
  let answers = 0
  greedy.netSocket.pause()
  for (let n = 0; n < REQUESTS; n++) {
    greedy.socket.emit('subscriptions', {}, () => {
      answers += 1
    })
  }
  const answeredBy = async () => {
    const { requestsServed = 0, requestsRefused = 0 } = (await statsOf(app)).counters
    return requestsServed + requestsRefused
  }
  let before = -1
  const { updates } = healthy
  await until(async () => {
    const answered = await answeredBy()
    const isStill = answered > 1_000 && answered === before
    before = answered
    if (!isStill) await new Promise((resolve) => setTimeout(resolve, 300))
    return isStill
  }, 'the server to read no more')
  await until(() => healthy.updates > updates + 100, 'updates of the other client')
  greedy.netSocket.resume()
  await until(() => answers === REQUESTS, 'every answer, once it reads them')

  expect(before).toBeLessThan(REQUESTS)
  expect(healthy.violations).toEqual([])
})
