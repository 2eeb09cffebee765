import { describe, expect, it } from 'vitest'
import type { Book } from '../../src/protocol/market-data.ts'
import { Backlog, type Waiting } from '../../workers/backlog.ts'
import { OutboxChannel } from '../../workers/outbox-channel.ts'
import { bids } from '../support/messages.ts'

const trades = new OutboxChannel(0, 'trade:SIM:A', 'channel')
const quotes = new OutboxChannel(1, 'quote:SIM:A', 'channel')
const otherQuotes = new OutboxChannel(2, 'quote:SIM:B', 'channel')
const book = new OutboxChannel(3, 'book:SIM:A', 'channel')
const news = new OutboxChannel(4, 'news', 'plain')

function waiting(channel: OutboxChannel, seq: number, data: unknown = { seq }, isSnapshot = false): Waiting {
  return {
    channel,
    seq,
    prev: seq - 1,
    exchangeTime: seq * 10,
    ingestTime: seq * 100,
    isSnapshot,
    isFinal: false,
    data
  }
}

function drained(backlog: Backlog): Waiting[] {
  return Array.from({ length: backlog.size }, () => backlog.take()).filter((message) => message !== undefined)
}

describe('The backlog of a live feed', () => {
  it('keeps events up to its bound, and refuses the next until one has left', () => {
    const backlog = new Backlog(3, true)

    expect([1, 2, 3, 4].map((seq) => backlog.keep(waiting(trades, seq)))).toEqual(['kept', 'kept', 'kept', 'dropped'])
    expect(backlog.take()?.seq).toBe(1)
    expect([5, 6].map((seq) => backlog.keep(waiting(trades, seq)))).toEqual(['kept', 'dropped'])
    expect(drained(backlog).map(({ seq, prev }) => [seq, prev])).toEqual([
      [2, 1],
      [3, 2],
      [5, 4]
    ])
  })

  it('counts plain events against the same bound', () => {
    const backlog = new Backlog(2, true)

    expect(backlog.keep(waiting(news, 1))).toBe('kept')
    expect(backlog.keep(waiting(trades, 1))).toBe('kept')
    expect(backlog.keep(waiting(news, 2))).toBe('dropped')
  })

  it('keeps state though its events are at their bound', () => {
    const backlog = new Backlog(0, true)

    expect(backlog.keep(waiting(trades, 1))).toBe('dropped')
    expect(backlog.keep(waiting(quotes, 1))).toBe('kept')
  })

  it('lets the newest quote stand for all of its channel, in the place of the first', () => {
    const backlog = new Backlog(10, true)
    const kept = [4, 5, 6].map((seq) => backlog.keep(waiting(quotes, seq)))
    backlog.keep(waiting(otherQuotes, 1))
    backlog.keep(waiting(quotes, 7))

    expect(kept).toEqual(['kept', 'merged', 'merged'])
    expect(drained(backlog)).toMatchObject([
      { channel: quotes, seq: 7, prev: 3, exchangeTime: 70, ingestTime: 700, data: { seq: 7 } },
      { channel: otherQuotes, seq: 1, prev: 0 }
    ])
  })

  it('begins a new range once the merged message has left', () => {
    const backlog = new Backlog(10, true)
    backlog.keep(waiting(quotes, 1))
    backlog.keep(waiting(quotes, 2))

    expect(backlog.take()).toMatchObject({ seq: 2, prev: 0 })
    expect(backlog.keep(waiting(quotes, 3))).toBe('kept')
    expect(backlog.take()).toMatchObject({ seq: 3, prev: 2 })
    expect(backlog.take()).toBeUndefined()
  })

  it('lets the first message of a channel stay the snapshot it is when a newer one stands for it', () => {
    const backlog = new Backlog(10, true)
    backlog.keep(waiting(quotes, 1, { seq: 1 }, true))
    backlog.keep(waiting(quotes, 2))

    expect(backlog.take()).toMatchObject({ seq: 2, prev: 0, isSnapshot: true, data: { seq: 2 } })
  })

  it('keeps the order of what cannot be merged, over thousands', () => {
    const backlog = new Backlog(10_000, true)
    for (let seq = 1; seq <= 5_000; seq++) backlog.keep(waiting(trades, seq))
    const first = Array.from({ length: 3_000 }, () => backlog.take()?.seq)
    for (let seq = 5_001; seq <= 8_000; seq++) backlog.keep(waiting(trades, seq))
    const all = [...first, ...drained(backlog).map(({ seq }) => seq)]

    expect(all).toEqual(Array.from({ length: 8_000 }, (_, place) => place + 1))
    expect(backlog.size).toBe(0)
  })
})

