import { expect, it } from 'vitest'
import type { ProducerView } from '../../src/http/market-view.ts'
import { ProducerFile } from './support/producer-file.ts'
import { getJson, startTestApp, until } from './support/test-app.ts'

/** Bytes for each of the rounds that the producer counts in its quotes; it holds the last forty. */
const ROUND_BYTES = 1_000_000
const ROUNDS = 3_000

it('leaves a producer alone that makes garbage beyond its limit, but holds less', async () => {
  // Objects that live for a while and then do not: what a thread takes is several times what it holds.
  const producer = new ProducerFile(
    'tidy',
    `export default { channels: ['quote:LAB:TIDY'], async *messages() {
       const held = []
       for (let round = 0; ; round++) {
         held.push(Array.from({ length: ${ROUND_BYTES / 40} }, (_, n) => ({ round, n })))
         if (held.length > 40) held.shift()
         yield { channel: 'quote:LAB:TIDY', data: quote(round) }
         if (round % 5 === 0) await wait(1)
       }
     } }`
  )
  const app = await startTestApp({ feed: producer.feed, maxProducerMb: '100', hangMs: '30000' })
  const present = async () => {
    const { producers } = await getJson<{ readonly producers: readonly ProducerView[] }>(app, '/ready')
    return producers[0]
  }
  await until(async () => ((await present())?.messages ?? 0) > ROUNDS, 'three gigabytes made', 50_000)
  expect(await present()).toMatchObject({ restarts: 0, lastError: null })
})
