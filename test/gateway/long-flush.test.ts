import { expect, it } from 'vitest'
import { batchOf, type Written } from '../support/segments.ts'
import { TestGateway } from './support/test-gateway.ts'

const CLIENTS = 64
const ROUNDS = 20
/** So long takes a write that a flush to all clients takes many turns of the event loop, ms. */
const WRITE_MS = 0.3

it('A flush of many turns sends what was published, however much comes meanwhile into memory of few messages', async () => {
  const gateway = new TestGateway({ journalBytes: 20_000 })
  const { plant, fanOut } = gateway
  const names = Array.from({ length: CLIENTS }, (_, n) => `trade:LAB:S${n}`)
  const life = plant.begin('lab', 'e', ...names)
  let seq = 0
  let turns = 0
  /** A message on each channel, in two batches, whose memory goes back to the producer. */
  const publish = () => {
    seq += 1
    const written = names.map((name, channel): Written => ({ channel, name, seq, data: { text: textOf(name, seq) } }))
    for (const half of [written.slice(0, CLIENTS / 2), written.slice(CLIENTS / 2)]) {
      const batch = batchOf(half)
      plant.tickerplant.accept(life, batch)
      batch.bytes.fill(0)
      batch.records.fill(0)
    }
  }
  const clients = await Promise.all(
    names.map(async (name) => {
      const { connection } = await gateway.subscribed(name)
      connection.take()
      connection.onFrame = () => {
        const endMs = performance.now() + WRITE_MS
        while (performance.now() < endMs);
      }
      return { name, connection }
    })
  )
  for (let round = 0; round < ROUNDS; round++) {
    publish()
    let isDone = false
    fanOut.publish(plant.queue.drain(), () => {
      isDone = true
    })
    while (!isDone) {
      await new Promise((resolve) => setImmediate(resolve))
      turns += 1
      publish()
    }
    gateway.pass(100)
  }
  for (let n = 0; n < 2; n++) await gateway.flush(1_000)

  expect(turns).toBeGreaterThan(2 * ROUNDS)
  const all = Array.from({ length: seq }, (_, n) => n + 1)
  for (const { name, connection } of clients) {
    expect(connection.updates.map((update) => update.seq)).toEqual(all)
    for (const update of connection.updates) expect(update.data).toEqual({ text: textOf(name, update.seq) })
  }
})

function textOf(name: string, seq: number): string {
  return `${name} ${seq} `.repeat(10)
}
