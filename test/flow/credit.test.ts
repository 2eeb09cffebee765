import { expect, it } from 'vitest'
import type { App } from '../../src/app.ts'
import type { StatsView } from '../../src/http/market-view.ts'
import type { Trade } from '../../src/protocol/market-data.ts'
import { ProducerFile } from './support/producer-file.ts'
import { RECORDED_QUOTE, RECORDED_TRADE, recordingFile } from './support/recording-file.ts'
import { getJson, startTestApp, until } from './support/test-app.ts'
import { TestClient } from './support/test-client.ts'

/** A source that publishes nothing for so long is held up: its totals come four times a second. */
const STILL_MS = 700

const statsOf = (app: App) => getJson<StatsView>(app, '/api/v1/stats')

/** Follows the ids of the trades, which are 1, 2, 3, … at the source. */
function auditTrades(client: TestClient): { readonly disorder: string[]; count: number } {
  const audit = { disorder: [] as string[], count: 0 }
  client.onUpdate = ({ channel, data }) => {
    if (!channel.startsWith('trade:LAB')) return
    audit.count += 1
    const { id } = data as Trade
    if (Number(id) !== audit.count) audit.disorder.push(`${id} as number ${audit.count}`)
  }
  return audit
}

interface Ready {
  readonly producers: readonly { readonly name: string; readonly messages: number }[]
}

const publishedBy = async (app: App) => (await getJson<Ready>(app, '/ready')).producers.at(-1)?.messages ?? 0

/** Stops reading until the source is held up by it; says where that was, and what another client got meanwhile. */
async function stall(app: App, slow: TestClient, other: TestClient) {
  const { updates } = other
  slow.netSocket.pause()
  let published = await publishedBy(app)
  let sinceMs = performance.now()
  await until(async () => {
    const now = await publishedBy(app)
    if (now !== published) sinceMs = performance.now()
    published = now
    return performance.now() - sinceMs > STILL_MS
  }, 'the source to be held up')
  slow.netSocket.resume()
  return { published, others: other.updates - updates }
}

it('plays a recording at full speed to a client that stalls: every trade arrives, in order', async () => {
  const count = 60_000
  const app = await startTestApp({
    feed: ['synthetic', `replay:${recordingFile(count)}`],
    // What is under way when a client is found congested must fit into its backlog.
    ...{ speed: 'max', once: true, hold: true, rate: '500', maxBacklogBytes: '65536', queue: '400' }
  })
  const [slow, healthy, other] = [new TestClient(app), new TestClient(app), new TestClient(app)]
  const audits = [auditTrades(slow), auditTrades(healthy)]
  await other.subscribe('quote:SIM:*')
  await healthy.subscribe(RECORDED_QUOTE, RECORDED_TRADE)
  await slow.subscribe(RECORDED_QUOTE, RECORDED_TRADE)
  await until(() => slow.updates > 10_000, 'the middle of the session')
  const { published, others } = await stall(app, slow, other)
  const isClosed = ({ statuses }: TestClient) => statuses.filter(({ quality }) => quality === 'closed').length === 2
  await until(() => isClosed(slow) && isClosed(healthy), 'the end of the session')
  const { counters } = await statsOf(app)

  expect(published).toBeLessThan(2 * count)
  expect(others).toBeGreaterThan(10)
  expect(audits.map(({ count, disorder }) => [count, disorder.slice(0, 3)])).toEqual(Array(2).fill([count, []]))
  for (const client of [slow, healthy]) {
    expect(client.channels.get(RECORDED_QUOTE)).toMatchObject({ last: count, merged: 0, lost: 0 })
    expect(client.violations).toEqual([])
  }
  expect(counters).toMatchObject({ slowClientEpisodes: 0, messagesMerged: 0, messagesDropped: 0 })
  expect(other.violations).toEqual([])
})

it('holds up a producer that can pause, and loses nothing of it', async () => {
  const count = 100_000
  const file = new ProducerFile(
    'patient',
    `export default {
      channels: ['trade:LAB:GOLD', 'quote:LAB:GOLD'],
      canPause: true,
      async *messages() {
        while (!isToldToGo()) await wait(10)
        for (let step = 1; step <= ${count}; ) {
          const batch = []
          for (let n = 0; n < 500; n++, step++) {
            batch.push({ channel: 'trade:LAB:GOLD', data: trade(step) }, { channel: 'quote:LAB:GOLD', data: quote(step) })
          }
          yield batch
        }
      }
    }`
  )
  const app = await startTestApp({ feed: file.feed, queue: '400', maxDerivedSymbols: '0' })
  const clients = [new TestClient(app), new TestClient(app, ['polling'])]
  const audits = clients.map(auditTrades)
  await Promise.all(clients.map((client) => client.subscribe('*:LAB:GOLD')))
  file.go()
  await until(() => audits.every((audit) => audit.count === count), 'every trade', 30_000)
  const { counters, queueHighWater } = await statsOf(app)

  expect(audits.map(({ count, disorder }) => [count, disorder.slice(0, 3)])).toEqual(Array(2).fill([count, []]))
  expect(clients.map(({ channels }) => channels.get('quote:LAB:GOLD'))).toMatchObject(
    Array(2).fill({ last: count, merged: 0, lost: 0 })
  )
  expect(counters).toMatchObject({ messagesMerged: 0, messagesDropped: 0 })
  expect(queueHighWater).toBeLessThanOrEqual(400)
  const { producers } = await getJson<{ producers: readonly unknown[] }>(app, '/ready')
  expect(producers).toMatchObject([{ messages: 2 * count, merged: 0, dropped: 0, state: 'finished' }])
})

it('loses nothing of a producer that can pause when a client stalls on large messages', async () => {
  const count = 30_000
  const file = new ProducerFile(
    'patient',
    `const conditions = ['x'.repeat(1_000)]
    export default { channels: ['trade:LAB:GOLD'], canPause: true, async *messages() {
      while (!isToldToGo()) await wait(10)
      for (let step = 1; step <= ${count}; step++) {
        yield { channel: 'trade:LAB:GOLD', data: { ...trade(step), conditions } }
      }
    } }`
  )
  const app = await startTestApp({ feed: ['synthetic', file.feed], rate: '500' })
  const [slow, other] = [new TestClient(app), new TestClient(app)]
  const audit = auditTrades(slow)
  await slow.subscribe('trade:LAB:GOLD')
  await other.subscribe('quote:SIM:*')
  file.go()
  await until(() => audit.count > 3_000, 'some trades')
  const { others } = await stall(app, slow, other)
  await until(() => slow.channels.get('trade:LAB:GOLD')?.last === count, 'the last trade')

  expect(others).toBeGreaterThan(10)
  expect(audit.disorder.slice(0, 3)).toEqual([])
  expect(slow.channels.get('trade:LAB:GOLD')).toMatchObject({ lost: 0 })
})
