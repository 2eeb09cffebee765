import { describe, expect, it } from 'vitest'
import { BACKFILL_MARK, type BackfillSpan } from '../../src/protocol/backfill.ts'
import type { Candle } from '../../src/protocol/market-data.ts'
import { historyFile, TestStore } from './support/history-files.ts'
import {
  candleOf,
  candleUpdate,
  MINUTE_MS,
  MINUTES,
  MONDAY_MS,
  TRADES,
  tradeUpdate,
  tradeUpdates
} from './support/updates.ts'

const minute = (place: number) => MONDAY_MS + place * MINUTE_MS
const backfill = (store: TestStore, ...entries: readonly unknown[]) => store.keep('', BACKFILL_MARK, ...entries)
const span = (kind: BackfillSpan['span'], from: number, to = from, channel = TRADES): BackfillSpan => ({
  span: kind,
  channel,
  from,
  to
})
/** A trade by its id, at a time. */
const trade = (id: string, time: number) => ({
  ...tradeUpdate(1, { time }),
  data: { id, price: '1.0', size: '1', side: 'buy' }
})
const tradesOf = (store: TestStore) => store.trades(TRADES, { limit: 20_000 }).trades
const candlesOf = (store: TestStore) => store.candles(MINUTES, { limit: 5_000 }).candles
const holesOf = (store: TestStore, channel = TRADES) =>
  channel === TRADES ? store.trades(channel, { limit: 1_000 }).holes : store.candles(channel, { limit: 1_000 }).holes

describe('A backfill of old data into a store that has newer', () => {
  it('adds what is older, keeps what is newer, and does not move the live position', () => {
    const store = new TestStore()
    store.keep('e1', ...tradeUpdates(3, 1, { time: minute(9) }), candleUpdate(7, candleOf(minute(9), '9.0')))
    const positions = [store.position(TRADES), store.position(MINUTES)]
    const result = backfill(store, trade('old', minute(1)), candleUpdate(900, candleOf(minute(1), '1.0')))

    expect(result).toMatchObject({ trades: 1, candles: 1, duplicates: 0, holes: 0 })
    expect(tradesOf(store).map(({ id }) => id)).toEqual(['old', 't1', 't2', 't3'])
    expect(candlesOf(store).map(({ openTime }) => openTime)).toEqual([minute(1), minute(9)])
    expect([store.position(TRADES), store.position(MINUTES)]).toEqual(positions)
  })

  it('leaves the seam of live channels as it was: what comes next neither repeats, nor is missing, nor is a hole', () => {
    const file = historyFile()
    const store = new TestStore({ file })
    store.keep('e1', ...tradeUpdates(5))
    backfill(store, trade('x', minute(-60)), trade('y', MONDAY_MS + 2))
    store.close()

    const again = new TestStore({ file })
    expect(again.keep('e1', ...tradeUpdates(4, 4))).toMatchObject({ trades: 2, duplicates: 2, holes: 0 })
    expect(tradesOf(again).map(({ id }) => id)).toEqual(['x', 't1', 'y', 't2', 't3', 't4', 't5', 't6', 't7'])
  })

  it('changes nothing when it is done again', () => {
    const store = new TestStore()
    store.keep('e1', ...tradeUpdates(50), candleUpdate(1, candleOf(minute(3), '3.0', { closed: false })))
    const entries = [
      span('begun', minute(-5)),
      ...Array.from({ length: 200 }, (_, n) => trade(`b${n}`, minute(-5) + Math.floor(n / 7))),
      candleUpdate(1, candleOf(minute(-5), '1.0', { partial: true })),
      candleUpdate(1, candleOf(minute(-4), '2.0')),
      span('whole', minute(-5), minute(-5) + 28)
    ]
    backfill(store, ...entries)
    const read = () => [store.trades(TRADES, { limit: 999 }), store.candles(MINUTES, { limit: 999 })]
    const before = read()
    expect(backfill(store, ...entries)).toMatchObject({ trades: 0, candles: 0, duplicates: 202, holes: 0 })
    expect(read()).toEqual(before)
  })
})

