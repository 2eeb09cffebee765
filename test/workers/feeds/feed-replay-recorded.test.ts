import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { Trade } from '../../../src/protocol/market-data.ts'
import { auditBook, collect, createReplay, ofKind } from './replay/replay-run.ts'

const folder = fileURLToPath(new URL('../../../../shared/data/binance-spot-btcusdt-ws/', import.meta.url))
const files = ['spot_btcusdt_20240808.gz', 'spot_btcusdt_20240809.gz'].map((name) => `${folder}${name}`)
const isThere = files.every((file) => existsSync(file))
if (!isThere)
  console.warn('Skipped: the recorded Binance session (../shared/data/binance-spot-btcusdt-ws) is not there')

describe.skipIf(!isThere)('A replay of a recorded Binance session', () => {
  it('gives every trade in order, and a book that is never crossed and agrees with the exchange at every shared id', async () => {
    const { feed } = createReplay(files)
    const messages = await collect(feed)

    const ids = ofKind(messages, 'trade').map(({ data }) => Number((data as Trade).id))
    expect(ids).toHaveLength(19_904)
    expect(ids.every((id, index) => index === 0 || id === (ids[index - 1] ?? 0) + 1)).toBe(true)
    expect(ofKind(messages, 'quote')).toHaveLength(73_174)
    const books = ofKind(messages, 'book')
    expect(books.filter(({ isSnapshot }) => isSnapshot)).toHaveLength(1)
    expect(books).toHaveLength(1 + 6_493)
    expect(auditBook(messages)).toEqual({ crossedCount: 0, comparedCount: 1_072, differences: [] })
    expect(messages).toHaveLength(19_904 + 73_174 + 1 + 6_493)
    expect(feed.inputErrors).toBe(0)
  })

  it('declares its channels before the first message', async () => {
    const { feed } = createReplay(files)

    expect((await feed.open()).map(({ channel }) => channel).toSorted()).toEqual([
      'book:BINANCE:BTC-USDT',
      'quote:BINANCE:BTC-USDT',
      'trade:BINANCE:BTC-USDT'
    ])
  })
})
