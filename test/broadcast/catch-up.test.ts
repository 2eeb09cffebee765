import { describe, expect, it } from 'vitest'
import { CATCH_UP_LIMIT, type CatchUp, catchUp, presentOf } from '../../src/broadcast/catch-up.ts'
import { FLAG } from '../../src/protocol/port-messages.ts'
import type { Update } from '../../src/protocol/server-events.ts'
import { batchOf, TestPlant, updatesOf, type Written } from '../support/segments.ts'

const trades = 'trade:SIM:A'
const quotes = 'quote:SIM:A'
const book = 'book:SIM:A'
const names = [trades, quotes, book]

type Entry = readonly [name: string, seq: number, more?: Partial<Written>]

/** A main thread of epoch e2 that took in these messages, one batch for each. */
function plantAfter(entries: readonly Entry[], journalBytes = 1_000_000): TestPlant {
  const plant = new TestPlant({ journalBytes })
  const life = plant.begin('p', 'e2', ...names)
  for (const [name, seq, more] of entries) {
    plant.tickerplant.accept(life, batchOf([{ channel: names.indexOf(name), name, seq, ...more }]))
  }
  return plant
}

function run(name: string, from: number, to: number): Entry[] {
  return Array.from({ length: to - from + 1 }, (_, place) => [name, from + place])
}

/** The answer to a client at a position, with what the client gets to see. */
function answer(plant: TestPlant, name: string, epoch: string, seq: number): CatchUp & { updates: Update[] } {
  const answered = catchUp(plant.channel(name), epoch, seq, plant.journal)
  return { ...answered, updates: updatesOf(answered.messages) }
}

describe('A client that comes back to a quote', () => {
  it('gets the newest, standing for all it missed', () => {
    const { updates, ...rest } = answer(plantAfter(run(quotes, 1, 9)), quotes, 'e2', 4)

    expect(updates).toMatchObject([{ seq: 9, prev: 4 }])
    expect(updates[0]).not.toHaveProperty('type')
    expect(rest).toMatchObject({ isRecovered: true, merged: 4, dropped: 0 })
  })

  it('gets the one it missed as it is', () => {
    const { updates, ...rest } = answer(plantAfter(run(quotes, 1, 9)), quotes, 'e2', 8)

    expect(updates).toEqual([{ channel: quotes, seq: 9, exchangeTime: 7, ingestTime: 8, data: { seq: 9 } }])
    expect(rest).toMatchObject({ isRecovered: true, merged: 0, dropped: 0 })
  })

  it('gets it although everything before has left the journal', () => {
    const { updates, isRecovered } = answer(
      plantAfter([...run(quotes, 1, 9), ...run(trades, 1, 9)], 400),
      quotes,
      'e2',
      2
    )

    expect([updates, isRecovered]).toMatchObject([[{ seq: 9, prev: 2 }], true])
  })

  it('gets it as a snapshot while it has nothing of this epoch: it may still hold the last one of the epoch before', () => {
    const { updates, isRecovered } = answer(plantAfter(run(quotes, 1, 9)), quotes, 'e2', 0)

    expect([updates, isRecovered]).toMatchObject([[{ seq: 9, type: 'snapshot', epoch: 'e2' }], true])
  })
})

describe.each(names)('A client that comes back to %s', (name) => {
  const first: Entry = [name, 1, name === trades ? {} : { snapshotOf: 'e2' }]
  const plant = plantAfter([first, [name, 2, { flags: name === book ? FLAG.delta : 0 }]])

  it('gets nothing when it missed nothing', () => {
    expect(answer(plant, name, 'e2', 2)).toMatchObject({ messages: [], isRecovered: true, merged: 0, dropped: 0 })
  })

  it('gets the whole present state, first a snapshot, when it comes from another epoch', () => {
    const { updates, isRecovered } = answer(plant, name, 'e1', 2)

    expect(isRecovered).toBe(false)
    expect(updates[0]).toMatchObject({ type: 'snapshot', epoch: 'e2' })
    expect(updates.at(-1)?.seq).toBe(2)
  })

  it('gets the whole present state when it claims to know the future', () => {
    const { updates, isRecovered } = answer(plant, name, 'e2', 3)

    expect([isRecovered, updates[0]?.type, updates.at(-1)?.seq]).toEqual([false, 'snapshot', 2])
  })

  it('gets nothing, and no promise, while nothing was published in a new epoch', () => {
    const silent = plantAfter([])

    expect(answer(silent, name, 'e1', 2)).toMatchObject({ messages: [], isRecovered: false })
    expect(answer(silent, name, 'e2', 0)).toMatchObject({ messages: [], isRecovered: true })
  })
})