describe('A candle in the backlog of a live feed', () => {
  const candles = new OutboxChannel(5, 'candle:SIM:A:1m', 'channel')
  const candle = (seq: number, openTime: number) => waiting(candles, seq, { openTime, trades: seq })
  const order = (backlog: Backlog) => drained(backlog).map(({ channel, prev, seq }) => `${channel.name} ${prev}-${seq}`)

  it('leaves after the trades that it holds, though an older one waited before them', () => {
    const backlog = new Backlog(10, true)
    for (const seq of [1, 2, 3]) {
      backlog.keep(waiting(trades, seq))
      backlog.keep(candle(seq, 0))
    }
    backlog.keep(waiting(trades, 4))

    expect(backlog.size).toBe(5)
    expect(order(backlog)).toEqual(
      [1, 2, 3].map((seq) => `trade:SIM:A ${seq - 1}-${seq}`).concat('candle:SIM:A:1m 0-3', 'trade:SIM:A 3-4')
    )
    expect(backlog.size).toBe(0)
  })

  it('does not stand for the one before it, and is told in order', () => {
    const backlog = new Backlog(10, true)
    for (const [seq, openTime] of [
      [1, 0],
      [2, 0],
      [3, 60_000],
      [4, 60_000]
    ] as const) {
      backlog.keep(candle(seq, openTime))
    }
    expect(order(backlog)).toEqual(['candle:SIM:A:1m 0-2', 'candle:SIM:A:1m 2-4'])
  })

  it('that changes for long while nothing can be sent takes no more room', () => {
    const backlog = new Backlog(10, true)
    backlog.keep(waiting(quotes, 1))
    for (let seq = 1; seq <= 5_000; seq++) backlog.keep(candle(seq, 0))
    backlog.keep(waiting(trades, 1))

    expect(backlog.size).toBe(3)
    expect(order(backlog)).toEqual(['quote:SIM:A 0-1', 'candle:SIM:A:1m 0-5000', 'trade:SIM:A 0-1'])
  })
})

describe('A book in the backlog of a live feed', () => {
  function merged(...messages: readonly (readonly [data: Book, isSnapshot: boolean])[]): Waiting | undefined {
    const backlog = new Backlog(10, true)
    messages.forEach(([data, isSnapshot], place) => {
      backlog.keep(waiting(book, place + 5, data, isSnapshot))
    })
    expect(backlog.size).toBe(1)
    return backlog.take()
  }

  it('has its deltas merged into one, removals kept', () => {
    const message = merged([bids('10:1', '9:1'), false], [bids('9:0', '8:2'), false])

    expect(message).toMatchObject({ seq: 6, prev: 4, isSnapshot: false, data: bids('10:1', '9:0', '8:2') })
  })

  it('forgets deltas for a whole book that comes after them', () => {
    const message = merged([bids('10:1'), false], [bids('7:1'), true])

    expect(message).toMatchObject({ seq: 6, prev: 4, isSnapshot: true, data: bids('7:1') })
  })

  it('has deltas applied to a whole book that waits, and stays whole', () => {
    const message = merged(
      [{ ...bids('10:1', '9:1'), venueSeq: 1, checksum: 11 }, true],
      [{ ...bids('9:0'), venueSeq: 2, checksum: 22 }, false],
      [{ ...bids('11:4'), venueSeq: 3 }, false]
    )

    expect(message).toMatchObject({ seq: 7, prev: 4, isSnapshot: true })
    expect(message?.data).toEqual({ ...bids('11:4', '10:1'), venueSeq: 3 })
  })

  it('takes a second whole book for the whole book it is', () => {
    const message = merged([bids('10:1'), true], [bids('9:1'), false], [bids('5:5'), true], [bids('4:4'), false])

    expect(message).toMatchObject({ seq: 8, prev: 4, isSnapshot: true, data: bids('5:5', '4:4') })
  })

  it('leaves the messages it was given as they were', () => {
    const snapshot = Object.freeze(bids('10:1'))
    const delta = Object.freeze(bids('10:0', '9:1'))
    merged([snapshot, true], [delta, false], [delta, false])
    merged([delta, false], [delta, false])

    expect([snapshot, delta]).toEqual([bids('10:1'), bids('10:0', '9:1')])
  })
})

describe('The backlog of a feed that can pause', () => {
  it('merges nothing and drops nothing, whatever its bound', () => {
    const backlog = new Backlog(1, false)
    const messages = [waiting(trades, 1), waiting(quotes, 1), waiting(trades, 2), waiting(quotes, 2), waiting(book, 1)]

    expect(messages.map((message) => backlog.keep(message))).toEqual(Array(5).fill('kept'))
    expect(drained(backlog)).toEqual(messages)
  })
})
