import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ChannelState } from '../../src/broadcast/channel-state.ts'
import { BoundedQueue, type Offered } from '../../src/broadcast/queue.ts'
import { contractOf } from '../../src/protocol/channel.ts'
import { FLAG } from '../../src/protocol/port-messages.ts'
import { createCounters } from '../../src/telemetry/counters.ts'
import { segmentOf, updatesOf } from '../support/segments.ts'

const seed = 20_240_816

class Queued {
  readonly counters = createCounters()
  readonly queue: BoundedQueue
  readonly channels = new Map<string, ChannelState>()
  readonly seqs = new Map<string, number>()

  constructor(capacity: number) {
    this.queue = new BoundedQueue(capacity, this.counters)
  }

  channel(name: string): ChannelState {
    const known = this.channels.get(name)
    if (known !== undefined) return known
    const channel = new ChannelState(
      this.channels.size,
      name,
      'channel',
      contractOf(name.split(':')[0] ?? ''),
      'p',
      'e'
    )
    this.channels.set(name, channel)
    return channel
  }

  /** Offers the next message of a channel. */
  offer(name: string, flags = 0): Offered {
    const channel = this.channel(name)
    const seq = (this.seqs.get(name) ?? 0) + 1
    this.seqs.set(name, seq)
    const snapshot = flags === FLAG.snapshot ? { snapshotOf: channel.epoch } : {}
    const { segment, index } = segmentOf(channel, { seq, flags, ...snapshot })
    return this.queue.offer(segment, index, channel)
  }

  drain() {
    const { segments, indexes, overflowed } = this.queue.drain()
    const messages = segments.map((segment, place) => ({ segment, index: indexes[place] ?? 0 }))
    return { updates: updatesOf(messages), messages, overflowed: overflowed.map(({ name }) => name) }
  }
}

const trades = 'trade:SIM:A'
const quotes = 'quote:SIM:A'
const books = 'book:SIM:A'