describe('A trade of a backfill', () => {
  it('is passed over when one with its channel, time and id is stored, and else kept', () => {
    const store = new TestStore()
    store.keep('e1', tradeUpdate(1))
    const others = [trade('t1', MONDAY_MS + 2), trade('t2', MONDAY_MS + 1), { ...trade('t1', MONDAY_MS + 1) }]
    const elsewhere = { ...trade('t1', MONDAY_MS + 1), channel: 'trade:SIM:MSFT' }
    expect(backfill(store, ...others, elsewhere)).toMatchObject({ trades: 3, duplicates: 1 })
    expect(tradesOf(store).map(({ id, time }) => [id, time - MONDAY_MS])).toEqual([
      ['t2', 1],
      ['t1', 1],
      ['t1', 2]
    ])
  })

  it('has no epoch, and stays in the order of its file within its millisecond', () => {
    const store = new TestStore()
    backfill(store, trade('a', MONDAY_MS), trade('b', MONDAY_MS))
    backfill(store, trade('b', MONDAY_MS), trade('c', MONDAY_MS), trade('d', MONDAY_MS + 1))
    expect(tradesOf(store).map(({ id, epoch, seq }) => [id, epoch, seq])).toEqual([
      ['a', '', 1],
      ['b', '', 2],
      ['c', '', 3],
      ['d', '', 1]
    ])
    expect(store.position(TRADES)).toEqual({ epoch: '', seq: 0, time: MONDAY_MS + 1 })
  })

  it('is found on one page and one only, among live ones of the same millisecond', () => {
    const store = new TestStore()
    store.keep('e1', ...tradeUpdates(20, 1, { time: MONDAY_MS }))
    backfill(store, ...Array.from({ length: 20 }, (_, n) => trade(`b${n}`, MONDAY_MS)))
    const ids: string[] = []
    let before: string | undefined
    do {
      const page = store.trades(TRADES, { limit: 3, ...(before !== undefined && { before }) })
      ids.unshift(...page.trades.map(({ id }) => id))
      before = page.before
    } while (before !== undefined)
    expect(ids).toHaveLength(40)
    expect(new Set(ids).size).toBe(40)
  })
})

