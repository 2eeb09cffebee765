import { describe, expect, it } from 'vitest'
import { intervalEnd } from '../../src/history/interval.ts'

const at = (text: string) => Date.parse(`${text}Z`)

describe('An interval', () => {
  it.each([
    ['1s', '2026-01-31T00:00', '2026-01-31T00:00:01'],
    ['15m', '2026-01-31T23:45', '2026-02-01T00:00'],
    ['4h', '2026-01-31T20:00', '2026-02-01T00:00'],
    ['1d', '2026-02-28T00:00', '2026-03-01T00:00'],
    ['1w', '2026-01-05T00:00', '2026-01-12T00:00'],
    ['1M', '2026-02-01T00:00', '2026-03-01T00:00'],
    ['3M', '2026-11-01T00:00', '2027-02-01T00:00']
  ])('of %s that begins at %s ends at %s', (interval, open, end) => {
    expect(intervalEnd(at(open), interval)).toBe(at(end))
  })

  it.each(['', 'm', '0m', '1', '1y', '1.5h', 'range10', '123456s'])('%s is not understood', (interval) => {
    expect(intervalEnd(0, interval)).toBeUndefined()
  })
})
