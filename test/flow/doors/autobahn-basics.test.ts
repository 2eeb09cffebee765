import { describe, expect, it } from 'vitest'
import { until } from '../support/test-app.ts'
import { OPCODE, RawWebSocket } from './support/raw-web-socket.ts'
import { sharedApp } from './support/shared-app.ts'

const { continuation, text, binary, close, ping, pong } = OPCODE
const MAX_BYTES = 70_000
const app = sharedApp({ maxMessageBytes: String(MAX_BYTES) })
const connect = () => new RawWebSocket(app).opened()
const REQUEST = '["subscriptions",{},"é"]'
const ANSWER = ['ack', 'é', { channels: [], patterns: [] }]
/** A request of exactly so many bytes. */
const requestOf = (bytes: number) => `["message","${'x'.repeat(bytes - '["message","",1]'.length)}",1]`
/** The first half of a two-byte character, and the second. */
const [HALF, OTHER_HALF] = [Buffer.from([0xc3]), Buffer.from([0xa9])]

describe('The native door takes', () => {
  it('a text message in one frame', async () => {
    const client = await connect()
    client.send(text, REQUEST)
    expect(await client.message('ack')).toEqual(ANSWER)
  })

  it('a text message in fragments, cut through a character, with pings in between that are answered first', async () => {
    const client = await connect()
    const bytes = Buffer.from(REQUEST)
    const cut = bytes.indexOf(HALF) + 1
    client.send(text, bytes.subarray(0, 5), { isFinal: false })
    client.send(ping, 'one')
    client.send(continuation, bytes.subarray(5, cut), { isFinal: false })
    client.send(continuation, '', { isFinal: false })
    client.send(ping, 'two')
    client.send(continuation, bytes.subarray(cut))
    expect(await client.message('ack')).toEqual(ANSWER)
    const payloads = client.frames.map(({ payload }) => payload.toString())
    const places = ['one', 'two', JSON.stringify(ANSWER)].map((payload) => payloads.indexOf(payload))
    expect(places).toEqual(places.toSorted((a, b) => a - b))
    expect(places).not.toContain(-1)
  })

  it('a message that arrives byte by byte', async () => {
    const client = await connect()
    const bytes = Buffer.from(REQUEST)
    client.send(text, bytes.subarray(0, 0), { isFinal: false })
    for (const [at] of bytes.entries())
      client.send(continuation, bytes.subarray(at, at + 1), { isFinal: at === bytes.length - 1 })
    expect(await client.message('ack')).toEqual(ANSWER)
  })

  it('many messages in one piece, and answers them in order', async () => {
    const client = await connect()
    client.socket.cork()
    for (let id = 0; id < 500; id++) client.sendJson(['subscriptions', {}, id])
    client.socket.uncork()
    await until(() => client.messages('ack').length === 500, 'answers')
    expect(client.messages('ack').map(([, id]) => id)).toEqual(Array.from({ length: 500 }, (_, id) => id))
  })

  it.each([0, 1, 125])('a ping of %i bytes, and answers with the same', async (length) => {
    const client = await connect()
    const payload = Buffer.alloc(length, 0xfe)
    client.send(ping, payload)
    await until(() => client.frames.some(({ opcode }) => opcode === pong), 'a pong')
    expect(client.frames.find(({ opcode }) => opcode === pong)?.payload.equals(payload)).toBe(true)
  })

  it('a pong that nobody asked for', async () => {
    const client = await connect()
    client.send(pong, 'unasked')
    client.send(text, REQUEST)
    expect(await client.message('ack')).toEqual(ANSWER)
  })

  it.each([125, 126, 65_535, 65_536, MAX_BYTES])('a message of %i bytes', async (bytes) => {
    const client = await connect()
    client.send(text, requestOf(bytes))
    expect(await client.message('message_back')).toEqual(['message_back', { result: 'OK' }])
  })

  it('a binary message for what it is, malformed, and says so', async () => {
    const client = await connect()
    client.send(binary, REQUEST)
    expect(await client.message('notice')).toMatchObject([
      'notice',
      { code: 100, name: 'badRequest', temporary: false }
    ])
    client.send(text, REQUEST)
    expect(await client.message('ack')).toEqual(ANSWER)
  })
})