describe('A candle of a backfill', () => {
  const states: readonly (readonly [string, Partial<Candle>])[] = [
    ['in progress', { closed: false }],
    ['partial', { partial: true }],
    ['whole', {}]
  ]
  const cases = states.flatMap(([stored, storedRest], storedRank) =>
    states.flatMap(([recorded, recordedRest], recordedRank) =>
      [4, 5, 6].map((trades) => {
        const [isWhole, isStoredWhole] = [recordedRank === 2, storedRank === 2]
        const wins = isWhole === isStoredWhole ? trades >= 5 : isWhole
        return { stored, recorded, trades, storedRest, recordedRest, wins }
      })
    )
  )
  it.each(cases)('$recorded with $trades trades, where one $stored with 5 is: replaces it $wins', (one) => {
    const { storedRest, recordedRest, trades, wins } = one
    const store = new TestStore()
    const stored = candleOf(minute(0), '1.0', { ...storedRest, trades: 5 })
    const recorded = candleOf(minute(0), '2.0', { ...recordedRest, trades })
    store.keep('e1', candleUpdate(1, stored))
    backfill(store, candleUpdate(1, recorded))
    expect(candlesOf(store)).toEqual([wins ? recorded : stored])
  })

  it('in progress is partial where newer ones are stored, since nobody will continue it', () => {
    const store = new TestStore()
    store.keep('e1', candleUpdate(1, candleOf(minute(5))))
    backfill(store, candleUpdate(1, candleOf(minute(0), '1.0', { closed: false })))
    expect(candlesOf(store)[0]).toEqual(candleOf(minute(0), '1.0', { partial: true }))
  })

  it('that is newer makes a live one in progress partial, whose last state never came', () => {
    const store = new TestStore()
    store.keep('e1', candleUpdate(1, candleOf(minute(0), '1.0', { closed: false })))
    backfill(store, candleUpdate(1, candleOf(minute(5), '2.0')))
    expect(candlesOf(store)).toEqual([candleOf(minute(0), '1.0', { partial: true }), candleOf(minute(5), '2.0')])
  })

  it('merges with what the same transaction has from a producer', () => {
    const store = new TestStore()
    const live = candleUpdate(1, candleOf(minute(0), '1.0', { trades: 9 }))
    const recorded = candleUpdate(1, candleOf(minute(0), '2.0', { trades: 8 }))
    store.appendAll(['e1', live], ['', BACKFILL_MARK, recorded])
    expect(candlesOf(store)).toEqual([candleOf(minute(0), '1.0', { trades: 9 })])
  })

  it('in progress is continued with the trades after it, none of them twice, whichever of the two was kept', () => {
    for (const trades of [1, 9]) {
      const store = new TestStore()
      const live = candleOf(minute(0), '1.0', { closed: false, trades: 5 })
      const at = (ms: number) => ({ time: minute(0) + ms })
      store.keep('e1', tradeUpdate(1, at(5)), candleUpdate(1, live, at(5)), tradeUpdate(2, at(10)))
      const recorded = candleOf(minute(0), '2.0', { closed: false, partial: true, trades })
      backfill(store, trade('r', minute(0) + 15), trade('s', minute(0) + 20), candleUpdate(1, recorded, at(20)))
      store.keep('e2', tradeUpdate(1, at(30)))

      const { bars, trades: stored } = store.openBars('SIM', 'AAPL')
      expect(bars.map(({ candle }) => candle)).toEqual([trades > 5 ? recorded : live])
      const missing = stored.slice(bars[0]?.tradesFrom).map(({ time }) => time - minute(0))
      // The recorded one holds all up to its end; the live one knows only of those that a producer has numbered.
      expect(missing).toEqual(trades > 5 ? [30] : [10, 30])
    }
  })
})

