import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  compactText,
  Decimals,
  grouped,
  padDecimals,
  percentText,
  signed,
  withoutPadding
} from '../../web/decimal-text.ts'

const decimal = fc.stringMatching(/^(0|[1-9][0-9]{0,12})(\.[0-9]{1,8})?$/)

describe('A price on the page', () => {
  it('has the digits the venue sent, whatever is done for the eye', () => {
    fc.assert(
      fc.property(decimal, fc.integer({ min: 0, max: 10 }), (text, decimals) => {
        const shown = grouped(padDecimals(text, decimals)).replaceAll(',', '')
        expect(withoutPadding(shown)).toBe(withoutPadding(text))
        expect(shown.startsWith(text)).toBe(true)
      })
    )
  })

  it.each([
    ['1', 2, '1.00'],
    ['1.5', 2, '1.50'],
    ['1.2345', 2, '1.2345'],
    ['68123.4', 2, '68,123.40'],
    ['1234567', 0, '1,234,567'],
    ['123', 0, '123'],
    ['0.00012', 5, '0.00012']
  ])('%s with %i decimals is %s', (text, decimals, shown) => {
    expect(grouped(padDecimals(text, decimals))).toBe(shown)
  })

  it('keeps its column: decimals grow with what is seen and never shrink, up to a limit', () => {
    const decimals = new Decimals(1, 4)
    for (const text of ['1', '1.25', '1.5', '2.123456']) decimals.note(text)
    expect(decimals.count).toBe(4)
    decimals.note('3')
    expect(decimals.count).toBe(4)
  })
})

describe('A change', () => {
  it.each([
    [1.234, '+1.23%'],
    [-0.5, '−0.50%'],
    [0.001, '0.00%'],
    [-0.001, '0.00%'],
    [Number.NaN, '–']
  ])('of %d percent is %s', (percent, shown) => {
    expect(percentText(percent)).toBe(shown)
  })

  it('of a price has a sign and all of its digits', () => {
    expect([signed('-0.16'), signed('2.50'), signed('0.00')]).toEqual(['−0.16', '+2.50', '0.00'])
  })

  it('of volume is told in few figures', () => {
    expect([compactText('124243.5'), compactText('12'), compactText('x')]).toEqual(['124.24K', '12', '–'])
  })
})
