/**
 * Arithmetic on decimal numbers that stay the text the venue sent: `61837.64000000`, `-0.5`, `007`.
 *
 * A float decides whatever it can decide: conversion to a double never swaps two numbers, it can only make them
 * equal. Digits are compared only then, so exactness costs nothing where doubles differ.
 */

const DECIMAL = /^-?[0-9]+(?:\.[0-9]+)?$/

/** Says whether `value` is the text of a decimal number: digits, at most one point, no exponent. */
export function isDecimal(value: unknown): value is string {
  return typeof value === 'string' && DECIMAL.test(value)
}

/** Says whether the text spells zero: `0`, `0.00000000`, `-0.0`. */
export function isZeroDecimal(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code >= 49 && code <= 57) return false
  }
  return true
}

/** Orders two decimals by value: below 0 when `a` is less, 0 when they are equal however they are spelled. */
export function compareDecimals(a: string, b: string): number {
  if (a === b) return 0
  const difference = Number(a) - Number(b)
  return difference === 0 || Number.isNaN(difference) ? compareDigits(a, b) : difference
}

function compareDigits(a: string, b: string): number {
  const left = partsOf(a)
  const right = partsOf(b)
  if (left.isNegative !== right.isNegative) return left.isNegative ? -1 : 1
  const difference =
    left.whole.length - right.whole.length ||
    compareText(left.whole, right.whole) ||
    compareText(left.fraction, right.fraction)
  return left.isNegative ? -difference : difference
}

/** Digits without those that mean nothing, so that equal numbers have equal parts; zero is never negative. */
function partsOf(text: string): { readonly isNegative: boolean; readonly whole: string; readonly fraction: string } {
  const [digits = '', decimals = ''] = text.replace('-', '').split('.')
  const whole = digits.replace(/^0+/, '')
  const fraction = decimals.replace(/0+$/, '')
  return { isNegative: text.startsWith('-') && (whole !== '' || fraction !== ''), whole, fraction }
}

function compareText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
