import { describe, expect, it } from 'vitest'
import type { FeedMessage } from '../../../../src/protocol/feed-message.ts'
import type { Book } from '../../../../src/protocol/market-data.ts'
import {
  BinanceBookSync,
  type BinanceDelta,
  PENDING_DELTA_LIMIT
} from '../../../../workers/feeds/binance/binance-book-sync.ts'

const channel = 'book:BINANCE:BTC-USDT'
const delta = (firstId: number, lastId: number, previousId?: number): BinanceDelta => ({
  firstId,
  lastId,
  previousId,
  exchangeTime: lastId,
  bids: [['1', '1']],
  asks: []
})
const snapshot = (lastUpdateId: number) => ({ lastUpdateId, exchangeTime: 0, bids: [], asks: [] })
const gap = { quality: 'recovering', cause: 'gap', channels: [channel] }
const live = { quality: 'live', cause: 'none', channels: [channel] }

/** Messages in short: `S10` for a snapshot at update 10, `D12` for a delta to 12, or the quality. */
const short = (messages: readonly FeedMessage[] | undefined) =>
  messages?.map((message) =>
    'channel' in message ? `${message.isSnapshot ? 'S' : 'D'}${(message.data as Book).venueSeq}` : message
  )

/** A book that follows its stream since a snapshot at update 10. */
function followingBook(): BinanceBookSync {
  const sync = new BinanceBookSync(channel)
  sync.snapshot(snapshot(10))
  sync.delta(delta(11, 12))
  return sync
}

describe('A Binance book', () => {
  it('waits for its snapshot, drops what is older, and begins with the delta that straddles it', () => {
    const sync = new BinanceBookSync(channel)
    for (const early of [delta(1, 5), delta(6, 8), delta(9, 11), delta(12, 12)]) expect(sync.delta(early)).toEqual([])

    expect(short(sync.snapshot(snapshot(10)))).toEqual(['S10', 'D11', 'D12'])
    expect(short(sync.delta(delta(13, 15)))).toEqual(['D15'])
  })

  it.each([
    [delta(9, 10), []],
    [delta(10, 11), ['D11']],
    [delta(11, 13), ['D13']],
    [delta(12, 13), [gap]]
  ])('after the snapshot at 10 takes as the first delta one with U ≤ 11 ≤ u only: %j', (first, expected) => {
    const sync = new BinanceBookSync(channel)
    sync.snapshot(snapshot(10))

    expect(short(sync.delta(first))).toEqual(expected)
  })

  it.each([
    [delta(12, 12), []],
    [delta(12, 13), [gap]],
    [delta(13, 14), ['D14']],
    [delta(14, 14), [gap]]
  ])('that stands at 12 takes as the next delta one with U = 13 only: %j', (next, expected) => {
    expect(short(followingBook().delta(next))).toEqual(expected)
  })

  it('is silent after a gap until a snapshot, then whole and live again', () => {
    const sync = followingBook()
    expect(short(sync.delta(delta(20, 21)))).toEqual([gap])
    expect(short(sync.delta(delta(22, 23)))).toEqual([])
    expect(short(sync.snapshot(snapshot(22)))).toEqual(['S22', 'D23', live])
    expect(short(sync.delta(delta(24, 24)))).toEqual(['D24'])
  })

  it('is not live again when the deltas after the snapshot have a gap, too', () => {
    const sync = followingBook()
    for (const late of [delta(20, 21), delta(30, 31)]) sync.delta(late)

    expect(short(sync.snapshot(snapshot(20)))).toEqual(['S20', 'D21', gap])
    expect(short(sync.snapshot(snapshot(31)))).toEqual(['S31', live])
  })

  it('refuses a snapshot from before its first delta, and waits for another', () => {
    const sync = new BinanceBookSync(channel)
    sync.delta(delta(20, 21))

    expect(sync.snapshot(snapshot(18))).toBeUndefined()
    expect(short(sync.snapshot(snapshot(19)))).toEqual(['S19', 'D21'])
  })

  it('passes over a snapshot older than itself, and takes a newer one', () => {
    const sync = followingBook()

    expect(sync.snapshot(snapshot(12))).toEqual([])
    expect(short(sync.snapshot(snapshot(15)))).toEqual(['S15'])
    expect(short(sync.delta(delta(13, 16)))).toEqual(['D16'])
  })

  it('of USD-M futures goes by the id of the delta before', () => {
    const sync = new BinanceBookSync(channel)
    for (const early of [delta(1, 9, 0), delta(10, 14, 9), delta(20, 24, 14)]) sync.delta(early)

    expect(short(sync.snapshot(snapshot(14)))).toEqual(['S14', 'D14', 'D24'])
    expect(short(sync.delta(delta(27, 30, 24)))).toEqual(['D30'])
    expect(short(sync.delta(delta(31, 33, 29)))).toEqual([gap])
  })

  it(`holds ${PENDING_DELTA_LIMIT} deltas without a snapshot, and then lets the oldest go and says so`, () => {
    const sync = new BinanceBookSync(channel)
    for (let id = 1; id <= PENDING_DELTA_LIMIT; id++) expect(sync.delta(delta(id, id))).toEqual([])
    expect(sync.delta(delta(PENDING_DELTA_LIMIT + 1, PENDING_DELTA_LIMIT + 1))).toBeUndefined()

    expect(sync.snapshot(snapshot(0))).toBeUndefined()
    expect(sync.snapshot(snapshot(1))).toHaveLength(PENDING_DELTA_LIMIT + 1)
  })
})
