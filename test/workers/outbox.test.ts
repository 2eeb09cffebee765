import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FLAG } from '../../src/protocol/port-messages.ts'
import { Outbox } from '../../workers/outbox.ts'
import { bids, bookDelta, bookSnapshot, quote, trade } from '../support/messages.ts'
import { KeptPort, recordsIn } from '../support/segments.ts'

const seed = 20_240_812

function openOutbox(credit = 1_000_000, merges = true) {
  const port = new KeptPort()
  return { port, outbox: new Outbox({ port, epoch: 'e1', credit, merges, now: () => 5_000 }) }
}

/** The JSON of each message posted, byte by byte as the records say. */
function jsons(port: KeptPort): string[] {
  return port.batches.flatMap((batch) =>
    recordsIn(batch).map(({ start, end }) => Buffer.from(batch.bytes.subarray(start, end)).toString())
  )
}

describe('What a producer sends', () => {
  it('is JSON of exactly one form', () => {
    const { port, outbox } = openOutbox()
    for (const message of [quote('A', 1), quote('A', 2), trade('A', 9), trade('A', 10)]) outbox.publish(message)
    outbox.publish(bookSnapshot('A', bids('10:1')))
    outbox.publish(bookDelta('A', bids('10:0')))
    outbox.flush()

    const quoteData = (n: number) => `{"bid":"${n}","bidSize":"1","ask":"${n + 1}","askSize":"2"}`
    const tradeData = (n: number) => `{"id":"${n}","price":"10","size":"1","side":"buy"}`
    const first = '"type":"snapshot","epoch":"e1"'
    expect(jsons(port)).toEqual([
      `{"channel":"quote:SIM:A","seq":1,${first},"exchangeTime":1001,"ingestTime":5000,"data":${quoteData(1)}}`,
      `{"channel":"quote:SIM:A","seq":2,"exchangeTime":1002,"ingestTime":5000,"data":${quoteData(2)}}`,
      `{"channel":"trade:SIM:A","seq":1,"exchangeTime":1009,"ingestTime":5000,"data":${tradeData(9)}}`,
      `{"channel":"trade:SIM:A","seq":2,"exchangeTime":1010,"ingestTime":5000,"data":${tradeData(10)}}`,
      `{"channel":"book:SIM:A","seq":1,${first},"exchangeTime":1000,"ingestTime":5000,"data":{"bids":[["10","1"]],"asks":[]}}`,
      '{"channel":"book:SIM:A","seq":2,"exchangeTime":1000,"ingestTime":5000,"data":{"bids":[["10","0"]],"asks":[]}}'
    ])
    expect(port.batches.flatMap(recordsIn).map(({ flags }) => flags)).toEqual([
      ...[FLAG.snapshot, 0, 0, 0],
      ...[FLAG.snapshot, FLAG.delta]
    ])
  })

  it('names the range that a merged message stands for', () => {
    const { port, outbox } = openOutbox(1)
    for (let n = 1; n <= 4; n++) outbox.publish(quote('A', n))
    outbox.flush()
    outbox.grant(10, 1)

    expect(jsons(port)[1]).toMatch(/^\{"channel":"quote:SIM:A","seq":4,"prev":1,"exchangeTime":1004,/)
    expect(port.batches.flatMap(recordsIn)).toMatchObject([
      { seq: 1, prev: 0 },
      { seq: 4, prev: 1 }
    ])
  })

  it(`is numbered from 1 by 1 on each channel, however channels alternate (seed ${seed})`, () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('A', 'B', 'C')), (symbols) => {
        const { port, outbox } = openOutbox()
        for (const symbol of symbols) outbox.publish(trade(symbol, 1))
        outbox.flush()
        const last = new Map<string, number>()
        for (const { channel, seq } of port.updates) {
          expect(seq).toBe((last.get(channel) ?? 0) + 1)
          last.set(channel, seq)
        }
        expect(port.updates).toHaveLength(symbols.length)
      }),
      { seed }
    )
  })

  it(`arrives as it was, whatever its text (seed ${seed})`, () => {
    const text = fc.string({ unit: 'binary', maxLength: 30 })
    const value = fc.oneof(text, fc.integer(), fc.constantFrom('👩‍👩‍👧', 'e\u0301', '\u0000"\\', '\u2028', '\ud800'))
    fc.assert(
      fc.property(fc.array(fc.dictionary(text, value), { minLength: 1, maxLength: 20 }), (payloads) => {
        const { port, outbox } = openOutbox()
        for (const data of payloads) outbox.publish({ channel: 'note:SIM:A', exchangeTime: 1, data })
        outbox.flush()
        const received = jsons(port).map((json) => JSON.parse(json) as { data: unknown })
        expect(received.map(({ data }) => data)).toEqual(payloads.map((data) => JSON.parse(JSON.stringify(data))))
      }),
      { seed, numRuns: 200 }
    )
  })

  it('may be several megabytes long', () => {
    const { port, outbox } = openOutbox()
    const data = { text: '🚀'.repeat(1_500_000) }
    outbox.publish({ channel: 'note:SIM:A', exchangeTime: 1, data })
    outbox.publish(quote('A', 1))
    outbox.flush()
    const [large = '', small = ''] = jsons(port)

    expect((JSON.parse(large) as { data: typeof data }).data.text === data.text).toBe(true)
    expect(JSON.parse(small)).toMatchObject({ channel: 'quote:SIM:A', seq: 1 })
  })

  it('goes out after 512 messages although more is at hand', () => {
    const { port, outbox } = openOutbox()
    for (let n = 1; n <= 511; n++) outbox.publish(trade('A', n))
    expect(port.batches).toHaveLength(0)
    outbox.publish(trade('A', 512))
    expect(port.batches.map(({ credit: count }) => count)).toEqual([512])
    expect(outbox.isEmpty).toBe(true)
  })
})

