import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TestStore } from './support/history-files.ts'
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

const HOURS = 'candle:SIM:AAPL:1h'
const OTHERS = 'trade:SIM:MSFT'
const rewind = (...channels: readonly string[]) => ({ rewind: channels })
const minute = (place: number) => MONDAY_MS + place * MINUTE_MS

const idsIn = (store: TestStore, channel = TRADES) => store.trades(channel, { limit: 1_000 }).trades.map(({ id }) => id)
const openTimesIn = (store: TestStore, channel = MINUTES) =>
  store.candles(channel, { limit: 1_000 }).candles.map(({ openTime }) => (openTime - MONDAY_MS) / MINUTE_MS)

describe('When the time of a feed begins anew', () => {
  it('what is stored of it from there on gives way, and what is older stays', () => {
    const store = new TestStore()
    store.keep('e1', ...[0, 1, 2, 3].map((place) => tradeUpdate(place + 1, { time: minute(place) })))
    store.keep('e1', ...[0, 1, 2, 3].map((place) => candleUpdate(place + 1, candleOf(minute(place)))))
    store.keep('e1', rewind(TRADES, MINUTES), tradeUpdate(5, { time: minute(2) }))

    expect(idsIn(store)).toEqual(['t1', 't2', 't5'])
    expect(openTimesIn(store)).toEqual([0, 1])
    store.keep('e1', candleUpdate(5, candleOf(minute(2), '9.0')))
    expect(openTimesIn(store)).toEqual([0, 1, 2])
    expect(store.position(TRADES)).toEqual({ epoch: 'e1', seq: 5, time: minute(2) })
  })

  it('no channel shows a time that is still to come, though nothing of it has come yet', () => {
    const store = new TestStore()
    store.keep('e1', tradeUpdate(1, { time: minute(0) }), tradeUpdate(1, { time: minute(90), channel: OTHERS }))
    store.keep('e1', candleUpdate(1, candleOf(minute(60)), { channel: HOURS, time: minute(90) }))
    store.keep('e1', rewind(TRADES, OTHERS, HOURS, 'trade:SIM:NEW'), tradeUpdate(2, { time: minute(70) }))

    expect(idsIn(store, OTHERS)).toEqual([])
    // It began before, and may hold what is still to come.
    expect(openTimesIn(store, HOURS)).toEqual([])
    // Who joins here is still given a position that the stream knows, and no time that has yet to come.
    expect(store.position(HOURS)).toEqual({ epoch: 'e1', seq: 1, time: minute(70) })
    expect(store.position('trade:SIM:NEW')).toBeUndefined()
  })

  it('nothing counts as missing between the end and the new beginning, but what was missing before does', () => {
    const store = new TestStore()
    store.keep('e1', tradeUpdate(1, { time: minute(0) }), tradeUpdate(9, { prev: 7, time: minute(5) }))
    store.keep('e2', rewind(TRADES), tradeUpdate(1, { time: minute(3) }), tradeUpdate(2, { time: minute(4) }))
    expect(store.trades(TRADES, { limit: 9 }).holes).toEqual([{ from: minute(0), to: minute(3) }])
    store.keep('e2', tradeUpdate(9, { prev: 7, time: minute(5) }))

    expect(store.trades(TRADES, { from: minute(3) + 1, limit: 9 }).holes).toEqual([
      { from: minute(4), to: minute(5) + 1 }
    ])
  })

  it('a batch that is sent again changes nothing', () => {
    const store = new TestStore()
    const pass = [rewind(TRADES), ...tradeUpdates(3, 4, { time: minute(1) })]
    store.keep('e1', ...tradeUpdates(3, 1, { time: minute(1) }))
    store.keep('e1', ...pass)
    expect(store.keep('e1', ...pass)).toMatchObject({ trades: 0, duplicates: 3 })
    expect(idsIn(store)).toEqual(['t4', 't5', 't6'])
  })

  it('each trade is there once after any number of passes and restarts, however they are batched and shuffled', () => {
    const anyTimes = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 20 })
    const seed = 20_260_106
    process.stdout.write(`seed ${seed}\n`)
    fc.assert(
      fc.property(anyTimes, fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 7 }), (times, passes, batch) => {
        const store = new TestStore({ file: ':memory:' })
        const seqs = new Map<string, number>()
        for (let pass = 0; pass < passes; pass++) {
          // Every other pass is the first of another life.
          const epoch = `e${Math.floor(pass / 2)}`
          const updates: unknown[] = times.map((time, place) => {
            const seq = (seqs.get(epoch) ?? 0) + 1
            seqs.set(epoch, seq)
            return { ...tradeUpdate(seq, { time: MONDAY_MS + time }), data: tradeUpdate(place).data }
          })
          updates.unshift(rewind(TRADES))
          for (let at = 0; at < updates.length; at += batch) {
            const [first, second] = updates.slice(at, at + 2)
            // The word of a rewind always comes with the update after it.
            if (batch === 1 && at === 0) store.keep(epoch, first, second)
            else if (batch > 1 || at > 1) store.keep(epoch, ...updates.slice(at, at + batch))
          }
        }
        const expected = times.map((_, place) => `t${place}`).toSorted()
        expect(idsIn(store).toSorted()).toEqual(expected)
        store.close()
      }),
      { seed }
    )
  })
})
