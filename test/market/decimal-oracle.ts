import fc from 'fast-check'

const PLACES = 40

/** The value of a decimal in units of 10^-40: slow, and plainly right for up to 40 decimal places. */
export function scaled(text: string): bigint {
  const [whole = '', fraction = ''] = text.replace('-', '').split('.')
  const magnitude = BigInt(whole + fraction.padEnd(PLACES, '0'))
  return text.startsWith('-') ? -magnitude : magnitude
}

const digits = (minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength, maxLength })

/** Any decimal text, of up to 30 digits on each side of the point. */
export const anyDecimal = fc
  .tuple(fc.constantFrom('', '-'), digits(1, 30), digits(0, 30))
  .map(([sign, whole, fraction]) => `${sign}${whole}${fraction === '' ? '' : `.${fraction}`}`)

/** Prices so close together that most of them are the same double, in several spellings. */
export const crowdedPrice = fc
  .tuple(fc.constantFrom('', '0', '00'), fc.integer({ min: 0, max: 40 }), fc.constantFrom('', '0', '000'))
  .map(([lead, step, trail]) => `${lead}61837.640000000000000${String(step).padStart(2, '0')}${trail}`)