describe('The native door closes with 1002 on', () => {
  it.each<readonly [string, readonly Parameters<RawWebSocket['send']>[]]>([
    ['a frame that is not masked', [[text, REQUEST, { isMasked: false }]]],
    ['reserved bit 1', [[text, REQUEST, { reserved: 0x40 }]]],
    ['reserved bit 2', [[text, REQUEST, { reserved: 0x20 }]]],
    ['reserved bit 3', [[ping, '', { reserved: 0x10 }]]],
    ['a reserved kind of data', [[3, REQUEST]]],
    ['a reserved kind of control', [[11, '']]],
    ['a continuation of nothing', [[continuation, REQUEST]]],
    [
      'a new message within one',
      [
        [text, '[', { isFinal: false }],
        [text, REQUEST]
      ]
    ],
    ['a ping in fragments', [[ping, 'x', { isFinal: false }]]],
    ['a ping of 126 bytes', [[ping, 'x'.repeat(126)]]],
    ['a closing of 126 bytes', [[close, 'x'.repeat(126)]]],
    ['a closing of one byte', [[close, 'x']]],
    ['a closing with code 999', [[close, Buffer.from([0x03, 0xe7])]]],
    ['a closing with code 1005', [[close, Buffer.from([0x03, 0xed])]]]
  ])('%s', async (_what, frames) => {
    const client = await connect()
    for (const frame of frames) client.send(...frame)
    expect(await client.closeCode()).toBe(1002)
  })
})

describe('The native door closes with 1007 on', () => {
  it.each<readonly [string, readonly Parameters<RawWebSocket['send']>[]]>([
    ['half a character', [[text, HALF]]],
    ['a character that is too long', [[text, Buffer.from([0xc0, 0xaf])]]],
    ['a surrogate', [[text, Buffer.from([0xed, 0xa0, 0x80])]]],
    [
      'a character that ends another message',
      [
        [text, HALF, { isFinal: false }],
        [continuation, Buffer.concat([HALF, OTHER_HALF])]
      ]
    ],
    ['a closing whose reason is no text', [[close, Buffer.from([0x03, 0xe8, 0xff])]]]
  ])('%s', async (_what, frames) => {
    const client = await connect()
    for (const frame of frames) client.send(...frame)
    expect(await client.closeCode()).toBe(1007)
  })
})

describe('The native door closes with 1009 on', () => {
  it.each<readonly [string, readonly Parameters<RawWebSocket['send']>[]]>([
    ['a message of one byte too many', [[text, requestOf(MAX_BYTES + 1)]]],
    ['the mere claim of a large message', [[text, '', { claim: BigInt(MAX_BYTES + 1) }]]],
    ['the mere claim of 2^53 bytes', [[text, '', { claim: 2n ** 53n }]]],
    [
      'fragments that are too many bytes together',
      [
        [text, 'x'.repeat(MAX_BYTES), { isFinal: false }],
        [continuation, 'x']
      ]
    ],
    ['binary of one byte too many', [[binary, 'x'.repeat(MAX_BYTES + 1)]]]
  ])('%s', async (_what, frames) => {
    const client = await connect()
    for (const frame of frames) client.send(...frame)
    expect(await client.closeCode()).toBe(1009)
  })
})

describe('A client of the native door that leaves', () => {
  it.each([
    ['without a code', Buffer.alloc(0), 1005],
    ['with 1000', Buffer.from([0x03, 0xe8]), 1000],
    ['with a code of its own and a reason', Buffer.concat([Buffer.from([0x0f, 0xa1]), Buffer.from('bye')]), 4001]
  ])('%s is answered with the same, and then the connection ends', async (_what, payload, code) => {
    const client = await connect()
    client.sendJson(['subscribe', ['quote:SIM:*'], 1])
    await client.message('updates')
    client.send(close, payload)
    expect(await client.closeCode()).toBe(code)
    expect(client.frames.at(-1)?.opcode).toBe(close)
  })

  it('by closing its half of the connection is let go', async () => {
    const client = await connect()
    client.sendJson(['subscribe', ['quote:SIM:*'], 1])
    await client.message('updates')
    client.socket.end()
    await until(() => client.isEnded, 'the end of the other half')
  })

  it('in the middle of a message is let go', async () => {
    const client = await connect()
    client.send(text, REQUEST, { claim: 1_000n })
    client.socket.end()
    await until(() => client.isEnded, 'the end of the other half')
  })
})

describe('A client of the native door that sends', () => {
  const MALFORMED = ['', 'x', '{}', '[]', '[1]', 'null', '["a",{},{}]', '["a",{},1,2]', '["a",{},null]', '["a"']

  it.each([
    [19, false],
    [20, true]
  ])('%i malformed messages is told of each, and closed for good: %s', async (count, isClosed) => {
    const client = await connect()
    for (let n = 0; n < count; n++) {
      client.send(n % 5 === 0 ? binary : text, MALFORMED[n % MALFORMED.length])
      client.sendJson(['message'])
    }
    if (isClosed) expect(await client.closeCode()).toBe(4500)
    else await until(() => client.messages('message_back').length === count, 'messages back')
    const notices = client.messages('notice').filter(([, payload]) => (payload as { code: number }).code === 100)
    expect(notices).toHaveLength(count)
    if (!isClosed) return
    expect(client.frames.at(-1)?.payload.toString('utf8', 2)).toBe('protocolViolation')
  })
})
