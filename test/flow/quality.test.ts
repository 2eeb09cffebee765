import { expect, it } from 'vitest'
import type { App } from '../../src/app.ts'
import type { ChannelView } from '../../src/http/market-view.ts'
import { ProducerFile } from './support/producer-file.ts'
import { getJson, startTestApp, until } from './support/test-app.ts'
import { TestClient } from './support/test-client.ts'

const GOLD = 'quote:LAB:GOLD'
const SILVER = 'quote:LAB:SILVER'

/** What REST says of the freshness of channels. */
async function qualitiesOf(app: App): Promise<Record<string, string>> {
  const { channels } = await getJson<{ readonly channels: readonly ChannelView[] }>(app, '/api/v1/channels')
  return Object.fromEntries(channels.map(({ channel, quality, cause }) => [channel, `${quality} ${cause}`]))
}

/** What a client was told of a channel, oldest first. */
const told = ({ statuses }: TestClient, name: string): readonly string[] =>
  statuses.filter(({ channel }) => channel === name).map(({ quality, cause }) => `${quality} ${cause}`)

it('calls a channel live from its first message on, whenever it is declared, and not before', async () => {
  const file = new ProducerFile(
    'metals',
    `export default { channels: ['${GOLD}', '${SILVER}'], async *messages() {
      for (let step = 1; ; step++) {
        yield { channel: '${GOLD}', data: quote(step) }
        if (isToldToGo()) yield { channel: 'quote:LAB:LATE', data: quote(step) }
        await wait(10)
      }
    } }`
  )
  const app = await startTestApp({ feed: file.feed })
  const client = new TestClient(app)
  await client.subscribe('quote:LAB:*')
  await until(async () => (await qualitiesOf(app))[GOLD] === 'live none', 'gold')
  expect((await qualitiesOf(app))[SILVER]).toBe('recovering starting')
  file.go()
  await until(() => told(client, 'quote:LAB:LATE').length > 0, 'the late one')

  expect(told(client, 'quote:LAB:LATE')).toEqual(['live none'])
  expect(told(client, SILVER)).toEqual([])
})

it('does not call a channel live again that a restarted producer has not published to yet', async () => {
  const file = new ProducerFile(
    'metals',
    `export default async function* () {
      for (let step = 1; ; step++) {
        yield { channel: '${GOLD}', data: quote(step) }
        if (!isToldToGo()) yield { channel: '${SILVER}', data: quote(step) }
        else if (step > 20 && step < 30) throw new Error('over')
        await wait(10)
      }
    }`
  )
  const app = await startTestApp({ feed: file.feed })
  const client = new TestClient(app)
  await client.subscribe('quote:LAB:*')
  await until(async () => Object.values(await qualitiesOf(app)).join() === 'live none,live none', 'both')
  file.go()
  await until(() => told(client, GOLD).includes('stale producer_dead'), 'the end of the first life')
  await until(() => (client.channels.get(GOLD)?.epochs.length ?? 0) > 1, 'the next life')

  expect((await qualitiesOf(app))[SILVER]).toBe('stale producer_dead')
  expect(told(client, SILVER).at(-1)).toBe('stale producer_dead')
  file.halt()
  await until(() => told(client, SILVER).at(-1) === 'live none', 'silver again')
  expect(client.violations).toEqual([])
})

it('tells that a producer has fallen silent, and that it speaks again', async () => {
  const file = new ProducerFile(
    'quiet',
    `export default { channels: ['${GOLD}'], async *messages() {
      for (let step = 1; ; step++) {
        while (isToldToGo()) await wait(10)
        yield { channel: '${GOLD}', data: quote(step) }
        await wait(10)
      }
    } }`
  )
  const app = await startTestApp({ feed: file.feed, staleMs: '600' })
  const client = new TestClient(app)
  await client.subscribe(GOLD)
  await until(() => client.updates > 3, 'quotes')
  file.go()
  await until(() => told(client, GOLD).includes('stale venue_silent'), 'silence')
  const response = await fetch(`${app.url}/ready`)
  file.halt()
  await until(() => told(client, GOLD).at(-1) === 'live none', 'quotes again')

  expect(response.status).toBe(503)
  expect(await response.json()).toMatchObject({ reasons: ['quiet is silent'], producers: [{ restarts: 0 }] })
  expect(client.channels.get(GOLD)?.epochs).toHaveLength(1)
  expect(client.violations).toEqual([])
})

it('believes a feed that says its data is late', async () => {
  const file = new ProducerFile(
    'late-feed',
    `export default { channels: ['${GOLD}', '${SILVER}'], async *messages() {
      yield { quality: 'delayed', cause: 'gap', channels: ['${GOLD}'] }
      for (let step = 1; ; step++) {
        yield [{ channel: '${GOLD}', data: quote(step) }, { channel: '${SILVER}', data: quote(step) }]
        if (isToldToGo()) yield { quality: 'live', cause: 'none' }
        await wait(10)
      }
    } }`
  )
  const app = await startTestApp({ feed: file.feed })
  const client = new TestClient(app)
  const { channels } = await client.subscribe(GOLD, SILVER)
  await until(() => client.updates > 20, 'quotes')
  expect(await qualitiesOf(app)).toEqual({ [GOLD]: 'delayed gap', [SILVER]: 'live none' })
  expect(channels.map(({ ok }) => ok)).toEqual([true, true])
  file.go()
  await until(() => told(client, GOLD).at(-1) === 'live none', 'the feed to say that it has caught up')
})
