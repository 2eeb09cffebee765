import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  addScaled,
  compareScaled,
  divideScaled,
  formatScaled,
  multiplyScaled,
  padScaled,
  parseScaled,
  subtractScaled,
  truncateScaled
} from '../../src/market/scaled.ts'
import { ScaledSum } from '../../src/market/scaled-sum.ts'
import { anyDecimal, scaled } from './decimal-oracle.ts'

const seed = 20_240_811
const PLACES = 40n

/** Decimals as written. */
const decimalsOf = (text: string) => text.split('.')[1]?.length ?? 0
/** The text of a value in units of 10^-40, cut off toward zero after `decimals`. */
function textOf(value: bigint, decimals: number): string {
  const cut = value / 10n ** (PLACES - BigInt(decimals))
  const magnitude = (cut < 0n ? -cut : cut).toString().padStart(decimals + 1, '0')
  const whole = magnitude.slice(0, magnitude.length - decimals)
  return `${cut < 0n ? '-' : ''}${whole}${decimals === 0 ? '' : `.${magnitude.slice(-decimals)}`}`
}
const short = fc
  .tuple(fc.integer({ min: -999_999, max: 999_999 }), fc.integer({ min: 0, max: 6 }))
  .map(([units, at]) => {
    const digits = String(Math.abs(units)).padStart(at + 1, '0')
    const point = digits.length - at
    return `${units < 0 ? '-' : ''}${digits.slice(0, point)}${at === 0 ? '' : `.${digits.slice(point)}`}`
  })
/** Half of them short, to be read the fast way. */
const decimal = fc.oneof(short, anyDecimal)
const holdsForPairs = (check: (a: string, b: string) => void) =>
  fc.assert(fc.property(decimal, decimal, check), { seed, numRuns: 2_000 })

describe('Scaled decimals', () => {
  it(`are written as they were read, but for leading zeros and the sign of zero (seed ${seed})`, () => {
    fc.assert(
      fc.property(decimal, (text) => formatScaled(parseScaled(text)) === textOf(scaled(text), decimalsOf(text))),
      { seed, numRuns: 5_000 }
    )
  })

  it(`are added, subtracted and multiplied exactly, with the decimals of their parts (seed ${seed})`, () => {
    holdsForPairs((a, b) => {
      const [left, right] = [parseScaled(a), parseScaled(b)]
      const decimals = Math.max(decimalsOf(a), decimalsOf(b))
      expect(formatScaled(addScaled(left, right))).toBe(textOf(scaled(a) + scaled(b), decimals))
      expect(formatScaled(subtractScaled(left, right))).toBe(textOf(scaled(a) - scaled(b), decimals))
      const product = multiplyScaled(left, right)
      expect(product.scale).toBe(decimalsOf(a) + decimalsOf(b))
      expect(product.units * 10n ** (2n * PLACES - BigInt(product.scale))).toBe(scaled(a) * scaled(b))
    })
  })

  it(`are ordered by value (seed ${seed})`, () => {
    holdsForPairs((a, b) => {
      const order = Number(scaled(a) > scaled(b)) - Number(scaled(a) < scaled(b))
      expect(compareScaled(parseScaled(a), parseScaled(b))).toBe(order)
    })
  })

  it(`are divided with all further digits cut off toward zero (seed ${seed})`, () => {
    holdsForPairs((a, b) => {
      fc.pre(scaled(b) !== 0n)
      const quotient = divideScaled(parseScaled(a), parseScaled(b), 8)
      expect(quotient).toEqual({ units: (scaled(a) * 10n ** 8n) / scaled(b), scale: 8 })
    })
  })

  it.each([
    ['1', '3', '0.33333333'],
    ['2', '3', '0.66666666'],
    ['-2', '3', '-0.66666666'],
    ['0.00000001', '2', '0.00000000'],
    ['10', '0.5', '20.00000000']
  ])('%s divided by %s is %s', (a, b, quotient) => {
    expect(formatScaled(divideScaled(parseScaled(a), parseScaled(b), 8))).toBe(quotient)
  })

  it('cannot be divided by zero', () => {
    expect(() => divideScaled(parseScaled('1'), parseScaled('0.00'), 8)).toThrow(RangeError)
  })

  it('are cut off or padded to a number of decimals', () => {
    const cut = (text: string, decimals: number) => formatScaled(truncateScaled(parseScaled(text), decimals))
    const pad = (text: string, decimals: number) => formatScaled(padScaled(parseScaled(text), decimals))

    expect([cut('1.239', 2), cut('-1.239', 2), cut('1.2', 2), cut('1.9', 0)]).toEqual(['1.23', '-1.23', '1.2', '1'])
    expect([pad('1.2', 3), pad('1.2', 1), pad('1.2', 0)]).toEqual(['1.200', '1.2', '1.2'])
  })

  it('are never written with an exponent, however small or large', () => {
    for (const text of ['0.00000000000000000001', '100000000000000000000000000000', '0.1', '-0.5', '7'])
      expect(formatScaled(parseScaled(text))).toBe(text)
  })

  it('do not lose what floats lose', () => {
    expect(formatScaled(addScaled(parseScaled('0.1'), parseScaled('0.2')))).toBe('0.3')
  })
})

describe('A running sum', () => {
  it(`is exact through any additions and subtractions, and drifts nowhere (seed ${seed})`, () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), decimal), { maxLength: 30 }), (steps) => {
        const sum = new ScaledSum()
        let expected = 0n
        for (const [isAdded, text] of steps) {
          if (isAdded) sum.add(parseScaled(text))
          else sum.subtract(parseScaled(text))
          expected += isAdded ? scaled(text) : -scaled(text)
        }
        const decimals = Math.max(0, ...steps.map(([, text]) => decimalsOf(text)))
        expect(formatScaled(sum)).toBe(textOf(expected, decimals))
      }),
      { seed, numRuns: 1_000 }
    )
  })
})
