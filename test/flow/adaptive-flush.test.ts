import { expect, it } from 'vitest'
import type { App } from '../../src/app.ts'
import { ProducerFile } from './support/producer-file.ts'
import { startTestApp, until } from './support/test-app.ts'
import { TestClient } from './support/test-client.ts'

const CHANNELS = Array.from({ length: 5 }, (_, n) => `quote:LAB:N${n}`)
/** Time between two looks at the server, ms. */
const LOOK_MS = 250
const CLIENTS = 40
const BOUNDS_MS = { flushMinMs: '5', flushMaxMs: '80' } as const

/** Asked for seldom: a page of metrics is work, too. */
async function intervalMs({ url }: App): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  const page = await (await fetch(`${url}/metrics`)).text()
  return Number(/^tickcast_flush_interval_seconds (\S+)$/m.exec(page)?.[1]) * 1_000
}

it('waits longer between flushes as the event loop fills up, to its bound, and less again when there is time', async () => {
  const producer = new ProducerFile(
    'lab',
    `const channels = ${JSON.stringify(CHANNELS)}
    export default { channels, async *messages() {
      for (let n = 1; ; n++) {
        // A quiet market, and a busy one once it is told to go.
        const busy = isToldToGo()
        yield (busy ? channels : channels.slice(0, 1)).map((channel) => ({ channel, data: quote(n) }))
        await wait(busy ? 1 : 100)
      }
    } }`
  )
  const app = await startTestApp({ feed: producer.feed, ...BOUNDS_MS })
  const clients = Array.from({ length: CLIENTS }, () => new TestClient(app))
  await Promise.all(clients.map((client) => client.subscribe('quote:LAB:*')))
  producer.go()
  let longest = 0
  await until(async () => {
    longest = Math.max(longest, await intervalMs(app))
    return longest > 12
  }, 'a longer one in a busy market')
  producer.halt()
  await until(async () => (await intervalMs(app)) < longest / 2, 'a shorter one in a quiet market again')
  expect(longest).toBeLessThanOrEqual(80)
  expect(clients.flatMap(({ violations }) => violations)).toEqual([])
})