describe('What a backfill knows of holes', () => {
  it('is that nothing is known between a recording and what lies apart from it', () => {
    const store = new TestStore()
    store.keep('e1', tradeUpdate(1, { time: minute(10) }), candleUpdate(1, candleOf(minute(10))))
    const record = (from: number, to: number) =>
      backfill(
        store,
        ...[span('begun', minute(from)), trade('a', minute(from)), trade('b', minute(to))],
        ...[span('begun', minute(from), minute(from), MINUTES)],
        ...[candleUpdate(1, candleOf(minute(from))), candleUpdate(1, candleOf(minute(to)))],
        ...[span('whole', minute(from), minute(to)), span('whole', minute(from), minute(to), MINUTES)]
      )
    record(2, 4)
    record(20, 22)
    expect(holesOf(store)).toEqual([
      { from: minute(4) + 1, to: minute(10) },
      { from: minute(10) + 1, to: minute(20) }
    ])
    expect(holesOf(store, MINUTES)).toEqual([
      { from: minute(5), to: minute(10) },
      { from: minute(11), to: minute(20) }
    ])
    // Recordings of the time between fill them.
    record(4, 10)
    record(10, 20)
    expect([holesOf(store), holesOf(store, MINUTES)]).toEqual([[], []])
  })

  it('fills of a hole what it holds, and no more', () => {
    const store = new TestStore()
    store.keep('e1', tradeUpdate(1, { time: minute(0) }))
    store.keep('e2', tradeUpdate(1, { time: minute(60) }))
    backfill(store, span('begun', minute(20)), trade('a', minute(20)), trade('b', minute(40)))
    expect(holesOf(store)).toEqual([{ from: minute(0), to: minute(60) + 1 }])
    backfill(store, span('whole', minute(20), minute(40)))
    expect(holesOf(store)).toEqual([
      { from: minute(0), to: minute(20) },
      { from: minute(40) + 1, to: minute(60) + 1 }
    ])
  })

  it('stays a hole when it was broken off, until it is done to its end', () => {
    const store = new TestStore()
    store.keep('e1', tradeUpdate(1, { time: minute(60) }))
    const start = [span('begun', minute(0)), trade('a', minute(0)), trade('b', minute(10))]
    backfill(store, ...start)
    expect(holesOf(store)).toEqual([{ from: minute(0) + 1, to: minute(60) }])
    backfill(store, ...start, trade('c', minute(30)), span('whole', minute(0), minute(30)))
    expect(holesOf(store)).toEqual([{ from: minute(30) + 1, to: minute(60) }])
  })

  it('is told when a producer goes on later', () => {
    const store = new TestStore()
    backfill(store, trade('a', minute(0)), candleUpdate(1, candleOf(minute(0))))
    store.keep('e1', tradeUpdate(1, { time: minute(9) }), candleUpdate(1, candleOf(minute(9))))
    expect(holesOf(store)).toEqual([{ from: minute(0), to: minute(9) + 1 }])
    expect(holesOf(store, MINUTES)).toEqual([{ from: minute(1), to: minute(9) }])
    expect(store.position(TRADES)).toEqual({ epoch: 'e1', seq: 1, time: minute(9) })
  })

  it('gives way to a replay that begins anew, without a hole', () => {
    const store = new TestStore()
    backfill(store, trade('a', minute(0)), trade('b', minute(5)))
    store.keep('e1', { rewind: [TRADES] }, tradeUpdate(1, { time: minute(3) }))
    expect(tradesOf(store).map(({ id }) => id)).toEqual(['a', 't1'])
    expect(holesOf(store)).toEqual([])
  })
})

describe('Entries of a backfill', () => {
  it('without the documented form are refused, and so are they in the batch of a producer', () => {
    const store = new TestStore()
    const wrong = [null, { ...span('begun', 0), span: 'half' }, { ...span('begun', 0), from: '0' }, trade('a', -1)]
    expect(backfill(store, ...wrong)).toMatchObject({ trades: 0, refused: wrong.length })
    expect(store.keep('e1', span('whole', 0, minute(9)), BACKFILL_MARK)).toMatchObject({ refused: 1, holes: 0 })
  })

  it('give the same whatever batches they come in, how often, and where they are broken off', () => {
    const seed = 20_260_105
    let state = seed
    const random = (below: number) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      return Math.floor((state / 2 ** 32) * below)
    }
    for (let round = 0; round < 30; round++) {
      const live = Array.from({ length: 40 }, (_, n) => trade(`x${random(60)}`, MONDAY_MS + random(30) + n))
      const numbered = live.map((update, n) => ({ ...update, seq: n + 1 }))
      const recorded = Array.from({ length: 80 }, () => trade(`x${random(60)}`, MONDAY_MS - 20 + random(60)))
      const store = new TestStore({ file: ':memory:' })
      store.keep('e1', ...numbered)
      // Broken off somewhere, several times; the last time to the end.
      for (const end of [random(80), random(80), 80]) {
        for (let at = 0; at < end; ) {
          const size = 1 + random(20)
          backfill(store, ...recorded.slice(at, Math.min(end, at + size)))
          at += size
        }
      }
      const keyOf = (time: number, id: unknown) => `${time} ${id}`
      const keys = (updates: typeof live) => updates.map(({ exchangeTime, data }) => keyOf(exchangeTime, data.id))
      const known = new Set(keys(live))
      const expected = [...keys(live), ...new Set(keys(recorded).filter((key) => !known.has(key)))].sort()
      expect({
        seed,
        round,
        found: tradesOf(store)
          .map(({ time, id }) => keyOf(time, id))
          .sort()
      }).toEqual({
        ...{ seed, round, found: expected }
      })
    }
  })
})
