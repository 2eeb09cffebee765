import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ChannelState } from '../../src/broadcast/channel-state.ts'
import { type Message, Segment } from '../../src/broadcast/segment.ts'
import { mergedBook } from '../../src/gateway/merged-book.ts'
import type { Book } from '../../src/protocol/market-data.ts'
import { FLAG } from '../../src/protocol/port-messages.ts'
import type { Update } from '../../src/protocol/server-events.ts'
import { BookLevels } from '../flow/doors/support/auditor.ts'
import { batchOf, type Written } from '../support/segments.ts'

const BOOK = 'book:SIM:A'
const channel = new ChannelState(0, BOOK, 'channel', 'state', 'sim', 'e1')

const anySide = fc.array(
  fc.tuple(fc.integer({ min: 1, max: 12 }).map(String), fc.constantFrom('0', '0.00', '1', '2.5')) as fc.Arbitrary<
    [string, string]
  >,
  { maxLength: 5 }
)
const anyChange = fc.record({ bids: anySide, asks: anySide, isSnapshot: fc.boolean() })

/** Messages of the book from `first` on, each a segment of its own. */
function messagesOf(
  changes: readonly (Book & { readonly isSnapshot?: boolean })[],
  first = 7,
  prev = first - 1
): Message[] {
  return changes.map(({ isSnapshot = false, ...data }, place) => {
    const kind = isSnapshot ? { snapshotOf: 'e1' } : { flags: FLAG.delta }
    const message: Written = { channel: 0, name: BOOK, seq: first + place, data, exchangeTime: 100 + place, ...kind }
    const { bytes, records } = batchOf([place === 0 ? { ...message, prev } : message])
    return { segment: new Segment(place, bytes, records, [channel]), index: 0 }
  })
}

const updateOf = ({ segment, index }: Message) => JSON.parse(segment.json(index).toString()) as Update & { data: Book }

describe('Messages of a book made one', () => {
  it('leave a client with the same book as one by one, whatever it held', () => {
    fc.assert(
      fc.property(anyChange, fc.array(anyChange, { minLength: 1, maxLength: 8 }), (held, changes) => {
        const [oneByOne, atOnce] = [new BookLevels(), new BookLevels()]
        for (const levels of [oneByOne, atOnce]) levels.apply(held)
        for (const change of changes) {
          if (change.isSnapshot) oneByOne.clear()
          oneByOne.apply(change)
        }
        const { type, data } = updateOf(mergedBook(messagesOf(changes)))
        if (type === 'snapshot') atOnce.clear()
        atOnce.apply(data)
        expect(atOnce.levels()).toEqual(oneByOne.levels())
        expect(type).toBe(changes.some(({ isSnapshot }) => isSnapshot) ? 'snapshot' : undefined)
      })
    )
  })

  it('stand for all of them, with the times and the extras of the last', () => {
    const messages = messagesOf(
      [
        { bids: [['1', '1']], asks: [] },
        { bids: [], asks: [['2', '2']], venueSeq: 9, checksum: 5 }
      ],
      7,
      3
    )
    const merged = mergedBook(messages)
    expect(updateOf(merged)).toEqual({
      ...{ channel: BOOK, seq: 8, prev: 3, exchangeTime: 101, ingestTime: 8 },
      data: { bids: [['1', '1']], asks: [['2', '2']], venueSeq: 9, checksum: 5 }
    })
    const { segment, index } = merged
    expect([segment.seq(index), segment.prev(index), segment.isSnapshot(index), segment.isDelta(index)]).toEqual([
      8,
      3,
      false,
      true
    ])
    expect(segment.channel(index)).toBe(channel)
  })

  it('that follow each other without merging say nothing of a range', () => {
    expect(updateOf(mergedBook(messagesOf([{ bids: [], asks: [] }])))).not.toHaveProperty('prev')
  })

  it('lie in the order of their sides, with the newest size of each price and no level that is gone from a snapshot', () => {
    const changes = [
      { bids: [['9', '1'] as const, ['10', '1'] as const], asks: [['11', '1'] as const], isSnapshot: true },
      { bids: [['10', '0'] as const, ['9.5', '2'] as const], asks: [['100', '1'] as const, ['12', '3'] as const] }
    ]
    const { type, epoch, data } = updateOf(mergedBook(messagesOf(changes as unknown as Book[])))
    expect([type, epoch]).toEqual(['snapshot', 'e1'])
    expect(data.bids).toEqual([
      ['9.5', '2'],
      ['9', '1']
    ])
    expect(data.asks.map(([price]) => price)).toEqual(['11', '12', '100'])
  })

  it('keep two spellings of one price in the order in which they came', () => {
    const spelled = (price: string, size: string): Book => ({ bids: [[price, size]], asks: [] })
    const { data } = updateOf(
      mergedBook(messagesOf([spelled('10.0', '1'), spelled('10.00', '2'), spelled('10.0', '3')]))
    )
    expect(data.bids).toEqual([
      ['10.00', '2'],
      ['10.0', '3']
    ])
  })
})
