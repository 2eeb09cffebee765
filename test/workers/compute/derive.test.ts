import { describe, expect, it } from 'vitest'
import { usEquities } from '../../../src/market/calendar-us-equities.ts'
import { INTERVALS } from '../../../src/market/candle-interval.ts'
import type { FeedMessage } from '../../../src/protocol/feed-message.ts'
import { Derive } from '../../../workers/compute/derive.ts'
import { JUMP_BACK_COUNT } from '../../../workers/compute/derive-time.ts'
import { candlesOf, derivedIn, ofChannel, quoteAt, tradeAt } from './derive-messages.ts'

const NOON = Date.parse('2024-08-08T12:00:00Z')

/** A live feed and the clock it is timed by, which is not the venue's. */
function liveDerive(options = {}) {
  const clock = { nowMs: 5_000 }
  const derive = new Derive({ nowMs: () => clock.nowMs, ...options })
  return { derive, clock }
}

describe('Derived channels', () => {
  it('are told beforehand: the candles of each interval and the ticker of every symbol with trades', () => {
    const declared = new Derive().declarations([{ channel: 'trade:SIM:AAPL' }, { channel: 'quote:SIM:MSFT' }])

    expect(declared.map(({ channel }) => channel)).toEqual([
      ...INTERVALS.map((interval) => `candle:SIM:AAPL:${interval}`),
      'ticker:SIM:AAPL'
    ])
  })

  it('of a kind that the feed publishes itself for a symbol are left to it, in whatever order it tells', () => {
    const own = ['trade:X:A', 'candle:X:A:1m', 'ticker:X:B', 'trade:X:B', 'trade:X:C', 'ticker:X:C', 'candle:X:C:7m']
    const derive = new Derive({ intervals: ['1m', '1d'] })
    const declared = derive.declarations(own.map((channel) => ({ channel }))).map(({ channel }) => channel)

    expect(declared).toEqual(['ticker:X:A', 'candle:X:B:1m', 'candle:X:B:1d'])
  })

  it('are left to a feed that begins to publish them later', () => {
    const derive = new Derive()
    const own = { channel: 'candle:SIM:AAPL:1m', exchangeTime: NOON, data: {} }
    derive.apply([tradeAt(NOON), own])

    const later = derive.apply([tradeAt(NOON + 60_000), tradeAt(NOON + 120_000)])
    expect(candlesOf(later, '')).toEqual([])
    expect(ofChannel(later, 'ticker:')).not.toEqual([])
  })

  it('follow the messages of the feed, which go through in their order, whatever they are', () => {
    const feed: FeedMessage[] = [
      { quality: 'live', cause: 'none' },
      tradeAt(NOON),
      { on: 'news', data: 1 },
      { channel: 'book:SIM:AAPL', exchangeTime: NOON, isSnapshot: true, data: { bids: [], asks: [] } },
      { channel: 'trade:SIM:AAPL:odd', exchangeTime: NOON, data: {} },
      tradeAt(NOON + 1)
    ]
    const out = new Derive().apply(feed)
    const derived = new Set<unknown>(derivedIn(out))

    expect(out.filter((message) => !derived.has(message))).toEqual(feed)
    expect(out.indexOf(feed[1] as FeedMessage)).toBeLessThan(out.findIndex((message) => derived.has(message)))
  })
})

