import { expect, it } from 'vitest'
import type { App } from '../../src/app.ts'
import type { ProducerView } from '../../src/http/market-view.ts'
import { processResources } from './support/process-resources.ts'
import { ProducerFile } from './support/producer-file.ts'
import { getJson, startTestApp, until } from './support/test-app.ts'
import { TestClient } from './support/test-client.ts'

const CHANNEL = 'quote:LAB:GOLD'

async function producersOf(app: App): Promise<readonly ProducerView[]> {
  const { producers } = await getJson<{ readonly producers: readonly ProducerView[] }>(app, '/ready')
  return producers
}

const isRunning = (app: App) => async () => (await producersOf(app)).every(({ state }) => state === 'running')

it('waits longer and longer to start a producer that fails, and takes its file when it is repaired', async () => {
  const file = new ProducerFile('gold', `throw new Error('no such venue')`)
  const app = await startTestApp({ feed: file.feed })
  const client = new TestClient(app)
  // Answered when all producers are open, or after a while.
  const answer = client.subscribe('quote:LAB:*')
  const waitsMs: number[] = []
  let last: ProducerView | undefined
  await until(async () => {
    const [gold] = await producersOf(app)
    if (last?.state === 'restarting' && gold?.state === 'starting') waitsMs.push(gold.since - last.since)
    last = gold
    return waitsMs.length === 3
  }, 'three starts')
  file.write(`export default async function* () {
    for (let step = 1; ; step++) { yield { channel: '${CHANNEL}', data: quote(step) }; await wait(10) }
  }`)
  await answer
  await until(() => (client.channels.get(CHANNEL)?.updates ?? 0) > 10, 'quotes of the repaired producer')

  const [first = 0, second = 0, third = 0] = waitsMs
  expect(first).toBeGreaterThanOrEqual(495)
  expect(second).toBeGreaterThanOrEqual(995)
  expect(third).toBeGreaterThanOrEqual(1_995)
  expect(last?.lastError).toMatch(/Cannot load producer .*gold\.mjs.*no such venue/)
  expect(client.violations).toEqual([])
})

it('leaves no thread and no port behind when producers die again and again, or are stopped', async () => {
  const before = processResources()
  const files = ['throw new Error()', 'process.exit()', 'setTimeout(() => { throw 1 })'].map((death, n) => {
    const channel = `${CHANNEL}${n}`
    return new ProducerFile(
      `short-lived-${n}`,
      `export default async function* () {
        const end = performance.now() + 600
        for (let step = 1; ; step++) {
          yield { channel: '${channel}', data: quote(step) }
          await wait(10)
          if (performance.now() > end && isToldToGo()) { ${death}; await forever() }
        }
      }`
    )
  })
  const app = await startTestApp({ feed: ['synthetic', ...files.map(({ feed }) => feed)], historyFile: 'none' })
  await until(isRunning(app), 'every producer')
  const during = processResources()
  for (const file of files) file.go()
  await until(
    async () => (await producersOf(app)).every(({ name, restarts }) => name === 'synthetic' || restarts >= 3),
    'three deaths of each'
  )
  for (const file of files) file.halt()
  await until(isRunning(app), 'every producer again')
  await until(() => processResources().threads <= during.threads, 'the threads of the dead to end')
  const after = processResources()
  await app.stop('test')
  await until(() => processResources().ports <= before.ports, 'the ports to close')

  expect(during.ports - before.ports).toBe(2 * 4)
  expect(after).toEqual(during)
  // libuv keeps the threads of its own pool.
  expect(processResources().threads - before.threads).toBeLessThanOrEqual(4)
})

it('stops although a producer hangs and another one ignores that it shall stop', async () => {
  const hanging = new ProducerFile(
    'hanging',
    `export default async function* () { yield { on: 'a', data: 1 }; for (;;); }`
  )
  const deaf = new ProducerFile(
    'deaf',
    `export default {
      start({ publish }) {
        setInterval(() => publish({ on: 'b', data: 2 }), 1)
        return () => { for (;;); }
      }
    }`
  )
  const app = await startTestApp({ feed: [hanging.feed, deaf.feed] })
  const client = new TestClient(app)
  const events = new Set<string>()
  client.socket.onAny((event: string) => events.add(event))
  await until(() => events.has('a') || events.has('b'), 'an event', 10_000)
  const startedMs = performance.now()
  await app.stop('test')

  expect(performance.now() - startedMs).toBeLessThan(5_000)
})
