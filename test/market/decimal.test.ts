import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareDecimals, isDecimal, isZeroDecimal } from '../../src/market/decimal.ts'
import { anyDecimal, crowdedPrice, scaled } from './decimal-oracle.ts'

const seed = 20_240_808

const order = (a: string, b: string) => Number(scaled(a) > scaled(b)) - Number(scaled(a) < scaled(b))

describe('Decimals', () => {
  it(`are ordered by their exact value, whatever their length (seed ${seed})`, () => {
    fc.assert(
      fc.property(anyDecimal, anyDecimal, (a, b) => Math.sign(compareDecimals(a, b)) === order(a, b)),
      { seed, numRuns: 2_000 }
    )
  })

  it(`are ordered by their digits where floats cannot tell them apart (seed ${seed})`, () => {
    fc.assert(
      fc.property(crowdedPrice, crowdedPrice, (a, b) => Math.sign(compareDecimals(a, b)) === order(a, b)),
      { seed, numRuns: 2_000 }
    )
  })

  it.each([
    ['1.10', '1.1', 0],
    ['0', '-0.000', 0],
    ['00012', '12.0', 0],
    ['9007199254740993', '9007199254740992', 1],
    ['-9007199254740993', '-9007199254740992', -1],
    ['0.30000000000000001', '0.3', 1],
    [`0.${'0'.repeat(400)}1`, '0', 1],
    ['9'.repeat(400), '8'.repeat(400), 1],
    ['-1', '1', -1]
  ])('put %s beside %s as %i', (a, b, expected) => {
    expect(Math.sign(compareDecimals(a, b))).toBe(expected)
    expect(Math.sign(compareDecimals(b, a))).toBe(expected === 0 ? 0 : -expected)
  })

  it(`are zero in every spelling of zero, and only then (seed ${seed})`, () => {
    for (const zero of ['0', '0.00000000', '-0', '000.0']) expect(isZeroDecimal(zero)).toBe(true)
    for (const other of ['0.00000001', '10', `0.${'0'.repeat(400)}1`]) expect(isZeroDecimal(other)).toBe(false)
    fc.assert(
      fc.property(anyDecimal, (text) => isZeroDecimal(text) === (scaled(text) === 0n)),
      { seed }
    )
  })

  it('are plain digits with at most one point', () => {
    for (const text of ['0', '61837.64000000', '-0.5', '007']) expect(isDecimal(text)).toBe(true)
    for (const value of ['', '.5', '5.', '1e5', '+1', '1,5', ' 1', 'NaN', 1, null]) expect(isDecimal(value)).toBe(false)
  })
})
