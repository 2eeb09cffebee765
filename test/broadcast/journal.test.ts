import { describe, expect, it } from 'vitest'
import type { ProducerLife } from '../../src/broadcast/tickerplant.ts'
import { type BatchMessage, FLAG } from '../../src/protocol/port-messages.ts'
import { batchOf, TestPlant, updatesOf, type Written } from '../support/segments.ts'

const trades = 'trade:SIM:A'
const quotes = 'quote:SIM:A'
const book = 'book:SIM:A'
const names = [trades, quotes, book]

/** Accepts a batch of messages, written as `[channel, seq]` with what else there is to say. */
function accept(
  plant: TestPlant,
  life: ProducerLife,
  ...messages: readonly [string, number, Partial<Written>?][]
): void {
  const written = messages.map(([name, seq, more]) => ({ channel: names.indexOf(name), name, seq, ...more }))
  plant.tickerplant.accept(life, batchOf(written))
}

function openPlant(journalBytes = 1_000_000) {
  const plant = new TestPlant({ journalBytes })
  return { plant, life: plant.begin('p', 'e', ...names) }
}

/** What the journal says about trades after `seq`. */
function tradesSince(plant: TestPlant, seq: number, limit = 100) {
  const { messages, isComplete } = plant.journal.since(plant.channel(trades), seq, limit)
  return { seqs: updatesOf(messages).map((update) => update.seq), isComplete }
}

const oneTradeBytes = (() => {
  const { plant, life } = openPlant()
  accept(plant, life, [trades, 11])
  return plant.journal.bytes
})()

describe('The journal', () => {
  it('gives what came after a position, oldest first, across batches', () => {
    const { plant, life } = openPlant()
    accept(plant, life, [trades, 1], [quotes, 1], [trades, 2])
    accept(plant, life, [trades, 3], [trades, 4])

    expect(tradesSince(plant, 0)).toEqual({ seqs: [1, 2, 3, 4], isComplete: true })
    expect(tradesSince(plant, 1)).toEqual({ seqs: [2, 3, 4], isComplete: true })
    expect(tradesSince(plant, 3)).toEqual({ seqs: [4], isComplete: true })
  })

  it.each([4, 5])('has nothing to give at position %i of 4', (seq) => {
    const { plant, life } = openPlant()
    accept(plant, life, [trades, 1], [trades, 2], [trades, 3], [trades, 4])

    expect(tradesSince(plant, seq)).toEqual({ seqs: [], isComplete: true })
  })

  it.each([
    [2, [3, 4], false],
    [3, [2, 3, 4], false],
    [4, [1, 2, 3, 4], true],
    [5, [1, 2, 3, 4], true]
  ])('gives the newest %i of 4 at most, and says whether that is all', (limit, seqs, isComplete) => {
    const { plant, life } = openPlant()
    accept(plant, life, [trades, 1], [trades, 2], [trades, 3], [trades, 4])

    expect(tradesSince(plant, 0, limit)).toEqual({ seqs, isComplete })
  })

  it('is complete for a position within the range that a merged message stands for', () => {
    const { plant, life } = openPlant()
    accept(plant, life, [trades, 1], [trades, 6, { prev: 1 }], [trades, 7])

    for (const seq of [1, 3, 5]) expect(tradesSince(plant, seq)).toEqual({ seqs: [6, 7], isComplete: true })
  })

  it('is not complete across a hole, and gives only what follows it', () => {
    const { plant, life } = openPlant()
    accept(plant, life, [trades, 1], [trades, 2], [trades, 5], [trades, 6])

    expect(tradesSince(plant, 1)).toEqual({ seqs: [5, 6], isComplete: false })
    expect(tradesSince(plant, 3)).toEqual({ seqs: [5, 6], isComplete: false })
    expect(tradesSince(plant, 4)).toEqual({ seqs: [5, 6], isComplete: true })
  })

  it('knows nothing of the epoch before', () => {
    const { plant, life } = openPlant()
    accept(plant, life, [trades, 1], [trades, 2])
    const next = plant.begin('p', 'e2', ...names)

    expect(tradesSince(plant, 0)).toEqual({ seqs: [], isComplete: true })
    accept(plant, next, [trades, 3])
    expect(tradesSince(plant, 0)).toEqual({ seqs: [3], isComplete: false })
  })
})