describe('A candle in progress', () => {
  it('is told at once when it changes first, and then at most every 250 ms', () => {
    const { derive, clock } = liveDerive()
    expect(candlesOf(derive.apply([tradeAt(NOON)]), '1m')).toHaveLength(1)

    clock.nowMs += 249
    expect(derivedIn(derive.apply([tradeAt(NOON + 249, '101')]))).toEqual([])
    expect(derivedIn(derive.tick())).toEqual([])
    clock.nowMs += 1
    expect(candlesOf(derive.tick(), '1m')).toMatchObject([{ close: '101', trades: 2, closed: false }])
    expect(derivedIn(derive.tick())).toEqual([])
  })

  it('is not told again when nothing changed', () => {
    const { derive, clock } = liveDerive()
    const trade = tradeAt(NOON)
    derive.apply([trade])
    clock.nowMs += 250

    expect(derivedIn(derive.apply([trade]))).toEqual([])
    expect(derive.totals.duplicates).toBe(1)
  })

  it('is told at the end of the feed, however recently it was', () => {
    const { derive } = liveDerive()
    derive.apply([tradeAt(NOON), tradeAt(NOON + 1, '101')])

    expect(candlesOf(derive.drain(), '1M')).toMatchObject([{ close: '101' }])
    expect(derive.drain()).toEqual([])
  })

  it('of one symbol does not wait for those of another', () => {
    const { derive, clock } = liveDerive()
    derive.apply([tradeAt(NOON), tradeAt(NOON, '5', 'MSFT')])
    clock.nowMs += 100

    expect(ofChannel(derive.apply([tradeAt(NOON, '7', 'IBM')]), 'candle:SIM:IBM:')).toHaveLength(INTERVALS.length)
  })

  it('is continued after a restart of the producer', () => {
    const before = new Derive()
    const bar = candlesOf(before.apply([tradeAt(NOON, '99')]), '1h')[0]
    const derive = new Derive()
    const candles = bar === undefined ? [] : [{ interval: '1h', candle: bar, lastMs: NOON, tradesFrom: 0 }]
    derive.restore({ venue: 'SIM', symbol: 'AAPL', candles, trades: [], knownFromMs: Infinity, gapsMs: [] })

    expect(candlesOf(derive.apply([tradeAt(NOON + 5_000)]), '1h')).toMatchObject([
      { open: '99', trades: 2, partial: true }
    ])
  })

  it('is in the intervals of the calendar of its symbol', () => {
    const derive = new Derive({ intervals: ['1h'], calendarOf: (venue) => usEquities({ holidays: [venue] }) })

    expect(candlesOf(derive.apply([tradeAt(NOON)]), '1h')[0]?.openTime).toBe(NOON - 1_800_000)
  })
})

describe('A closed candle', () => {
  it('is told at once and marked, after the trade that closed it and before the next candle', () => {
    const { derive, clock } = liveDerive({ intervals: ['1s'] })
    derive.apply([tradeAt(NOON)])
    const next = tradeAt(NOON + 1_000, '101')
    const [first, second, ...more] = derive.apply([tradeAt(NOON + 999), next]).slice(1)

    expect(first).toBe(next)
    expect(second).toMatchObject({ isFinal: true, data: { openTime: NOON, trades: 2, closed: true } })
    expect(more).toEqual([])
    clock.nowMs += 250
    expect(candlesOf(derive.tick(), '1s')).toMatchObject([{ openTime: NOON + 1_000, closed: false }])
  })

  it('is told at once when a late trade corrects it', () => {
    const { derive } = liveDerive({ intervals: ['1s'] })
    derive.apply([tradeAt(NOON), tradeAt(NOON + 1_000)])
    const corrected = derivedIn(derive.apply([tradeAt(NOON + 500, '90')]))

    expect(corrected).toMatchObject([{ isFinal: true, data: { openTime: NOON, low: '90', corrected: true } }])
    expect(derive.totals.late).toBe(1)
  })

  it.each([
    ['behind', -3_600_000],
    ['ahead of', 3_600_000]
  ])('is closed by time alone a second after its end, also with a venue clock an hour %s ours', (_, skewMs) => {
    const { derive, clock } = liveDerive({ intervals: ['1s'] })
    clock.nowMs = NOON + 400 - skewMs
    derive.apply([tradeAt(NOON + 400)])

    clock.nowMs += 1_599
    expect(derivedIn(derive.tick())).toEqual([])
    clock.nowMs += 250
    expect(derivedIn(derive.tick())).toMatchObject([{ isFinal: true, data: { openTime: NOON, closed: true } }])
  })

  it('is closed no later because an old trade came meanwhile', () => {
    const { derive, clock } = liveDerive({ intervals: ['1s'] })
    derive.apply([tradeAt(NOON + 400)])
    clock.nowMs += 1_500
    derive.apply([tradeAt(NOON + 100)])

    clock.nowMs += 250
    expect(candlesOf(derive.tick(), '1s')).toMatchObject([{ openTime: NOON, trades: 2, closed: true }])
  })

  it('is closed by the time of other symbols in a recording, where no clock runs', () => {
    const derive = new Derive({ intervals: ['1s'] })
    derive.apply([tradeAt(NOON)])
    expect(derivedIn(derive.apply([quoteAt(NOON + 1_999, '5', 'MSFT')]))).toEqual([])

    expect(derivedIn(derive.apply([quoteAt(NOON + 2_250, '6', 'MSFT')]))).toMatchObject([{ isFinal: true }])
    expect(derive.tick()).toEqual([])
  })
})

