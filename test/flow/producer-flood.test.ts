import { expect, it } from 'vitest'
import type { App } from '../../src/app.ts'
import type { ProducerView, StatsView } from '../../src/http/market-view.ts'
import { ProducerFile } from './support/producer-file.ts'
import { getJson, startTestApp, until } from './support/test-app.ts'
import { TestClient } from './support/test-client.ts'

const COUNT = 150_000
const QUOTES = ['GOLD', 'SILVER', 'COPPER', 'ZINC'].map((metal) => `quote:LAB:${metal}`)
const TRADES = 'trade:LAB:GOLD'
const CHANNELS = QUOTES.length + 1

/** `step` is done for every step without waiting, until the last one of each channel. */
function floodingProducer(step: string): ProducerFile {
  return new ProducerFile(
    'flood',
    `const quotes = ${JSON.stringify(QUOTES)}
    const messageOf = (step) => step % 5 === 0
      ? { channel: '${TRADES}', data: trade(step) }
      : { channel: quotes[step % 5 - 1], data: quote(step) }
    export default {
      channels: [...quotes, '${TRADES}'],
      async *messages({ log }) {
        while (!isToldToGo()) await wait(10)
        for (let step = 1; step <= ${COUNT - CHANNELS}; step++) { ${step} }
        // The last of each channel comes when the flood has run off, so that it is not dropped.
        while (isToldToGo()) await wait(10)
        for (let step = ${COUNT - CHANNELS + 1}; step <= ${COUNT}; step++) yield messageOf(step)
        await forever()
      }
    }`
  )
}

async function floodOf(app: App): Promise<ProducerView | undefined> {
  const { producers } = await getJson<{ readonly producers: readonly ProducerView[] }>(app, '/ready')
  return producers.find(({ name }) => name === 'flood')
}

/** Asks for /health until `isDone`; every answer must come within a second. */
async function healthUntil(app: App, isDone: () => Promise<boolean>): Promise<number> {
  let slowestMs = 0
  await until(
    async () => {
      const askedMs = performance.now()
      const response = await fetch(`${app.url}/health`)
      await response.arrayBuffer()
      slowestMs = Math.max(slowestMs, performance.now() - askedMs)
      return isDone()
    },
    'the end of the flood',
    60_000
  )
  return slowestMs
}

it('contains a producer that never waits: answers, beats, and accounts for every message', async () => {
  const file = floodingProducer('yield messageOf(step)')
  const app = await startTestApp({
    feed: ['synthetic', file.feed],
    rate: '500',
    hangMs: '2000',
    maxDerivedSymbols: '0'
  })
  const [client, other] = [new TestClient(app), new TestClient(app)]
  await client.subscribe(...QUOTES, TRADES)
  await other.subscribe('quote:SIM:*', 'trade:SIM:*')
  const simulated = other.updates
  file.go()
  const slowestMs = await healthUntil(app, async () => {
    if (((await floodOf(app))?.messages ?? 0) >= COUNT - CHANNELS) file.halt()
    const taken = [...client.channels.values()].reduce((sum, { last }) => sum + last, 0)
    return taken === COUNT && (await floodOf(app))?.messages === COUNT
  })

  expect(slowestMs).toBeLessThan(1_000)
  const flood = await floodOf(app)
  const { counters, queueHighWater, queueCapacity } = await getJson<StatsView>(app, '/api/v1/stats')
  expect(flood).toMatchObject({ state: 'running', restarts: 0, messages: COUNT })
  expect(queueHighWater).toBeLessThanOrEqual(queueCapacity)
  expect([...client.violations, ...other.violations]).toEqual([])
  for (const channel of [...QUOTES, TRADES]) {
    const { first = 0, last, updates = 0, merged = 0, lost = 0 } = client.channels.get(channel) ?? {}
    expect([channel, last]).toEqual([channel, COUNT / 5])
    expect(first - 1 + updates + merged + lost).toBe(COUNT / 5)
  }
  const trades = client.channels.get(TRADES)
  expect(trades?.lost).toBe((flood?.dropped ?? 0) + (counters.messagesDropped ?? 0))
  expect(other.updates).toBeGreaterThan(simulated + 100)
})

it('is not brought down by a producer that floods its log', async () => {
  const file = floodingProducer(`log('warn', 'step ' + step); if (step % 5 === 0) yield messageOf(step)`)
  const app = await startTestApp({ feed: file.feed })
  const client = new TestClient(app)
  await client.subscribe(...QUOTES, TRADES)
  file.go()
  const slowestMs = await healthUntil(app, async () => {
    if (((await floodOf(app))?.messages ?? 0) >= COUNT / 5 - 1) file.halt()
    return client.channels.get(TRADES)?.last === COUNT / 5
  })

  expect(slowestMs).toBeLessThan(1_000)
  expect(client.violations).toEqual([])
})
