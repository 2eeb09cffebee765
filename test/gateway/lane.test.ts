import { expect, it } from 'vitest'
import { FLAG } from '../../src/protocol/port-messages.ts'
import { batchOf } from '../support/segments.ts'
import { TestGateway } from './support/test-gateway.ts'

const QUOTE = 'quote:SIM:AAPL'
const RATE_HZ = 2
const PERIOD_MS = 1_000 / RATE_HZ

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

it('sends one update of each book in a period, however many there are to be merged', async () => {
  const gateway = new TestGateway({ journalBytes: 100_000_000 })
  const books = Array.from({ length: 6 }, (_, n) => `book:SIM:N${n}`)
  const { life } = gateway.produce('sim', 'e1', ...books)
  const seqs = books.map(() => 0)
  const publish = (count: number) => {
    const messages = books.flatMap((name, channel) =>
      Array.from({ length: count }, () => {
        const seq = (seqs[channel] ?? 0) + 1
        seqs[channel] = seq
        const data = { bids: [[String(100 - (seq % 7)), String(seq)]], asks: [] }
        return { channel, name, seq, data, ...(seq === 1 ? { snapshotOf: 'e1' } : { flags: FLAG.delta }) }
      })
    )
    gateway.plant.tickerplant.accept(life, batchOf(messages))
  }
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