describe('A producer declares', () => {
  const names = (port: KeptPort) =>
    port.posted.flatMap((message) => (message.type === 'channels' ? message.channels : []))

  it('its channels before their first message, each with its contract', () => {
    const { port, outbox } = openOutbox()
    outbox.declare([
      { channel: 'trade:SIM:A' },
      { channel: 'quote:SIM:A' },
      { channel: 'note:SIM:A', contract: 'event' }
    ])
    outbox.declare([{ channel: 'trade:SIM:A' }])
    outbox.publish(quote('A', 1))
    outbox.flush()

    expect(names(port)).toEqual([
      { name: 'trade:SIM:A', form: 'channel', contract: 'event' },
      { name: 'quote:SIM:A', form: 'channel', contract: 'state' },
      { name: 'note:SIM:A', form: 'channel', contract: 'event' }
    ])
    expect(port.batches.flatMap(recordsIn)).toMatchObject([{ channel: 1 }])
  })

  it('a channel it did not know beforehand, before the message that needs it', () => {
    const { port, outbox } = openOutbox()
    outbox.declare([{ channel: 'trade:SIM:A' }])
    outbox.publish(trade('B', 1))
    outbox.publish(trade('B', 2))
    outbox.flush()

    expect(port.posted.map(({ type }) => type)).toEqual(['channels', 'channels', 'batch'])
    expect(names(port).map(({ name }) => name)).toEqual(['trade:SIM:A', 'trade:SIM:B'])
    expect(port.batches.flatMap(recordsIn)).toMatchObject([
      { channel: 1, seq: 1 },
      { channel: 1, seq: 2 }
    ])
  })

  it('books as state, because a delta makes no sense alone', () => {
    const { port, outbox } = openOutbox()
    outbox.declare([{ channel: 'book:SIM:A', contract: 'event' }])

    expect(names(port)[0]).toEqual({ name: 'book:SIM:A', form: 'channel', contract: 'state' })
  })

  it('nothing that is not a channel name', () => {
    const { outbox } = openOutbox()
    const publish = (channel: string) => outbox.publish({ channel, exchangeTime: 1, data: {} })

    for (const name of ['', 'trade', 'trade:SIM:ä', 'trade:SIM:a"b', 'Trade:SIM:A', 'trade:SIM:A:1:2']) {
      expect(() => publish(name)).toThrow('bad channel name')
    }
  })

  it('nothing without JSON', () => {
    const { outbox } = openOutbox()

    expect(() => outbox.publish({ on: 'news', data: undefined })).toThrow('no JSON for news')
  })
})

describe('Beside its channels a producer sends', () => {
  it('plain events as their bare data, in order with the rest', () => {
    const { port, outbox } = openOutbox()
    outbox.publish(quote('A', 1))
    outbox.publish({ on: 'news "flash"', data: { headline: 'é' } })
    outbox.publish({ on: 'news "flash"', data: null })
    outbox.flush()

    expect(port.posted.map((message) => message.type === 'channels' && message.channels)).toContainEqual([
      { name: 'news "flash"', form: 'plain', contract: 'event' }
    ])
    expect(jsons(port).slice(1)).toEqual(['{"headline":"é"}', 'null'])
    expect(port.batches.flatMap(recordsIn)).toMatchObject([
      { channel: 0, seq: 1 },
      { channel: 1, seq: 1 },
      { channel: 1, seq: 2 }
    ])
  })

  it('how far its channels can be trusted, after what it published before', () => {
    const { port, outbox } = openOutbox()
    outbox.publish(quote('A', 1))
    outbox.publish({ quality: 'stale', cause: 'venue_silent' })
    outbox.publish({ quality: 'live', cause: 'none', channels: ['quote:SIM:A', 'quote:SIM:UNKNOWN'] })

    expect(port.posted.slice(1)).toMatchObject([
      { type: 'batch', credit: 1 },
      { type: 'quality', quality: 'stale', cause: 'venue_silent' },
      { type: 'quality', quality: 'live', cause: 'none', channels: [0] }
    ])
    expect(port.posted[2]).not.toHaveProperty('channels')
  })
})
