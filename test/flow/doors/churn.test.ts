import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it, onTestFinished } from 'vitest'
import type { App } from '../../../src/app.ts'
import { getJson, startTestApp, until } from '../support/test-app.ts'
import { DOORS } from './support/doors.ts'
import { newSeed } from './support/random.ts'

const CLIENTS = 1_000
const WARM_UP = 400
const CHURN = fileURLToPath(new URL('./support/churn-clients.ts', import.meta.url))
const MiB = 1024 * 1024

async function heapMiB(): Promise<number> {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  for (let n = 0; n < 3; n++) {
    collect()
    await new Promise((resolve) => setImmediate(resolve))
  }
  return process.memoryUsage().heapUsed / MiB
}

const sockets = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length

/** Time in which a client of long-polling that vanished is found out by a ping, with some to spare, ms. */
const GONE_MS = 60_000

interface State {
  readonly clients: number
  readonly subscriptions: number
  readonly subscribers: number
}

/** What the server holds for clients: connections, channels of connections, and members of cohorts by channel. */
async function stateOf(app: App): Promise<State> {
  const { clients, subscriptions } = await getJson<State>(app, '/api/v1/stats')
  const { channels } = await getJson<{ channels: readonly { subscribers: number }[] }>(
    app,
    '/api/v1/channels?limit=1000'
  )
  return { clients, subscriptions, subscribers: channels.reduce((sum, channel) => sum + channel.subscribers, 0) }
}

/** Lets so many clients come and go, from a process of their own: what they leave in its memory is no concern here. */
async function churn(app: App, count: number, seed: number): Promise<void> {
  const child = fork(CHURN, [app.url, String(count), String(seed)], { execArgv: [] })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  const [code] = await once(child, 'exit')
  expect(code).toBe(0)
}

it('keeps nothing of 1,000 clients that came and went', { timeout: 150_000 }, async () => {
  const seed = newSeed('clients that come and go')
  const app = await startTestApp({ rate: '500', symbols: '8', maxRequestBurst: '10000' })
  const isEmpty = async () => Object.values(await stateOf(app)).every((count) => count === 0)
  const fixed = sockets()
  await churn(app, WARM_UP, seed)
  await until(isEmpty, 'nobody left', GONE_MS)
  const before = await heapMiB()

  await churn(app, CLIENTS, seed + 1)
  await until(isEmpty, 'nobody left', GONE_MS)
  await until(() => sockets() <= fixed + 4, 'sockets to be closed')
  const { counters } = await getJson<{ counters: Readonly<Record<string, number>> }>(app, '/api/v1/stats')
  expect(counters.connectionsOpened).toBe(CLIENTS + WARM_UP)
  expect(counters.connectionsClosed).toBe(CLIENTS + WARM_UP)
  expect((await heapMiB()) - before).toBeLessThan(8)
  // Somebody who comes now is served as the first one was.
  const [, open] = DOORS[0] ?? []
  const client = open?.(app)
  await client?.subscribe('quote:SIM:AAPL')
  await until(() => (client?.auditor.channels.get('quote:SIM:AAPL')?.applied ?? 0) > 5, 'updates')
})
