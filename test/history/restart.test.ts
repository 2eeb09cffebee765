import fc from 'fast-check'
import { expect, it } from 'vitest'
import { readOpenCandles } from '../../src/app/open-candles.ts'
import type { ChannelMessage } from '../../src/protocol/feed-message.ts'
import type { Candle, Trade } from '../../src/protocol/market-data.ts'
import { Derive } from '../../workers/compute/derive.ts'
import { summarise } from '../market/candle-oracle.ts'
import { randomNumbers } from '../support/random-numbers.ts'
import { TestStore } from './support/history-files.ts'
import { MONDAY_MS } from './support/updates.ts'

const SEED = 20_261_125
const LENGTHS_MS = { '1s': 1_000, '1m': 60_000, '5m': 300_000 } as const
type Interval = keyof typeof LENGTHS_MS
const INTERVALS = Object.keys(LENGTHS_MS) as Interval[]
const TRADES = 'trade:SIM:AAPL'

/** Trades of some minutes: now and then nothing for seconds, now and then one that comes seconds late. */
function market(seed: number, count: number): ChannelMessage[] {
  const random = randomNumbers(seed)
  // Some seconds before the end of five minutes, so that every interval ends.
  let timeMs = MONDAY_MS + 270_000 + Math.floor(random() * 30_000)
  return Array.from({ length: count }, (_, place) => {
    timeMs += Math.floor(random() < 0.1 ? random() * 8_000 : random() * 400)
    // None before all intervals have begun anew: of what was before the very first trade nothing is known.
    const lateMs = place > 40 && random() < 0.15 ? Math.floor(random() * 5_000) : 0
    const price = (100 + random() * 10).toFixed(2)
    const data: Trade = {
      id: `t${place}`,
      price,
      size: (random() + 0.001).toFixed(3),
      side: random() < 0.5 ? 'buy' : 'sell'
    }
    return { channel: TRADES, exchangeTime: timeMs - lateMs, data }
  })
}

/** Numbers what a producer sends, channel by channel, as its life does. */
function numbered() {
  const seqs = new Map<string, number>()
  return ({ channel, exchangeTime, data }: ChannelMessage) => {
    const seq = (seqs.get(channel) ?? 0) + 1
    seqs.set(channel, seq)
    return { channel, seq, exchangeTime, ingestTime: exchangeTime, data }
  }
}

/** What all trades make of the candle of an interval that begins then. */
function expected(trades: readonly ChannelMessage[], interval: Interval): Map<number, object> {
  const lengthMs = LENGTHS_MS[interval]
  const starts = new Set(trades.map(({ exchangeTime }) => exchangeTime - (exchangeTime % lengthMs)))
  return new Map(
    [...starts].map((openTime) => {
      const inside = trades.filter(({ exchangeTime: time }) => time >= openTime && time < openTime + lengthMs)
      return [openTime, summarise(inside.map(({ exchangeTime: timeMs, data }) => ({ timeMs, trade: data as Trade })))]
    })
  )
}

it('candles are what their trades make them, wherever the server was killed, and how often', async () => {
  process.stdout.write(`seed ${SEED}\n`)
  const property = fc.asyncProperty(
    fc.nat(),
    fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 3 }),
    async (seed, cuts) => {
      const store = new TestStore({ file: ':memory:' })
      const trades = market(seed, 160)
      const random = randomNumbers(seed + 1)
      let stored = 0
      for (const [life, cut] of [...cuts, 1].entries()) {
        const clock = { nowMs: 0 }
        const derive = new Derive({ intervals: INTERVALS, nowMs: () => clock.nowMs })
        const history = { flush: async () => undefined, query: async () => store.openBars('SIM', 'AAPL') }
        for (const past of await readOpenCandles(history as never, [{ venue: 'SIM', symbol: 'AAPL' }])) {
          derive.restore(past)
        }
        const isLast = life === cuts.length
        const number = numbered()
        // What is not told yet is told with the next trade, so that some must be left. Venues send their last ones again.
        const again = Math.min(stored, Math.floor(random() * 3))
        const sent = trades.slice(stored - again, isLast ? undefined : -1).flatMap((trade) => {
          clock.nowMs += random() * 100
          return derive.apply([trade])
        })
        const all = [...sent, ...(isLast ? derive.drain() : [])].map((message) => number(message as ChannelMessage))
        const kept = all.slice(0, Math.ceil(all.length * cut)).filter(({ channel }) => !channel.startsWith('ticker:'))
        store.keep(`e${life}`, ...kept)
        stored += Math.max(0, kept.filter(({ channel }) => channel === TRADES).length - again)
      }

      expect(stored).toBe(trades.length)
      for (const interval of INTERVALS) {
        const { candles } = store.candles(`candle:SIM:AAPL:${interval}`, { limit: 1_000 })
        const found = candles.map(({ openTime, closed: _, partial: _partial, ...shape }: Candle) => [openTime, shape])
        const wanted = [...expected(trades, interval)].toSorted(([a], [b]) => a - b)
        expect({ interval, found }).toEqual({ interval, found: wanted })
      }
    }
  )
  await fc.assert(property, { seed: SEED, numRuns: 100 })
})
