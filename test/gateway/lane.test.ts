import { expect, it } from 'vitest'
import { FLAG } from '../../src/protocol/port-messages.ts'
import { batchOf } from '../support/segments.ts'
import { TestGateway } from './support/test-gateway.ts'

const QUOTE = 'quote:SIM:AAPL'
const RATE_HZ = 2
const PERIOD_MS = 1_000 / RATE_HZ

/** Channels of one producer, and how to publish on them: so many changes of each book, and one message of each other. */
function market(gateway: TestGateway, names: readonly string[]): (changes: number) => void {
  const { life } = gateway.produce('sim', 'e1', ...names)
  const seqs = names.map(() => 0)
  return (changes) => {
    const messages = names.flatMap((name, channel) =>
      Array.from({ length: name.startsWith('book') ? changes : 1 }, () => {
        const seq = (seqs[channel] ?? 0) + 1
        seqs[channel] = seq
        const data = { bids: [[String(100 - (seq % 7)), String(seq)]], asks: [] }
        return { channel, name, seq, data, ...(seq === 1 ? { snapshotOf: 'e1' } : { flags: FLAG.delta }) }
      })
    )
    gateway.plant.tickerplant.accept(life, batchOf(messages))
  }
}

it('asks for no flush while there is nothing new at a lower rate', async () => {
  const gateway = new TestGateway()
  const { publish } = gateway.produce('sim', 'e1', QUOTE)
  publish(0)
  await gateway.subscribed({ channel: QUOTE, maxRateHz: 50 })
  await gateway.flush()
  const { wakes } = gateway
  gateway.pass(10_000)
  expect(gateway.wakes).toBe(wakes)
})

it('sends what comes after a rest at once, what follows in time, and asks for the flush that takes it', async () => {
  const gateway = new TestGateway()
  const { publish } = gateway.produce('sim', 'e1', QUOTE)
  publish(0)
  const { connection } = await gateway.subscribed({ channel: QUOTE, maxRateHz: RATE_HZ })
  connection.take()
  gateway.pass(10_000)
  publish(0)
  await gateway.flush(0)
  expect(connection.updates).toMatchObject([{ seq: 2 }])
  publish(0, 0, 0)
  await gateway.flush(0)
  expect(connection.updates).toHaveLength(1)
  const { wakes } = gateway
  gateway.pass(PERIOD_MS)
  expect(gateway.wakes).toBe(wakes + 1)
  await gateway.flush(0)
  expect(connection.updates.slice(1)).toMatchObject([{ seq: 5, prev: 2 }])
  expect(gateway.plant.counters.rateMessagesMerged).toBe(2)
})

it.each([1.1, 1.9, 2.5])('sends no two within a period after a rest of %d of them', async (periods) => {
  const gateway = new TestGateway()
  const { publish } = gateway.produce('sim', 'e1', QUOTE)
  publish(0)
  const { connection } = await gateway.subscribed({ channel: QUOTE, maxRateHz: RATE_HZ })
  publish(0)
  await gateway.flush(0)
  gateway.pass(periods * PERIOD_MS)
  connection.take()
  const sentMs: number[] = []
  connection.onFrame = ({ updates }) => {
    if (updates > 0) sentMs.push(gateway.nowMs)
  }
  for (let ms = 0; ms < 4 * PERIOD_MS; ms += 10) {
    publish(0)
    await gateway.flush(10)
  }
  const gaps = sentMs.slice(1).map((atMs, n) => atMs - (sentMs[n] ?? 0))
  expect(gaps.length).toBeGreaterThanOrEqual(3)
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(PERIOD_MS - 10)
})

