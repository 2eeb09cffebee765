import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { BuiltCandle } from '../../../src/market/candle-aggregate.ts'
import { INTERVALS } from '../../../src/market/candle-interval.ts'
import type { FeedMessage } from '../../../src/protocol/feed-message.ts'
import type { Quote } from '../../../src/protocol/market-data.ts'
import { createPayloadCheck } from '../../../src/protocol/payload-check.ts'
import { Derive } from '../../../workers/compute/derive.ts'
import type { OutgoingMessage } from '../../../workers/compute/derive-message.ts'
import { recording } from '../../flow/support/shared-data.ts'
import { collect, createReplay, ofKind } from '../feeds/replay/replay-run.ts'
import { derivedIn, ofChannel } from './derive-messages.ts'

const SYMBOL = 'BINANCE:BTC-USDT'
const folder = recording('binance-spot-btcusdt-ws')

/** Rows of the reference, by the names of its columns. */
function referenceOf(interval: string): Record<string, string>[] {
  const [header = '', ...lines] = readFileSync(`${folder}/btcusdt_${interval}.csv`, 'utf8').trim().split('\n')
  const columns = header.split(',')
  return lines.map((line) => Object.fromEntries(line.split(',').map((value, index) => [columns[index] ?? '', value])))
}

const columnsOf = (candle: BuiltCandle) => ({
  open_time: String(candle.openTime),
  open: candle.open,
  high: candle.high,
  low: candle.low,
  close: candle.close,
  volume: candle.volume,
  quote_volume: candle.quoteVolume,
  taker_buy_volume: candle.takerBuyVolume,
  trades: String(candle.trades)
})

describe.skipIf(folder === undefined)('From a recorded Binance session', () => {
  const files = ['20240808', '20240809'].map((day) => `${folder}/spot_btcusdt_${day}.gz`)
  const derive = new Derive()
  let loaded: Promise<{ messages: FeedMessage[]; out: OutgoingMessage[] }> | undefined
  const load = () => {
    loaded ??= deriveAll()
    return loaded
  }
  const deriveAll = async () => {
    const { feed } = createReplay(files)
    const messages = await collect(feed)
    return { messages, out: [...derive.apply(messages), ...derive.drain()] }
  }

  it('candles of 1s, 1m and 5m equal the reference in every bar and column', async () => {
    const { out } = await load()
    for (const interval of ['1s', '1m', '5m']) {
      const newest = new Map<number, BuiltCandle>()
      for (const { data } of ofChannel(out, `candle:${SYMBOL}:${interval}`)) {
        newest.set((data as BuiltCandle).openTime, data as BuiltCandle)
      }
      const reference = referenceOf(interval).map(({ first_trade_id, last_trade_id, ...columns }) => columns)
      expect([...newest.values()].map(columnsOf)).toEqual(reference)
      const [first, ...others] = newest.values()
      expect(first?.partial).toBe(true)
      expect(others.every(({ partial }) => partial === undefined)).toBe(true)
    }
    expect(derive.totals).toEqual({ duplicates: 0, late: 0, tooLate: 0, restarts: 0, ignored: 0 })
  })

  it('the ticker sums up all trades and follows the best prices, and messages keep to the protocol and the pace', async () => {
    const { out, messages } = await load()
    const seconds = referenceOf('1s')
    const tickers = ofChannel(out, `ticker:${SYMBOL}`)
    const lastQuote = ofKind(messages, 'quote').at(-1)?.data as Quote | undefined

    expect(tickers.at(-1)?.data).toMatchObject({
      last: seconds.at(-1)?.close,
      open: seconds[0]?.open,
      high: seconds
        .map(({ high = '' }) => high)
        .toSorted()
        .at(-1),
      low: seconds.map(({ low = '' }) => low).toSorted()[0],
      trades: 19_904,
      bid: lastQuote?.bid,
      ask: lastQuote?.ask
    })
    const check = createPayloadCheck()
    for (const { channel, data } of derivedIn(out)) {
      if ('bid' in data || channel.startsWith('candle:'))
        expect(check(channel.split(':')[0] ?? '', data)).toBeUndefined()
    }
    // 651 seconds, four messages each at most, and the pace is counted from message to message.
    expect(tickers.length).toBeLessThan(651 * 4)
    expect(tickers.length).toBeGreaterThan(651 * 2)
    expect(INTERVALS.every((interval) => ofChannel(out, `candle:${SYMBOL}:${interval}`).length > 1_000)).toBe(true)
  })
})
