import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BuiltCandle } from '../../../src/market/candle-aggregate.ts'
import { CandleBuilder } from '../../../src/market/candle-builder.ts'
import { INTERVALS } from '../../../src/market/candle-interval.ts'
import type { ChannelMessage, FeedMessage } from '../../../src/protocol/feed-message.ts'
import type { Trade } from '../../../src/protocol/market-data.ts'
import { Derive } from '../../../workers/compute/derive.ts'
import type { DerivedMessage, OutgoingMessage } from '../../../workers/compute/derive-message.ts'
import { derivedIn, ofChannel, quoteAt, tradeAt } from './derive-messages.ts'

const seed = 20_240_817
const START = Date.parse('2024-08-08T23:59:57Z')

/** Times mostly go forward, late trades are up to two seconds old, and silences up to ten minutes long. */
const steps = fc.array(
  fc.record({
    stepMs: fc.oneof(
      { weight: 8, arbitrary: fc.integer({ min: 0, max: 120 }) },
      { weight: 2, arbitrary: fc.integer({ min: 0, max: 3_000 }) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 600_000 }) }
    ),
    lateMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 2_000 })),
    kind: fc.constantFrom('trade', 'trade', 'quote'),
    price: fc.constantFrom('100', '101.5', '99'),
    symbol: fc.constantFrom('AAPL', 'MSFT'),
    batchEnds: fc.boolean()
  }),
  { maxLength: 80 }
)
type Steps = typeof steps extends fc.Arbitrary<infer Value> ? Value : never

function messagesOf(list: Steps): ChannelMessage[] {
  let timeMs = START
  return list.map(({ stepMs, lateMs, kind, price, symbol }) => {
    timeMs += stepMs
    return kind === 'trade' ? tradeAt(timeMs - lateMs, price, symbol) : quoteAt(timeMs - lateMs, price, symbol)
  })
}

function batchesOf(messages: readonly FeedMessage[], list: Steps): FeedMessage[][] {
  const batches: FeedMessage[][] = [[]]
  for (const [index, message] of messages.entries()) {
    batches.at(-1)?.push(message)
    if (list[index]?.batchEnds === true) batches.push([])
  }
  return batches
}

const candleOf = ({ data }: DerivedMessage) => data as BuiltCandle

/** The last state told of every candle, and what its own trades make it by a builder of its own. */
function expectTrueCandles(messages: readonly ChannelMessage[], out: readonly OutgoingMessage[], symbol: string): void {
  const builder = new CandleBuilder()
  const expected = new Map<string, BuiltCandle>()
  for (const { data, exchangeTime } of ofChannel(messages, `trade:SIM:${symbol}`)) {
    const finals = builder.add(data as Trade, exchangeTime) ?? []
    for (const { interval, candle } of [...finals, ...builder.current()])
      expected.set(`${interval} ${candle.openTime}`, candle)
  }
  const told = new Map<string, BuiltCandle>()
  for (const message of ofChannel(out, `candle:SIM:${symbol}`)) {
    const candle = candleOf(message)
    told.set(`${message.channel.split(':')[3]} ${candle.openTime}`, candle)
  }
  // Whether a candle is closed is a matter of the clock, which this builder does not have.
  const withoutClock = (candles: ReadonlyMap<string, BuiltCandle>) =>
    [...candles].map(([key, { closed, corrected, ...sums }]) => [key, sums] as const).toSorted()
  expect(withoutClock(told)).toEqual(withoutClock(expected))
}

/** In every channel: no candle before the one before it was told to be closed, except for corrections. */
function expectOrder(out: readonly OutgoingMessage[], channel: string): void {
  let open: number | undefined
  let newest = -Infinity
  for (const message of ofChannel(out, channel)) {
    const { openTime, closed, corrected } = candleOf(message)
    expect(message.isFinal ?? false).toBe(closed)
    if (corrected) continue
    if (open === undefined) expect(openTime).toBeGreaterThan(newest)
    else expect(openTime).toBe(open)
    newest = openTime
    open = closed ? undefined : openTime
  }
}

describe('Whatever a feed sends', () => {
  it(`the last state told of each candle is true, and candles are closed in order (seed ${seed})`, () => {
    fc.assert(
      fc.property(steps, (list) => {
        const messages = messagesOf(list)
        const derive = new Derive()
        const out = [...derive.apply(messages), ...derive.drain()]
        for (const symbol of ['AAPL', 'MSFT']) {
          expectTrueCandles(messages, out, symbol)
          for (const interval of INTERVALS) expectOrder(out, `candle:SIM:${symbol}:${interval}`)
        }
      }),
      { seed, numRuns: 300 }
    )
  })

  it(`what is derived from a recording does not depend on how it comes in batches (seed ${seed})`, () => {
    fc.assert(
      fc.property(steps, (list) => {
        const messages = messagesOf(list)
        const whole = new Derive()
        const split = new Derive()
        const out = batchesOf(messages, list).flatMap((batch) => split.apply(batch))
        expect([...out, ...split.drain()]).toEqual([...whole.apply(messages), ...whole.drain()])
      }),
      { seed, numRuns: 300 }
    )
  })

  it(`a channel has no two messages within 250 ms, but for final candles (seed ${seed})`, () => {
    fc.assert(
      fc.property(steps, (list) => {
        let nowMs = 0
        const derive = new Derive({ nowMs: () => nowMs })
        const told = new Map<string, number>()
        for (const [index, message] of messagesOf(list).entries()) {
          nowMs += list[index]?.stepMs ?? 0
          for (const { channel, isFinal } of derivedIn([...derive.tick(), ...derive.apply([message])])) {
            if (isFinal) continue
            expect(nowMs - (told.get(channel) ?? -Infinity)).toBeGreaterThanOrEqual(250)
            told.set(channel, nowMs)
          }
        }
      }),
      { seed, numRuns: 300 }
    )
  })
})