describe('A client that comes back to trades', () => {
  it('gets each trade it missed', () => {
    const { updates, ...rest } = answer(plantAfter(run(trades, 1, 9)), trades, 'e2', 6)

    expect(updates.map(({ seq, type }) => [seq, type])).toEqual([
      [7, undefined],
      [8, undefined],
      [9, undefined]
    ])
    expect(rest).toMatchObject({ isRecovered: true, merged: 0, dropped: 0 })
  })

  it.each([
    [CATCH_UP_LIMIT - 1, true, CATCH_UP_LIMIT - 1],
    [CATCH_UP_LIMIT, true, CATCH_UP_LIMIT],
    [CATCH_UP_LIMIT + 1, false, CATCH_UP_LIMIT]
  ])('having missed %i is recovered: %s, with %i of them', (missed, isRecovered, count) => {
    const { updates, ...rest } = answer(plantAfter(run(trades, 1, missed + 5)), trades, 'e2', 5)

    expect(updates).toHaveLength(count)
    expect(updates[0]?.type).toBe(isRecovered ? undefined : 'snapshot')
    expect(rest).toMatchObject({ isRecovered, merged: 0, dropped: missed - count })
  })

  it('is told of trades that have left the journal as a counted loss, and starts anew from a snapshot', () => {
    const { updates, ...rest } = answer(plantAfter(run(trades, 1, 9), 400), trades, 'e2', 2)
    const [first] = updates

    expect(first).toMatchObject({ type: 'snapshot', epoch: 'e2' })
    expect(updates.map(({ seq }) => seq)).toEqual(run(trades, first?.seq ?? 0, 9).map(([, seq]) => seq))
    expect(rest).toMatchObject({ isRecovered: false, dropped: 7 - updates.length })
  })

  it('is told of trades that its producer had to drop as the loss they are', () => {
    const { updates, ...rest } = answer(plantAfter([...run(trades, 1, 3), ...run(trades, 6, 8)]), trades, 'e2', 2)

    expect(updates.map(({ seq, type }) => [seq, type])).toEqual([
      [6, 'snapshot'],
      [7, undefined],
      [8, undefined]
    ])
    expect(rest).toMatchObject({ isRecovered: false, dropped: 3 })
  })

  it('gets them from a snapshot on while it has nothing of this epoch, and misses nothing', () => {
    const { updates, ...rest } = answer(plantAfter(run(trades, 1, 3)), trades, 'e2', 0)

    expect(updates.map(({ seq, type }) => [seq, type])).toEqual([
      [1, 'snapshot'],
      [2, undefined],
      [3, undefined]
    ])
    expect(rest).toMatchObject({ isRecovered: true, dropped: 0 })
  })
})

describe('A client that comes back to an order book', () => {
  const whole: Entry = [book, 1, { snapshotOf: 'e2', data: { bids: [['10', '1']], asks: [], text: 'x'.repeat(500) } }]
  const delta = (seq: number, size = 0): Entry => [book, seq, { flags: FLAG.delta, data: { text: 'x'.repeat(size) } }]

  it('gets the deltas it missed while they are shorter than the book', () => {
    const { updates, ...rest } = answer(plantAfter([whole, delta(2), delta(3), delta(4)]), book, 'e2', 2)

    expect(updates.map(({ seq, type }) => [seq, type])).toEqual([
      [3, undefined],
      [4, undefined]
    ])
    expect(rest).toMatchObject({ isRecovered: true, merged: 0, dropped: 0 })
  })

  it('gets the whole book when the deltas it missed would be longer', () => {
    const base: Entry = [book, 4, { snapshotOf: 'e2', flags: FLAG.base }]
    const { updates, ...rest } = answer(plantAfter([whole, delta(2), delta(3, 900), delta(4), base]), book, 'e2', 2)

    expect(updates).toMatchObject([{ seq: 4, type: 'snapshot', epoch: 'e2' }])
    expect(rest).toMatchObject({ isRecovered: false, merged: 2, dropped: 0 })
  })

  it('gets the whole book when not every delta it missed is there', () => {
    const plant = plantAfter([whole, delta(2), delta(3), delta(4), delta(5)], 300)
    const { updates, isRecovered } = answer(plant, book, 'e2', 2)

    expect(isRecovered).toBe(false)
    expect(updates.map(({ seq, type }) => [seq, type])).toEqual([
      [1, 'snapshot'],
      ...[2, 3, 4, 5].map((seq) => [seq, undefined])
    ])
  })
})

describe('The present state of a channel', () => {
  it('is a snapshot of its epoch, whatever its messages were when they came', () => {
    const plant = plantAfter([...run(trades, 1, 3), ...run(quotes, 1, 3)])
    const first = (name: string) => updatesOf(presentOf(plant.channel(name)))

    expect(first(trades)).toMatchObject([{ seq: 3, type: 'snapshot', epoch: 'e2' }])
    expect(first(quotes)).toMatchObject([{ seq: 3, type: 'snapshot', epoch: 'e2' }])
    expect(first(book)).toEqual([])
  })
})
