import { readFileSync } from 'node:fs'
import { crc32, gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { krakenChecksum } from '../../src/market/book-checksum.ts'
import { OrderBook } from '../../src/market/order-book.ts'
import type { Level } from '../../src/protocol/market-data.ts'
import { recording } from '../flow/support/shared-data.ts'

const bookOf = (asks: readonly Level[], bids: readonly Level[]) => {
  const book = new OrderBook()
  book.load({ asks, bids })
  return book
}

describe("Kraken's checksum of a book", () => {
  it('is the CRC32 of the digits of ten asks and ten bids, best first, without points and leading zeros', () => {
    const asks = Array.from({ length: 12 }, (_, index): Level => [`0.0${50 + index}`, '0.00500000'])
    const bids = Array.from({ length: 12 }, (_, index): Level => [`0.0${49 - index}`, '10.00500000'])
    const digits = [...Array(10).keys()].map((index) => `${50 + index}500000`).join('')
    const bidDigits = [...Array(10).keys()].map((index) => `${49 - index}1000500000`).join('')

    expect(krakenChecksum(bookOf(asks.toReversed(), bids))).toBe(crc32(digits + bidDigits))
  })

  it('covers what there is in a book of fewer levels, or none', () => {
    expect(krakenChecksum(bookOf([['2', '1']], []))).toBe(crc32('21'))
    expect(krakenChecksum(bookOf([], []))).toBe(crc32(''))
  })

  it('gives numbers back the zeros that JSON took, where the precision of the instrument is known', () => {
    const book = bookOf([['45285', '0.001']], [['45283.5', '0.1']])

    expect(krakenChecksum(book, { price: 1, size: 8 })).toBe(crc32(['452850', '100000', '452835', '10000000'].join('')))
  })
})

type RawSide = readonly { readonly price: number; readonly qty: number }[]
interface Vector {
  readonly snapshot: { readonly data: readonly [{ readonly asks: RawSide; readonly bids: RawSide }] }
  readonly checksum: number
}
const vectorFolder = recording('kraken-v2-doc-vector')

describe.skipIf(vectorFolder === undefined)("The example in Kraken's guide to version 2", () => {
  it('has the checksum it is given there', () => {
    const { snapshot, checksum } = JSON.parse(readFileSync(`${vectorFolder}/vector.json`, 'utf8')) as Vector
    const [{ asks, bids }] = snapshot.data
    const levels = (side: RawSide) => side.map(({ price, qty }): Level => [String(price), String(qty)])

    expect(krakenChecksum(bookOf(levels(asks), levels(bids)), { price: 1, size: 8 })).toBe(checksum)
  })
})

type RawLevel = readonly [price: string, size: string, time: string]
interface RawSides {
  readonly as?: readonly RawLevel[]
  readonly bs?: readonly RawLevel[]
  readonly a?: readonly RawLevel[]
  readonly b?: readonly RawLevel[]
  readonly c?: string
}
const SUBSCRIBED_DEPTH = 1_000
const sessionFolder = recording('kraken-ws-v1-checksum')

describe.skipIf(sessionFolder === undefined)('Recorded books of Kraken, version 1', () => {
  it('have the checksum that came with each of the 4,269 updates', () => {
    const text = gunzipSync(readFileSync(`${sessionFolder}/KRAKEN.ws.50.0.gz`)).toString()
    const books = new Map<string, OrderBook>()
    let verified = 0
    const wrong: string[] = []
    for (const line of text.split('\n')) {
      const frame = line.slice(line.indexOf(': ') + 2)
      if (!frame.startsWith('[')) continue
      const [, ...rest] = JSON.parse(frame) as readonly [number, ...(RawSides | string)[]]
      const pair = String(rest.at(-1))
      // One message may hold both sides in two objects.
      const sides: RawSides = Object.assign({}, ...rest.filter((part) => typeof part === 'object'))
      const levels = (raw: readonly RawLevel[] = []) => raw.map(([price, size]): Level => [price, size])
      if (sides.as !== undefined || sides.bs !== undefined) {
        books.set(pair, bookOf(levels(sides.as), levels(sides.bs)))
        continue
      }
      const book = books.get(pair)
      book?.apply({ asks: levels(sides.a), bids: levels(sides.b) })
      book?.truncate(SUBSCRIBED_DEPTH)
      if (book !== undefined && krakenChecksum(book) === Number(sides.c)) verified += 1
      else wrong.push(line)
    }

    expect(wrong).toEqual([])
    expect(verified).toBe(4_269)
  })
})