describe('A ticker', () => {
  it('follows trades and best prices', () => {
    const { derive, clock } = liveDerive()
    expect(derivedIn(derive.apply([quoteAt(NOON, '99')]))).toEqual([])
    const first = ofChannel(derive.apply([tradeAt(NOON + 1)]), 'ticker:')
    expect(first).toMatchObject([{ exchangeTime: NOON + 1, data: { last: '100', bid: '99', ask: '991' } }])

    clock.nowMs += 250
    const out = derivedIn(derive.apply([quoteAt(NOON + 2, '98')]))
    expect(out).toMatchObject([{ channel: 'ticker:SIM:AAPL', exchangeTime: NOON + 2, data: { bid: '98', trades: 1 } }])
    clock.nowMs += 250
    expect(derivedIn(derive.apply([quoteAt(NOON + 3, '98')]))).toEqual([])
  })

  it('loses what is older than a day without any message', () => {
    const { derive, clock } = liveDerive({ intervals: [] })
    derive.apply([tradeAt(NOON)])
    clock.nowMs += 2 * 86_400_000

    expect(derive.tick()).toMatchObject([{ channel: 'ticker:SIM:AAPL', data: { trades: 0, last: '100' } }])
  })
})

describe('What a feed does wrong', () => {
  it.each([
    ['recovering', ['trade:SIM:AAPL'], true],
    ['stale', undefined, true],
    ['recovering', ['book:SIM:AAPL'], undefined],
    ['delayed', undefined, undefined]
  ] as const)('quality %s of %j makes candles partial: %s', (quality, channels, partial) => {
    const { derive } = liveDerive()
    derive.apply([tradeAt(NOON), tradeAt(NOON + 60_000)])
    derive.apply([{ quality, cause: 'gap', ...(channels && { channels }) }])

    expect(candlesOf(derive.drain(), '1m')[0]?.partial).toBe(partial)
  })

  it.each([Number.NaN, -1, NOON * 1_000, Infinity])(
    'a trade at time %d is passed on and counted, not derived from',
    (time) => {
      const derive = new Derive()
      const out = derive.apply([{ ...tradeAt(0), exchangeTime: time }])

      expect(out).toHaveLength(1)
      expect(derive.totals.ignored).toBe(1)
    }
  )

  it('old trades that come again, however many, do not look like going back in time', () => {
    const { derive } = liveDerive({ intervals: ['1d'] })
    const old = Array.from({ length: JUMP_BACK_COUNT * 2 }, () => tradeAt(NOON))
    derive.apply([...old, tradeAt(NOON + 3_600_000), ...old])

    expect(derive.totals).toMatchObject({ duplicates: JUMP_BACK_COUNT * 2, restarts: 0 })
    expect(candlesOf(derive.drain(), '1d')).toMatchObject([{ trades: JUMP_BACK_COUNT * 2 + 1 }])
  })

  it('a time with a fraction counts as its millisecond', () => {
    expect(new Derive().apply([tradeAt(NOON + 0.75)]).at(-1)).toMatchObject({ exchangeTime: NOON })
  })

  it('symbols above the limit are passed on and counted, not derived from', () => {
    const derive = new Derive({ symbolLimit: 2, intervals: ['1d'] })
    const out = derive.apply(['A', 'B', 'C', 'A'].map((symbol) => tradeAt(NOON, '1', symbol)))

    expect(new Set(ofChannel(out, 'candle:').map(({ channel }) => channel)).size).toBe(2)
    expect(ofChannel(out, 'trade:')).toHaveLength(4)
    expect(derive.totals.ignored).toBe(1)
  })

  it.each([
    ['a recording', undefined],
    ['a live feed', () => 0]
  ])('in %s, going back in time for good starts everything anew; single old trades do not', (_, nowMs) => {
    const derive = new Derive({ intervals: ['1d'], ...(nowMs && { nowMs }) })
    derive.apply([tradeAt(NOON + 86_400_000 * 365_000)])
    const old = () => tradeAt(NOON, '55')
    derive.apply(Array.from({ length: JUMP_BACK_COUNT - 1 }, old))
    expect(derive.totals.restarts).toBe(0)

    derive.apply([old()])
    expect(derive.totals).toMatchObject({ restarts: 1, tooLate: JUMP_BACK_COUNT - 1 })
    derive.apply([old()])
    expect(candlesOf(derive.drain(), '1d')).toMatchObject([{ close: '55', partial: true }])
  })
})
