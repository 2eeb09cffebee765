import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { UTC_24X7 } from '../../src/market/calendar.ts'
import { usEquities } from '../../src/market/calendar-us-equities.ts'
import { INTERVALS, type Interval, MADE_OF, utcSpan } from '../../src/market/candle-interval.ts'

const seed = 20_240_813
const at = Date.parse
const iso = (timeMs: number) => new Date(timeMs).toISOString().replace(':00.000Z', 'Z')
const calendar = usEquities({ holidays: ['2024-07-04'], halfDays: ['2024-07-03'] })
const spanOf = (interval: Interval, time: string) => {
  const { startMs, endMs } = calendar.spanOf(interval, at(time))
  return [iso(startMs), iso(endMs)]
}
const sessionOf = (time: string) => {
  const session = calendar.sessionOf(at(time))
  return session && [iso(session.startMs), iso(session.endMs)]
}

describe('The calendar of a market that never closes', () => {
  it('is open at all times, and has the intervals of UTC', () => {
    const timeMs = at('2024-08-10T03:04:05.678Z')

    expect(UTC_24X7.isOpen(timeMs)).toBe(true)
    expect(UTC_24X7.sessionOf(timeMs)).toEqual({ startMs: at('2024-08-10'), endMs: at('2024-08-11') })
    for (const interval of INTERVALS) expect(UTC_24X7.spanOf(interval, timeMs)).toEqual(utcSpan(interval, timeMs))
  })
})

describe('The calendar of US equities', () => {
  it.each([
    ['in summer', '2024-08-08T12:00Z', ['2024-08-08T13:30Z', '2024-08-08T20:00Z']],
    ['in winter', '2024-12-09T12:00Z', ['2024-12-09T14:30Z', '2024-12-09T21:00Z']],
    [
      'late in the evening, when it is the next day in UTC',
      '2024-08-09T03:59Z',
      ['2024-08-08T13:30Z', '2024-08-08T20:00Z']
    ],
    ['on the Friday before clocks go forward', '2024-03-08T12:00Z', ['2024-03-08T14:30Z', '2024-03-08T21:00Z']],
    ['on the Monday after it', '2024-03-11T12:00Z', ['2024-03-11T13:30Z', '2024-03-11T20:00Z']],
    ['on the Monday after clocks go back', '2024-11-04T12:00Z', ['2024-11-04T14:30Z', '2024-11-04T21:00Z']],
    ['on a half day', '2024-07-03T12:00Z', ['2024-07-03T13:30Z', '2024-07-03T17:00Z']],
    ['on a holiday', '2024-07-04T12:00Z', undefined],
    ['on a Saturday', '2024-08-10T12:00Z', undefined],
    ['on a Sunday', '2024-08-11T12:00Z', undefined]
  ])('knows the session %s', (_, time, session) => {
    expect(sessionOf(time)).toEqual(session)
  })

  it.each([
    ['2024-08-08T13:29:59.999Z', false],
    ['2024-08-08T13:30:00.000Z', true],
    ['2024-08-08T19:59:59.999Z', true],
    ['2024-08-08T20:00:00.000Z', false],
    ['2024-08-10T15:00:00.000Z', false],
    ['2024-07-03T16:59:59.999Z', true],
    ['2024-07-03T17:00:00.000Z', false]
  ])('at %s says open: %s', (time, isOpen) => {
    expect(calendar.isOpen(at(time))).toBe(isOpen)
  })

  it.each<[Interval, string, string, string]>([
    ['1m', '2024-08-08T13:30:30Z', '2024-08-08T13:30Z', '2024-08-08T13:31Z'],
    ['30m', '2024-08-08T13:59:59Z', '2024-08-08T13:30Z', '2024-08-08T14:00Z'],
    ['1h', '2024-08-08T13:30:00Z', '2024-08-08T13:30Z', '2024-08-08T14:30Z'],
    ['1h', '2024-08-08T13:29:59Z', '2024-08-08T12:30Z', '2024-08-08T13:30Z'],
    ['1h', '2024-08-08T04:10:00Z', '2024-08-08T04:00Z', '2024-08-08T04:30Z'],
    ['1h', '2024-08-09T03:40:00Z', '2024-08-09T03:30Z', '2024-08-09T04:00Z'],
    ['4h', '2024-08-08T13:30:00Z', '2024-08-08T13:30Z', '2024-08-08T17:30Z'],
    ['4h', '2024-08-08T19:59:59Z', '2024-08-08T17:30Z', '2024-08-08T21:30Z'],
    ['4h', '2024-12-09T14:30:00Z', '2024-12-09T14:30Z', '2024-12-09T18:30Z'],
    ['1d', '2024-08-09T03:59:59Z', '2024-08-08T04:00Z', '2024-08-09T04:00Z'],
    ['1d', '2024-03-10T12:00:00Z', '2024-03-10T05:00Z', '2024-03-11T04:00Z'],
    ['1d', '2024-11-03T12:00:00Z', '2024-11-03T04:00Z', '2024-11-04T05:00Z'],
    ['1w', '2024-08-12T03:59:59Z', '2024-08-05T04:00Z', '2024-08-12T04:00Z'],
    ['1w', '2024-03-08T12:00:00Z', '2024-03-04T05:00Z', '2024-03-11T04:00Z'],
    ['1M', '2024-09-01T03:59:59Z', '2024-08-01T04:00Z', '2024-09-01T04:00Z'],
    ['1M', '2024-11-15T12:00:00Z', '2024-11-01T04:00Z', '2024-12-01T05:00Z']
  ])('puts %s at %s into %s to %s', (interval, time, start, end) => {
    expect(spanOf(interval, time)).toEqual([start, end])
  })

  it(`leaves no moment out, and has finer intervals whole within coarser ones, also where clocks change (seed ${seed})`, () => {
    const changes = ['2024-03-10T07:00Z', '2024-11-03T06:00Z', '2024-08-08T13:30Z', '2025-01-01T05:00Z'].map(at)
    const time = fc
      .tuple(fc.constantFrom(...changes), fc.integer({ min: -3 * 86_400_000, max: 3 * 86_400_000 }))
      .map(([change, offset]) => change + offset)
    fc.assert(
      fc.property(fc.constantFrom(...INTERVALS), time, (interval, timeMs) => {
        const { startMs, endMs } = calendar.spanOf(interval, timeMs)
        expect(startMs <= timeMs && timeMs < endMs).toBe(true)
        expect(calendar.spanOf(interval, startMs)).toEqual({ startMs, endMs })
        expect(calendar.spanOf(interval, endMs).startMs).toBe(endMs)
        const finer = MADE_OF[interval]
        if (finer === undefined) return
        const fine = calendar.spanOf(finer, timeMs)
        expect(startMs <= fine.startMs && fine.endMs <= endMs).toBe(true)
      }),
      { seed, numRuns: 1_000 }
    )
  })
})
