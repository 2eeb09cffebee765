import type { Level } from '../protocol/market-data.ts'
import type { OrderBook } from './order-book.ts'
import { formatScaled, padScaled, parseScaled } from './scaled.ts'

/** Levels of each side that Kraken's checksum covers. */
const CHECKSUM_DEPTH = 10
const POLYNOMIAL = 0xedb88320
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte
  for (let bit = 0; bit < 8; bit++) remainder = remainder & 1 ? (remainder >>> 1) ^ POLYNOMIAL : remainder >>> 1
  return remainder
})

/** Decimals of an instrument's prices and sizes. */
export interface BookPrecision {
  readonly price: number
  readonly size: number
}

/**
 * Kraken's CRC32 of an order book, by which it tells its clients whether they lost an update.
 *
 * It covers the best ten asks and then the best ten bids, best first: the digits of each price and size without point
 * and leading zeros. The book must be cut to the subscribed depth before, or levels the venue no longer tells would
 * count. Version 1 of the API sends strings of the right length; version 2 sends JSON numbers, whose last zeros are
 * lost, and for it the instrument's `precision` is needed.
 *
 * @see https://docs.kraken.com/api/docs/guides/spot-ws-book-v2
 */
export function krakenChecksum(book: OrderBook, precision?: BookPrecision): number {
  const { asks, bids } = book.snapshot(CHECKSUM_DEPTH)
  return crc32(digitsOfLevels(asks, precision) + digitsOfLevels(bids, precision))
}

function digitsOfLevels(levels: readonly Level[], precision: BookPrecision | undefined): string {
  let digits = ''
  for (const [price, size] of levels) digits += digitsOf(price, precision?.price) + digitsOf(size, precision?.size)
  return digits
}

function digitsOf(text: string, decimals = 0): string {
  const padded = decimals === 0 ? text : formatScaled(padScaled(parseScaled(text), decimals))
  return padded.replace('.', '').replace(/^0+/, '')
}

/** CRC32 (the one of zip and PNG) of ASCII text. */
function crc32(text: string): number {
  let remainder = 0xffffffff
  for (let index = 0; index < text.length; index++) {
    remainder = (remainder >>> 8) ^ (TABLE[(remainder ^ text.charCodeAt(index)) & 0xff] ?? 0)
  }
  return (remainder ^ 0xffffffff) >>> 0
}
