import { describe, expect, it } from 'vitest'
import type { Candle } from '../../../src/protocol/market-data.ts'
import { SessionLedger } from '../../../workers/backfill/session-ledger.ts'
import { candleOf, MINUTE_MS, MINUTES, MONDAY_MS, TRADES } from '../../history/support/updates.ts'

const minute = (place: number) => MONDAY_MS + place * MINUTE_MS
const open = (place: number, price: string) => candleOf(minute(place), price, { closed: false })
const trade = (id: string) => ({ id, price: '1', size: '1', side: 'buy' })

/** A ledger, with what history was given by it. */
function startLedger(isOver = true) {
  const kept: { channel: string; data?: unknown; span?: string; from?: number; to?: number }[] = []
  const ledger = new SessionLedger({ keep: (entry) => kept.push(entry), isOver: () => isOver })
  const take = (channel: string, data: object, exchangeTime = minute(0)) => ledger.take({ channel, exchangeTime, data })
  const candles = () => kept.flatMap(({ channel, data }) => (channel === MINUTES && data ? [data as Candle] : []))
  return { ledger, kept, take, candles }
}

describe('Of a session history is given', () => {
  it('trades and candles, each channel announced before its first entry, and nothing else', () => {
    const { take, kept } = startLedger()
    take('quote:SIM:AAPL', { bid: '1' })
    take(TRADES, trade('a'), minute(0) + 5.7)
    take('ticker:SIM:AAPL', { last: '1' })
    take(TRADES, trade('b'), minute(0) + 6)
    take(MINUTES, candleOf(minute(0)), minute(1))
    take('trade:SIM:AAPL:odd', trade('c'))
    expect(kept).toEqual([
      { span: 'begun', channel: TRADES, from: minute(0) + 5, to: minute(0) + 5 },
      { channel: TRADES, seq: 1, exchangeTime: minute(0) + 5, data: trade('a') },
      { channel: TRADES, seq: 2, exchangeTime: minute(0) + 6, data: trade('b') },
      { span: 'begun', channel: MINUTES, from: minute(0), to: minute(0) },
      { channel: MINUTES, seq: 3, exchangeTime: minute(1), data: candleOf(minute(0)) }
    ])
  })

  it('a candle when it is closed and when it is corrected, not each state on the way', () => {
    const { ledger, take, candles } = startLedger()
    const corrected = candleOf(minute(0), '4', { corrected: true })
    for (const candle of [open(0, '1'), open(0, '2'), candleOf(minute(0), '3'), open(1, '5'), corrected]) {
      take(MINUTES, candle)
    }
    expect(candles()).toEqual([candleOf(minute(0), '3'), corrected])
    expect(ledger.candles()).toEqual({ '1m': 1 })
  })

  it('the last state of a candle that was never closed, as partial, when another begins', () => {
    for (const next of [open(1, '9'), candleOf(minute(1), '9')]) {
      const { take, candles } = startLedger()
      take(MINUTES, open(0, '1'))
      take(MINUTES, open(0, '2'))
      take(MINUTES, next)
      expect(candles()[0]).toEqual(candleOf(minute(0), '2', { partial: true }))
    }
  })

  it('the last state of a candle that was left because time went back', () => {
    const { ledger, take, candles } = startLedger()
    take(MINUTES, open(5, '1'))
    take(MINUTES, open(2, '2'))
    ledger.finish()
    expect(candles().map(({ openTime, partial }) => [openTime, partial])).toEqual([
      [minute(5), true],
      [minute(2), true]
    ])
  })

  it.each([
    [true, candleOf(minute(0), '1', { partial: true })],
    [false, open(0, '1')]
  ])('the candle in progress at its end: interval over %s', (isOver, expected) => {
    const { ledger, take, candles } = startLedger(isOver)
    take(MINUTES, open(0, '1'))
    ledger.finish()
    expect(candles()).toEqual([expected])
  })

  it('what it holds without a break, from the earliest to the latest entry', () => {
    const { ledger, take, kept } = startLedger()
    for (const time of [20, 10, 40, 30]) take(TRADES, trade(`${time}`), minute(0) + time)
    take(MINUTES, candleOf(minute(2)))
    take('quote:SIM:AAPL', {})
    kept.length = 0
    ledger.claim()
    expect(kept).toEqual([
      { span: 'whole', channel: TRADES, from: minute(0) + 10, to: minute(0) + 40 },
      { span: 'whole', channel: MINUTES, from: minute(2), to: minute(2) }
    ])
    expect(ledger.symbols()).toEqual([{ ticker: 'SIM:AAPL', trades: 4, from: minute(0) + 10, to: minute(0) + 40 }])
  })

  it('no message of another form than documented; it is counted', () => {
    const { ledger } = startLedger()
    const accepts = (channel: string, data: object, exchangeTime: number = minute(0)) =>
      ledger.accepts({ channel, data, exchangeTime })
    expect([
      accepts(TRADES, trade('a')),
      accepts('book:SIM:AAPL', { odd: 1 }),
      accepts('weather:SIM:AAPL', {}, Number.NaN)
    ]).toEqual([true, true, true])
    expect([
      accepts(TRADES, { ...trade('a'), price: 'much' }),
      accepts(TRADES, trade('a'), Number.NaN),
      accepts(TRADES, trade('a'), -1),
      accepts('quote:SIM:AAPL', {}),
      accepts(MINUTES, {})
    ]).toEqual([false, false, false, false, false])
    expect(ledger.malformed).toBe(5)
  })
})
