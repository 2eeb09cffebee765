import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Trade } from '../../../src/protocol/market-data.ts'
import { BATCH_LINE_LIMIT, REPORTED_ERROR_LIMIT } from '../../../workers/feeds/feed-replay.ts'
import { SCAN_LINE_LIMIT } from '../../../workers/feeds/replay/session-files.ts'
import { bare, frame, makeSession, startMs } from './replay/binance-session.ts'
import {
  asGzip,
  asText,
  auditBook,
  batchesOf,
  collect,
  createReplay,
  ofKind,
  writeTemporary
} from './replay/replay-run.ts'

const seed = 20_240_811
const trade = (id: number, receiveTimeMs = startMs) =>
  frame(receiveTimeMs, 'btcusdt@trade', { e: 'trade', s: 'BTCUSDT', t: id, p: '1', q: '1', T: startMs, m: true })
const trades = (count: number) => Array.from({ length: count }, (_, index) => trade(index))

describe('A replay', () => {
  it(`rebuilds the venue's book from deltas that straddle the snapshot, and loses no trade (seed ${seed})`, async () => {
    const session = makeSession(seed, 400)
    const { feed } = createReplay([writeTemporary('session.gz', asGzip(session.lines))])
    const messages = await collect(feed)

    expect(ofKind(messages, 'trade').map(({ data }) => (data as Trade).id)).toEqual(session.tradeIds)
    // Two deltas lie wholly before the snapshot; the first quote that can be compared ends the straddling one.
    expect(auditBook(messages)).toEqual({ crossedCount: 0, comparedCount: session.deltaCount - 2, differences: [] })
    expect(feed.inputErrors).toBe(0)
  })

  it('plays several files as one session, plain or gzip by content, whatever their names', async () => {
    const session = makeSession(seed, 90)
    const third = Math.ceil(session.lines.length / 3)
    const parts = [0, 1, 2].map((part) => session.lines.slice(part * third, (part + 1) * third))
    const [first = [], second = [], last = []] = parts
    const files = [
      writeTemporary('a.gz', asText(first)),
      writeTemporary('b.txt', asGzip(second)),
      writeTemporary('c', Buffer.concat([asGzip(last.slice(0, 9)), asGzip(last.slice(9))]))
    ]
    const inParts = await collect(createReplay(files).feed)
    const inOne = await collect(createReplay([writeTemporary('whole', asText(session.lines))]).feed)

    expect(inParts).toEqual(inOne)
    expect(inOne.length).toBeGreaterThan(session.deltaCount)
  })

  it('can wait for slow clients, and takes no more lines than one batch may hold', async () => {
    const { feed } = createReplay([writeTemporary('session', asText(trades(BATCH_LINE_LIMIT + 1)))])
    await feed.open()
    const sizes: number[] = []
    for await (const batch of batchesOf(feed)) sizes.push(batch.length)

    expect(feed.canPause).toBe(true)
    expect(sizes).toEqual([BATCH_LINE_LIMIT, 1])
  })

  it('knows how many lines it has played, and how many bytes of the files that took', async () => {
    const [first, second] = [asGzip(trades(300)), Buffer.from(asText(trades(200)))]
    const { feed } = createReplay([writeTemporary('a', first), writeTemporary('b', second)])
    await feed.open()
    expect([feed.lineCount, feed.byteCount]).toEqual([0, 0])
    for await (const _batch of feed.messages());
    expect([feed.lineCount, feed.byteCount]).toEqual([500, first.length + second.length])
  })

  it('counts and names malformed lines, and plays on', async () => {
    const lines = [trade(1), 'no line at all', `${trade(2).slice(0, -5)}`, '', trade(3), bare(startMs, [])]
    const path = writeTemporary('session', asText(lines))
    const { feed, logs } = createReplay([path])
    const messages = await collect(feed)

    expect(messages).toHaveLength(2)
    expect(feed.inputErrors).toBe(3)
    expect(logs.slice(0, 3)).toEqual([
      `warn: ${path}:2: expected "<receive time in ns> <frame>"`,
      `warn: ${path}:3: expected a JSON frame, found broken JSON`,
      `warn: ${path}:6: expected a JSON object`
    ])
    expect(logs.at(-1)).toBe('info: Replay finished: 2 messages, 0 lines ignored, 3 input errors')
  })

  it('tells a few malformed lines only, however many there are', async () => {
    const { feed, logs } = createReplay([writeTemporary('session', asText([trade(1), ...Array(100).fill('?')]))])
    await collect(feed)

    expect(feed.inputErrors).toBe(100)
    const warnings = logs.filter((line) => line.startsWith('warn'))
    expect(warnings).toHaveLength(REPORTED_ERROR_LIMIT)
    expect(warnings.at(-1)).toMatch(/further input errors are only counted$/)
  })

  it('plays what a truncated gzip file holds, and says that it breaks off', async () => {
    const whole = asGzip(makeSession(seed, 500).lines)
    const path = writeTemporary('truncated.gz', whole.subarray(0, whole.length - 2_000))
    const next = writeTemporary('next', asText([trade(9)]))
    const { feed, logs } = createReplay([path, next])
    const messages = await collect(feed)

    expect(messages.length).toBeGreaterThan(500)
    expect(ofKind(messages, 'trade').at(-1)?.data).toMatchObject({ id: '9' })
    expect(logs.join('\n')).toMatch(/truncated\.gz:\d+: the file breaks off: unexpected end of file/)
  })

  it('begins again at the first file when it loops, with a new snapshot of each book', async () => {
    const session = makeSession(seed, 50)
    const { feed } = createReplay([writeTemporary('session', asText(session.lines))], { loop: true })
    const once = await collect(createReplay([writeTemporary('session', asText(session.lines))]).feed)
    const messages = await collect(feed, once.length * 3)

    expect(messages.slice(0, once.length * 3)).toEqual([...once, ...once, ...once])
  })

  it('makes a book live in the next pass that was left recovering in the last', async () => {
    const session = makeSession(seed, 50)
    const deltaLines = [...session.lines.keys()].filter((index) => session.lines[index]?.includes('depthUpdate'))
    const withGap = session.lines.toSpliced(deltaLines[30] ?? 0, 1)
    const { feed } = createReplay([writeTemporary('session', asText(withGap))], { loop: true })
    const messages = await collect(feed, session.lines.length * 2)

    expect(messages.filter((message) => 'quality' in message).slice(0, 3)).toEqual([
      { quality: 'recovering', cause: 'gap', channels: ['book:BINANCE:BTC-USDT'] },
      { quality: 'live', cause: 'none', channels: ['book:BINANCE:BTC-USDT'] },
      { quality: 'recovering', cause: 'gap', channels: ['book:BINANCE:BTC-USDT'] }
    ])
  })

  it('does not loop over a session without a message', async () => {
    const { feed } = createReplay([writeTemporary('session', asText([frame(startMs, 'btcusdt@kline_1m', {})]))], {
      loop: true
    })

    expect(await collect(feed)).toEqual([])
  })

  it('declares the channels of every stream at the beginning of the session, books before their snapshot', async () => {
    const ticker = (symbol: string) => ({ s: symbol, u: 1, b: '1', B: '1', a: '2', A: '1' })
    const depth = { e: 'depthUpdate', s: 'BTCUSDT', E: startMs, U: 1, u: 2, b: [], a: [] }
    const lines = [
      ...trades(SCAN_LINE_LIMIT - 2),
      frame(startMs, 'btcusdt@depth@100ms', depth),
      frame(startMs, 'ethbtc@bookTicker', ticker('ETHBTC')),
      frame(startMs, 'bnbeur@bookTicker', ticker('BNBEUR'))
    ]
    const { feed } = createReplay([writeTemporary('session', asText(lines))])

    expect(await feed.open()).toEqual([
      { channel: 'trade:BINANCE:BTC-USDT' },
      { channel: 'book:BINANCE:BTC-USDT' },
      { channel: 'quote:BINANCE:ETH-BTC' }
    ])
  })

  it('says what is wrong with files it cannot play', async () => {
    const missing = join(import.meta.dirname, 'no-such-recording.gz')
    const other = writeTemporary('other.csv', 'time,price\n1,2\n')
    const empty = writeTemporary('empty', '')

    await expect(createReplay([missing]).feed.open()).rejects.toThrow(
      `Cannot replay ${missing}: expected a file, found none. Check the path and its permissions`
    )
    await expect(createReplay([import.meta.dirname]).feed.open()).rejects.toThrow('found a folder')
    await expect(createReplay([other]).feed.open()).rejects.toThrow(
      /expected .*tickcast.*Binance.*; found "time,price"/
    )
    await expect(createReplay([empty]).feed.open()).rejects.toThrow('expected recorded lines, found none')
  })

  it('passes over an empty file of a session', async () => {
    const files = [writeTemporary('empty', ''), writeTemporary('full', asText(trades(3)))]

    expect(await collect(createReplay(files).feed)).toHaveLength(3)
  })

  it('says at the start of each pass that its time begins anew, before anything else', async () => {
    const { feed } = createReplay([writeTemporary('session', asText(trades(3)))], { loop: true })
    await feed.open()
    const kinds: string[] = []
    for await (const batch of feed.messages()) {
      kinds.push(...batch.map((message) => ('rewind' in message ? 'rewind' : 'trade')))
      if (kinds.length >= 8) break
    }

    expect(kinds).toEqual(['rewind', 'trade', 'trade', 'trade', 'rewind', 'trade', 'trade', 'trade'])
  })

  it('ends soon when it is closed, while it waits to be pulled', async () => {
    const { feed } = createReplay([writeTemporary('session', asText(trades(10_000)))])
    await feed.open()
    const batches = feed.messages()[Symbol.asyncIterator]()
    await batches.next()
    await feed.close()
    await feed.close()

    expect((await batches.next()).done).toBe(true)
  })
})
