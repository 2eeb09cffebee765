import { setTimeout as wait } from 'node:timers/promises'
import { expect, it } from 'vitest'
import type { ProducerToMain } from '../../src/protocol/port-messages.ts'
import { createModuleFeed } from '../../workers/feeds/feed-module.ts'
import market from '../../workers/market.worker.ts'
import { Outbox } from '../../workers/outbox.ts'
import { pump } from '../../workers/pump.ts'
import { KeptPort, updatesIn } from '../support/segments.ts'
import { writeProducer } from './support/producer-file.ts'

it.each([
  ['messages', `{ on: 'flood', data: 1 }`],
  ['nothing', '[]']
])('A producer file that yields %s and never waits leaves the thread time to stop it', async (_, yielded) => {
  const file = writeProducer(`export default async function* () {
    for (const endMs = performance.now() + 5_000; performance.now() < endMs; ) yield ${yielded}
    throw new Error('expected to be stopped long before')
  }`)
  const stopping = new AbortController()
  const feed = createModuleFeed(
    { name: 'mine', feed: 'module', file },
    { signal: stopping.signal, log: () => undefined }
  )
  await feed.open()
  const outbox = new Outbox({ port: new KeptPort(), epoch: 'e', credit: 10, merges: true, now: () => 0 })
  wait(20).then(() => stopping.abort())

  await expect(pump(feed, { apply: (messages) => messages, drain: () => [] }, outbox, stopping.signal)).resolves.toBe(
    undefined
  )
})

it('A producer file that says it can pause loses and merges nothing, though it yields more at once than its credit', async () => {
  const file = writeProducer(`export default { canPause: true, async *messages() {
    yield Array.from({ length: 50 }, (_, n) => ({ channel: 'note:LAB:A', data: { n } }))
  } }`)
  const { port1, port2 } = new MessageChannel()
  const numbers: unknown[] = []
  port1.on('message', (message: ProducerToMain) => {
    if (message.type === 'finished') port1.close()
    if (message.type !== 'batch') return
    numbers.push(...updatesIn(message).map(({ data }) => (data as { n: number }).n))
    port1.postMessage({ type: 'credit', credit: message.credit, batches: 1 })
  })
  await market({
    spec: { feed: 'module', name: 'lab', file },
    epoch: 'e',
    port: port2 as never,
    credit: 4,
    derive: { deriveMs: 250, maxSymbols: 10, calendars: [], isRestored: false }
  })

  expect(numbers).toEqual(Array.from({ length: 50 }, (_, n) => n))
})