describe('The bound of the journal', () => {
  it.each([
    ['just below three batches', 3 * oneTradeBytes - 1, [13]],
    ['three batches', 3 * oneTradeBytes, [12, 13]],
    ['just above three batches', 3 * oneTradeBytes + 1, [12, 13]]
  ])('of %s is kept', (_, capacityBytes, seqs) => {
    const { plant, life } = openPlant(capacityBytes)
    for (const seq of [10, 11, 12, 13]) {
      accept(plant, life, [trades, seq])
      expect(plant.journal.bytes).toBeLessThanOrEqual(capacityBytes)
    }
    const three = seqs.length === 2 ? [11, ...seqs] : [12, ...seqs]

    expect(tradesSince(plant, 9)).toEqual({ seqs: three, isComplete: false })
  })

  it('holds even when one batch is larger than it, and the newest trade stays known', () => {
    const { plant, life } = openPlant(100)
    accept(plant, life, [trades, 1, { data: { text: 'x'.repeat(1_000) } }], [trades, 2])

    expect(plant.journal.bytes).toBe(0)
    expect(tradesSince(plant, 0)).toEqual({ seqs: [2], isComplete: false })
    expect(tradesSince(plant, 1)).toEqual({ seqs: [2], isComplete: true })
  })

  it('lets a returning client prove nothing that has left', () => {
    const { plant, life } = openPlant(2 * oneTradeBytes)
    for (const seq of [10, 11, 12]) accept(plant, life, [trades, seq])

    expect(tradesSince(plant, 10)).toEqual({ seqs: [11, 12], isComplete: true })
    expect(tradesSince(plant, 9)).toEqual({ seqs: [11, 12], isComplete: false })
  })

  it('proves nothing across a trade that is kept only as the newest of its channel', () => {
    const { plant, life } = openPlant(2 * oneTradeBytes)
    accept(plant, life, [trades, 1])
    for (let seq = 1; seq <= 5; seq++) accept(plant, life, [quotes, seq])
    accept(plant, life, [trades, 2])

    expect(tradesSince(plant, 1)).toEqual({ seqs: [2], isComplete: true })
    expect(tradesSince(plant, 0)).toEqual({ seqs: [2], isComplete: false })
  })
})

describe('A batch that leaves the journal', () => {
  /** Whether a channel still points into the journal's own memory, or into that of the batch. */
  function isHeld(plant: TestPlant, { bytes }: BatchMessage): boolean {
    const held = [...plant.catalog.channels()].flatMap(({ lastSegment, tail }) => [
      ...(lastSegment === undefined ? [] : [lastSegment]),
      ...tail.map(({ segment }) => segment)
    ])
    return held.some((segment) => segment.id === 0 || segment.bytes.buffer === bytes.buffer)
  }

  it('leaves a copy of what its channels still need, and of nothing else', () => {
    const { plant, life } = openPlant(600)
    const first = batchOf([
      { channel: 0, name: trades, seq: 1 },
      { channel: 1, name: quotes, seq: 1 },
      { channel: 1, name: quotes, seq: 2 },
      { channel: 2, name: book, seq: 1, snapshotOf: 'e', data: { bids: [['10', '1']], asks: [] } },
      { channel: 2, name: book, seq: 2, flags: FLAG.delta, data: { bids: [['9', '1']], asks: [] } }
    ])
    plant.tickerplant.accept(life, first)
    accept(plant, life, [trades, 2])
    accept(plant, life, [book, 3, { flags: FLAG.delta }])
    expect(plant.journal.bytes).toBeLessThan(600)

    expect(isHeld(plant, first)).toBe(false)
    expect(updatesOf(plant.channel(quotes).present()).map(({ seq }) => seq)).toEqual([2])
    expect(updatesOf(plant.channel(book).present()).map(({ seq, type }) => [seq, type])).toEqual([
      [1, 'snapshot'],
      [2, undefined],
      [3, undefined]
    ])
  })

  it('is let go by a book that has a newer base', () => {
    const { plant, life } = openPlant(600)
    accept(plant, life, [book, 1, { snapshotOf: 'e' }], [book, 2, { flags: FLAG.delta }])
    accept(plant, life, [book, 3, { flags: FLAG.delta }], [book, 3, { snapshotOf: 'e', flags: FLAG.base }])
    for (let seq = 4; seq < 9; seq++) accept(plant, life, [book, seq, { flags: FLAG.delta }])

    expect(updatesOf(plant.channel(book).present()).map(({ seq, type }) => [seq, type])).toEqual([
      [3, 'snapshot'],
      ...[4, 5, 6, 7, 8].map((seq) => [seq, undefined])
    ])
    expect(plant.journal.since(plant.channel(book), 3, 100).isComplete).toBe(false)
    expect(plant.journal.since(plant.channel(book), 6, 100)).toMatchObject({ isComplete: true })
  })

  it('with hundreds of deltas of one book costs the main thread little', () => {
    const { plant, life } = openPlant(1_000)
    const deltas = Array.from({ length: 512 }, (_, place): [string, number, Partial<Written>] => [
      book,
      place + 2,
      { flags: FLAG.delta }
    ])
    let reads = 0
    accept(plant, life, [book, 1, { snapshotOf: 'e' }])
    const channel = plant.channel(book)
    const { tail } = channel
    channel.tail = new Proxy(tail, {
      get: (target, property, receiver) => {
        if (typeof property === 'string' && /^\d+$/.test(property)) reads += 1
        return Reflect.get(target, property, receiver)
      }
    })
    accept(plant, life, ...deltas)

    expect(channel.tail).toHaveLength(513)
    expect(reads).toBeLessThan(10_000)
  })
})
