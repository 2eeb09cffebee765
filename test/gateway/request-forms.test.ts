import { describe, expect, it } from 'vitest'
import { isRefusal, readName, readNames, readWishes } from '../../src/gateway/request-forms.ts'

const RESUME = { epoch: 'e1', seq: 7 }
/** Nested more deeply than a recursive function can follow. */
const DEEP: unknown = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000))
const names = (count: number, nameOf = (n: number) => `quote:SIM:N${n}`) =>
  Array.from({ length: count }, (_, n) => nameOf(n))
const patterns = (count: number) => names(count, (n) => `quote:SIM:N${n}*`)

describe('A subscription', () => {
  it.each([
    ['one name', 'quote:SIM:AAPL', [{ channel: 'quote:SIM:AAPL' }]],
    ['a list', ['a', { channel: 'b' }], [{ channel: 'a' }, { channel: 'b' }]],
    ['an object with a list', { channels: ['a'], other: 1 }, [{ channel: 'a' }]],
    ['an empty list', { channels: [] }, []],
    ['a rate', [{ channel: 'a', maxRateHz: 0.5 }], [{ channel: 'a', maxRateHz: 0.5 }]],
    ['a position', [{ channel: 'a', resume: RESUME }], [{ channel: 'a', resume: RESUME }]],
    ['the position before the first message', [{ channel: 'a', resume: { epoch: '', seq: 0 } }], expect.anything()],
    ['no position, said so', [{ channel: 'a', resume: null }], [{ channel: 'a' }]],
    ['no rate, said so', [{ channel: 'a', maxRateHz: null }], [{ channel: 'a' }]]
  ])('may be %s', (_what, payload, wishes) => {
    expect(readWishes(payload)).toEqual(wishes)
  })

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a number', 7],
    ['an object without a list', { channel: 'a' }],
    ['a list of lists', [['a']]],
    ['a nameless entry', [{}]],
    ['a rate of 0', [{ channel: 'a', maxRateHz: 0 }]],
    ['a negative rate', [{ channel: 'a', maxRateHz: -1 }]],
    ['a rate in words', [{ channel: 'a', maxRateHz: '5' }]],
    ['a rate that is no number', [{ channel: 'a', maxRateHz: Number.NaN }]],
    ['a position without an epoch', [{ channel: 'a', resume: { seq: 1 } }]],
    ['a position before the beginning', [{ channel: 'a', resume: { epoch: 'e', seq: -1 } }]],
    ['a position between two', [{ channel: 'a', resume: { epoch: 'e', seq: 1.5 } }]],
    ['a position beyond all numbers', [{ channel: 'a', resume: { epoch: 'e', seq: 2 ** 53 } }]],
    ['a position in words', [{ channel: 'a', resume: 'latest' }]]
  ])('is refused when it is %s', (_what, payload) => {
    expect(readWishes(payload)).toMatchObject({ code: 100, name: 'badRequest', temporary: false })
  })
})

describe('The names to unsubscribe, and the one to send again', () => {
  it.each(['a', ['a'], { channels: ['a'] }])('may be %j', (payload) => {
    expect(readNames(payload)).toEqual(['a'])
  })

  it.each([undefined, null, 7, {}, [7], [{ channel: 'a' }], { channels: 'a' }])('are refused as %j', (payload) => {
    expect(readNames(payload)).toMatchObject({ code: 100 })
  })

  it.each(['a', { channel: 'a' }])('may be %j', (payload) => {
    expect(readName(payload)).toBe('a')
  })

  it.each([undefined, null, 7, {}, ['a'], { channel: 7 }])('is refused as %j', (payload) => {
    expect(readName(payload)).toMatchObject({ code: 100 })
  })
})

describe('One request', () => {
  it.each([
    [20_000, false],
    [20_001, true]
  ])('with %i names is refused: %s', (count, isRefused) => {
    expect(isRefusal(readWishes(names(count)))).toBe(isRefused)
    expect(isRefusal(readNames(names(count)))).toBe(isRefused)
  })

  it.each([
    [100, false],
    [101, true]
  ])('with %i patterns, each of which costs a look at every channel, is refused: %s', (count, isRefused) => {
    expect(isRefusal(readWishes([...patterns(count), 'quote:SIM:A']))).toBe(isRefused)
    expect(isRefusal(readNames([...patterns(count), 'quote:SIM:A']))).toBe(isRefused)
  })

  it.each([readWishes, readNames, readName])('that is nested without end is refused in few words', (read) => {
    for (const payload of [
      DEEP,
      [DEEP],
      { channels: [DEEP] },
      { channels: [{ channel: DEEP }] },
      { '': { '': DEEP } }
    ]) {
      const refusal = read(payload)
      expect(refusal).toMatchObject({ code: 100 })
      expect(JSON.stringify(refusal).length).toBeLessThan(400)
    }
  })

  it('that is refused is told what was found', () => {
    expect(readWishes({ channels: 7 })).toMatchObject({ message: expect.stringContaining('found {"channels":7}') })
    expect(readWishes(undefined)).toMatchObject({ message: expect.stringContaining('found undefined') })
  })
})