it('sends the first value of a new epoch at once when the lane has rested', async () => {
  const gateway = new TestGateway()
  const { publish } = gateway.produce('sim', 'e1', QUOTE)
  publish(0)
  const { connection } = await gateway.subscribed({ channel: QUOTE, maxRateHz: RATE_HZ })
  gateway.pass(10 * PERIOD_MS)
  const next = gateway.produce('sim', 'e2', QUOTE)
  await gateway.flush(10)
  connection.take()
  next.publish(0)
  await gateway.flush(10)
  expect(connection.updates).toMatchObject([{ seq: 1, type: 'snapshot', epoch: 'e2' }])
})

it('sends quotes in time, however much of books is to be merged', async () => {
  const gateway = new TestGateway({ journalBytes: 100_000_000 })
  const books = ['book:SIM:A', 'book:SIM:B', 'book:SIM:C']
  const names = [...books, QUOTE]
  const publish = market(gateway, names)
  publish(1)
  const { connection } = await gateway.subscribed(...names.map((channel) => ({ channel, maxRateHz: RATE_HZ })))
  connection.take()
  publish(1_798)
  gateway.pass(PERIOD_MS)
  await new Promise<void>((resolve) => gateway.fanOut.publish(gateway.plant.queue.drain(), resolve))
  expect(connection.updates.map(({ channel }) => channel)).toEqual([QUOTE, ...books.slice(0, 2)])
})

it('lets no rate starve another, whatever books there are at either', async () => {
  const gateway = new TestGateway({ journalBytes: 200_000_000 })
  const names = ['book:SIM:A', 'book:SIM:B', 'book:SIM:C', 'book:SIM:D', QUOTE]
  const publish = market(gateway, names)
  publish(1)
  const first = await gateway.subscribed(...names.slice(0, 3).map((channel) => ({ channel, maxRateHz: 50 })))
  const second = await gateway.subscribed(...names.slice(3).map((channel) => ({ channel, maxRateHz: 25 })))
  for (const { connection } of [first, second]) connection.take()
  for (let n = 0; n < 20; n++) {
    publish(900)
    await new Promise<void>((resolve) => gateway.fanOut.publish(gateway.plant.queue.drain(), resolve))
    gateway.pass(50)
  }
  const counts = new Map<string, number>()
  for (const { connection } of [first, second]) {
    for (const { channel } of connection.updates) counts.set(channel, (counts.get(channel) ?? 0) + 1)
  }
  expect(counts.get(QUOTE)).toBeGreaterThanOrEqual(19)
  for (const name of names.slice(0, 4)) expect(counts.get(name)).toBeGreaterThanOrEqual(4)
})

it('sends one update of each book in a period, however many there are to be merged', async () => {
  const gateway = new TestGateway({ journalBytes: 100_000_000 })
  const books = Array.from({ length: 6 }, (_, n) => `book:SIM:N${n}`)
  const publish = market(gateway, books)
  publish(1)
  const { connection } = await gateway.subscribed(...books.map((channel) => ({ channel, maxRateHz: RATE_HZ })))
  connection.take()
  publish(900)
  gateway.pass(PERIOD_MS)
  await gateway.flush(0)
  // 5,400 messages are more than are merged in one flush.
  expect(connection.updates.length).toBeLessThan(books.length)
  publish(100)
  for (let flushes = 0; flushes < 10; flushes++) await gateway.flush(1)
  const ranges = connection.updates.map(({ channel, seq, prev }) => [channel, prev, seq])
  expect(ranges.map(([channel]) => channel)).toEqual(books)
  expect(ranges.every(([, prev]) => prev === 1)).toBe(true)
  gateway.pass(PERIOD_MS)
  for (let flushes = 0; flushes < 10; flushes++) await gateway.flush(1)
  for (const name of books) {
    const ofBook = connection.updates.filter(({ channel }) => channel === name)
    expect(ofBook.at(-1)).toMatchObject({ seq: 1_001 })
    expect(ofBook.length).toBeLessThanOrEqual(2)
    expect(ofBook[1]?.prev ?? ofBook[0]?.seq).toBe(ofBook[0]?.seq)
  }
})