describe('The queue', () => {
  it('takes messages up to its capacity and refuses the event above it, until it was drained', () => {
    const queued = new Queued(3)

    expect([1, 2, 3, 4].map(() => queued.offer(trades))).toEqual(['queued', 'queued', 'queued', 'dropped'])
    expect([queued.queue.size, queued.queue.highWater]).toEqual([3, 3])
    expect(queued.drain().updates.map(({ seq }) => seq)).toEqual([1, 2, 3])
    expect([queued.queue.size, queued.queue.highWater]).toEqual([0, 3])
    expect(queued.offer(trades)).toBe('queued')
    expect(queued.drain().updates).toMatchObject([{ seq: 5 }])
    expect(queued.counters).toMatchObject({ messagesQueued: 4, messagesFlushed: 4, messagesDropped: 1 })
  })

  it('keeps the order of arrival over all channels', () => {
    const queued = new Queued(10)
    for (const name of [trades, quotes, trades, books]) queued.offer(name)

    expect(queued.drain().updates.map(({ channel, seq }) => `${channel} ${seq}`)).toEqual([
      ...['trade:SIM:A 1', 'quote:SIM:A 1', 'trade:SIM:A 2', 'book:SIM:A 1']
    ])
  })

  it('merges nothing as long as it has room', () => {
    const queued = new Queued(3)
    for (let n = 0; n < 3; n++) queued.offer(quotes)

    expect(queued.drain().updates.map(({ seq, prev }) => [seq, prev])).toEqual([
      [1, undefined],
      [2, undefined],
      [3, undefined]
    ])
  })

  it('lets the newest quote take the place of the last queued one, and stand for both', () => {
    const queued = new Queued(3)
    for (const name of [quotes, quotes, trades]) queued.offer(name)

    expect([1, 2, 3].map(() => queued.offer(quotes))).toEqual(['merged', 'merged', 'merged'])
    const { updates, messages, overflowed } = queued.drain()
    expect(updates).toMatchObject([{ seq: 1 }, { seq: 5, prev: 1, data: { seq: 5 } }, { channel: trades }])
    expect(messages.map(({ segment, index }) => segment.prev(index))).toEqual([0, 1, 0])
    expect(overflowed).toEqual([])
  })

  it('lets a merged message stay the snapshot that the older one was', () => {
    const queued = new Queued(1)
    queued.offer(quotes, FLAG.snapshot)
    queued.offer(quotes)

    expect(queued.drain().updates).toMatchObject([{ seq: 2, prev: 0, type: 'snapshot', epoch: 'e' }])
  })

  it('asks for the whole state of a channel of which nothing is queued, once', () => {
    const queued = new Queued(2)
    queued.offer(quotes)
    expect(queued.drain().overflowed).toEqual([])
    queued.offer(trades)
    queued.offer(trades)

    expect([1, 2].map(() => queued.offer(quotes))).toEqual(['merged', 'merged'])
    expect(queued.drain()).toMatchObject({ updates: [{ seq: 1 }, { seq: 2 }], overflowed: [quotes] })
    expect(queued.drain()).toMatchObject({ updates: [], overflowed: [] })
  })

  it('asks for the whole book when a delta finds no room, because a delta cannot stand for the one before it', () => {
    const queued = new Queued(2)
    queued.offer(books, FLAG.snapshot)
    queued.offer(books, FLAG.delta)

    expect(queued.offer(books, FLAG.delta)).toBe('merged')
    expect(queued.drain()).toMatchObject({ updates: [{ seq: 1 }, { seq: 2 }], overflowed: [books] })
  })

  it('lets a whole book stand for a queued delta', () => {
    const queued = new Queued(2)
    queued.offer(books, FLAG.snapshot)
    queued.offer(books, FLAG.delta)
    queued.offer(books, FLAG.snapshot)

    expect(queued.drain()).toMatchObject({
      updates: [{ seq: 1 }, { seq: 3, prev: 1, type: 'snapshot' }],
      overflowed: []
    })
  })

  it(`accounts for every message, whatever happens (seed ${seed})`, () => {
    const name = fc.constantFrom(trades, quotes, books, 'quote:SIM:B', 'trade:SIM:B')
    const offer = fc.tuple(name, fc.boolean()).map(([channel, isWhole]) => ({ channel, isWhole }))
    const step = fc.oneof({ weight: 9, arbitrary: offer }, { weight: 1, arbitrary: fc.constant('drain' as const) })
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.array(step, { maxLength: 150, size: 'max' }),
        (capacity, steps) => {
          const queued = new Queued(capacity)
          const tally = { queued: 0, merged: 0, dropped: 0 }
          const last = new Map<string, number>()
          let offered = 0
          const check = () => {
            const { updates, overflowed } = queued.drain()
            expect(updates.length).toBeLessThanOrEqual(capacity)
            for (const { channel, seq, prev = seq - 1 } of updates) {
              // Only an event that was dropped, or a state that is due as a whole, leaves a hole behind.
              const expected = channel.startsWith('trade') ? seq - 1 : (last.get(channel) ?? 0)
              expect(prev).toBe(expected)
              last.set(channel, seq)
            }
            for (const channel of overflowed) last.set(channel, queued.seqs.get(channel) ?? 0)
            for (const [channel, seq] of queued.seqs) {
              if (!channel.startsWith('trade')) expect(last.get(channel)).toBe(seq)
            }
          }
          for (const one of steps) {
            if (one === 'drain') check()
            else {
              const flags = one.channel !== books ? 0 : one.isWhole ? FLAG.snapshot : FLAG.delta
              tally[queued.offer(one.channel, flags)] += 1
              offered += 1
            }
            expect(queued.queue.size).toBeLessThanOrEqual(capacity)
            const { messagesQueued, messagesFlushed, messagesMerged, messagesDropped } = queued.counters
            expect(offered).toBe(messagesFlushed + queued.queue.size + messagesMerged + messagesDropped)
            expect({ queued: messagesQueued, merged: messagesMerged, dropped: messagesDropped }).toEqual(tally)
          }
          check()
        }
      ),
      { seed, numRuns: 300 }
    )
  })
})
