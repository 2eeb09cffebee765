import { describe, expect, it } from 'vitest'
import type { ChannelMessage } from '../../../src/protocol/feed-message.ts'
import type { Level } from '../../../src/protocol/market-data.ts'
import { BookKeeper } from '../../../workers/compute/book-keeper.ts'

const channel = 'book:SIM:AAPL'
const snapshot: ChannelMessage = {
  channel,
  exchangeTime: 1,
  isSnapshot: true,
  data: { bids: [['10', '1']], asks: [['11', '1']], venueSeq: 1 }
}
const delta = (bids: readonly Level[], venueSeq = 2): ChannelMessage => ({
  channel,
  exchangeTime: 2,
  data: { bids, asks: [], venueSeq }
})

function keeperAfter(deltaCount: number, deltaBytes: number): BookKeeper {
  const keeper = new BookKeeper()
  keeper.note(snapshot, 1_000)
  for (let count = 0; count < deltaCount; count++) keeper.note(delta([['9', '1']]), deltaBytes)
  return keeper
}

describe('A book keeper', () => {
  it('gives a late joiner the present book, not the last snapshot', () => {
    const keeper = new BookKeeper()
    keeper.note(snapshot, 100)
    keeper.note(delta([['10', '0']]), 50)
    keeper.note(delta([['9.5', '3']], 3), 50)

    expect(keeper.base(channel)).toEqual({ bids: [['9.5', '3']], asks: [['11', '1']], venueSeq: 3 })
  })

  it('starts anew from a second snapshot', () => {
    const keeper = keeperAfter(600, 100)
    keeper.note(snapshot, 1_000)

    expect(keeper.baseDue(channel)).toBe(false)
    expect(keeper.base(channel)?.bids).toEqual([['10', '1']])
  })

  it.each([
    ['no more than twice its bytes', 32, 62.5, false],
    ['more than twice its bytes', 32, 62.6, true],
    ['far more bytes, but fewer than 32 of them', 31, 5_000, false],
    ['512 small ones', 512, 1, false],
    ['513 small ones', 513, 1, true]
  ])('after a base and deltas of %s says that a base is due: %s × %s bytes → %s', (_, count, bytes, isDue) => {
    expect(keeperAfter(count, bytes).baseDue(channel)).toBe(isDue)
  })

  it('counts anew once a base was sent, and measures against its bytes', () => {
    const keeper = keeperAfter(513, 100)
    keeper.noteBase(channel, 10_000)
    expect(keeper.baseDue(channel)).toBe(false)

    for (let count = 0; count < 40; count++) keeper.note(delta([['9', '1']]), 500)
    expect(keeper.baseDue(channel)).toBe(false)
    keeper.note(delta([['9', '1']]), 500)
    expect(keeper.baseDue(channel)).toBe(true)
  })

  it('knows nothing of a book before its first snapshot, nor of channels that are no books', () => {
    const keeper = new BookKeeper()
    for (let count = 0; count < 600; count++) keeper.note(delta([['9', '1']]), 1_000)
    keeper.note({ channel: 'quote:SIM:AAPL', exchangeTime: 1, data: {} }, 50)
    keeper.noteBase('quote:SIM:AAPL', 1)

    for (const name of [channel, 'quote:SIM:AAPL']) {
      expect(keeper.baseDue(name)).toBe(false)
      expect(keeper.base(name)).toBeUndefined()
    }
  })
})
