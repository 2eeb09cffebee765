import { connect as connectTcp, type Socket } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import type { App } from '../../src/app.ts'
import type { Answer } from '../../src/protocol/requests.ts'
import type { Notice } from '../../src/protocol/server-events.ts'
import { ProducerFile } from './support/producer-file.ts'
import { startTestApp, until } from './support/test-app.ts'
import { TestClient } from './support/test-client.ts'

const DEEP = 50_000
/** Nested beyond what a recursive function can walk; written as text, because building it recurses as well. */
const deep = () => JSON.parse('['.repeat(2_000) + ']'.repeat(2_000)) as unknown

const NO_WISHES: readonly unknown[] = [
  undefined,
  null,
  true,
  42,
  Number.MAX_VALUE,
  {},
  { channels: null },
  { channels: 'quote:SIM:AAPL' },
  { channels: {} },
  { channels: { length: 3 } },
  { channel: 'quote:SIM:AAPL' },
  { channels: [null] },
  { channels: [42] },
  { channels: [[]] },
  { channels: [['quote:SIM:AAPL']] },
  { channels: [{}] },
  { channels: [{ channel: null }] },
  { channels: [{ channel: ['quote:SIM:AAPL'] }] },
  { channels: [{ channel: 'quote:SIM:AAPL', maxRateHz: 'fast' }] },
  { channels: [{ channel: 'quote:SIM:AAPL', maxRateHz: 0 }] },
  { channels: [{ channel: 'quote:SIM:AAPL', maxRateHz: -1 }] },
  { channels: [{ channel: 'quote:SIM:AAPL', resume: 7 }] },
  { channels: [{ channel: 'quote:SIM:AAPL', resume: { epoch: 'x' } }] },
  { channels: [{ channel: 'quote:SIM:AAPL', resume: { epoch: 1, seq: 1 } }] },
  { channels: [{ channel: 'quote:SIM:AAPL', resume: { epoch: 'x', seq: 1.5 } }] },
  { channels: [{ channel: 'quote:SIM:AAPL', resume: { epoch: 'x', seq: '1' } }] },
  { channels: ['quote:SIM:AAPL', 7] },
  Buffer.from('bytes'),
  { channels: Buffer.from('bytes') },
  { channels: [Buffer.from('bytes')] },
  { channels: [deep()] }
]

async function isWell(app: App): Promise<void> {
  const client = new TestClient(app)
  const { channels } = await client.subscribe('quote:SIM:AAPL')
  expect(channels[0]?.ok).toBe(true)
  await until(() => client.updates > 5, 'updates for a well-behaved client')
  expect(client.violations).toEqual([])
}

it('answers requests of every wrong form with code 100, and goes on', async () => {
  const app = await startTestApp()
  const client = new TestClient(app)
  for (const payload of NO_WISHES) {
    const answer = await client.request<Answer>('subscribe', payload)
    expect([payload, answer]).toMatchObject([payload, { error: { code: 100, name: 'badRequest', temporary: false } }])
  }
  for (const payload of [null, 7, {}, { channels: [7] }, { channels: [{ channel: 'quote:SIM:AAPL' }] }]) {
    expect(await client.request('unsubscribe', payload)).toMatchObject({ error: { code: 100 } })
  }
  for (const payload of [undefined, null, 7, [], {}, { channel: 7 }, deep()]) {
    expect(await client.request('snapshot', payload)).toMatchObject({ error: { code: 100 } })
  }
  expect(await client.request('subscriptions')).toEqual({ channels: [], patterns: [] })
  await isWell(app)
})

it('answers events it does not know with code 101, with and without an acknowledgement', async () => {
  const app = await startTestApp()
  const client = new TestClient(app)
  const names = ['nonsense', '', 'hello', 'updates', 'error', '__proto__', 'constructor', 'x'.repeat(1_000)]
  for (const name of names) {
    expect(await client.request(name, {})).toMatchObject({ error: { code: 101, name: 'unknownRequest' } })
  }
  client.socket.emit('nonsense', 1, [2], { three: 3 })
  await until(() => client.notices.some(({ code }: Notice) => code === 101), 'a notice')
  await isWell(app)
})

it('stays quick when a client asks for too much at once, or for patterns that are hard to match', async () => {
  const name = `quote:LAB:${'A'.repeat(64)}`
  const file = new ProducerFile(
    'long-names',
    `export default { channels: ['${name}'], async *messages() { yield { channel: '${name}', data: quote(1) }; await forever() } }`
  )
  const app = await startTestApp({ feed: ['synthetic', file.feed] })
  const client = new TestClient(app)
  await client.subscribe('quote:SIM:AAPL')
  const startedMs = performance.now()
  const many = Array.from({ length: 21_000 }, (_, n) => `q*:SIM:X*${n}`)
  const names = Array.from({ length: 21_000 }, (_, n) => `quote:SIM:X${n}`)
  for (const channels of [many, names]) {
    expect(await client.request('subscribe', { channels })).toMatchObject({ error: { code: 100 } })
    expect(await client.request('unsubscribe', { channels })).toMatchObject({ error: { code: 100 } })
  }
  const hard = await client.subscribe(`quote:LAB:${'*A'.repeat(20)}B`, `quote:LAB:${'*A'.repeat(20)}*`)

  expect(hard.channels.map(({ channel, ok }) => [channel, ok])).toEqual([
    [`quote:LAB:${'*A'.repeat(20)}B`, false],
    [name, true]
  ])
  expect(performance.now() - startedMs).toBeLessThan(10_000)
  await isWell(app)
})

/** A WebSocket handshake by hand, and masked text frames that no library would send. */
async function rawSocket(app: App, path = '/socket.io/?EIO=4&transport=websocket'): Promise<RawSocket> {
  const { host, port } = app.address
  const socket = connectTcp(port, host)
  onTestFinished(() => {
    socket.destroy()
  })
  const raw: RawSocket = {
    socket,
    text: '',
    isClosed: false,
    send: (text, opcode) => socket.write(frameOf(text, opcode))
  }
  socket.on('data', (chunk: Buffer) => {
    raw.text += chunk.toString('latin1')
  })
  socket.on('close', () => {
    raw.isClosed = true
  })
  socket.on('error', () => undefined)
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: ${host}:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'
  )
  await until(() => raw.text.includes('101 Switching') || raw.isClosed, 'the handshake')
  return raw
}

interface RawSocket {
  readonly socket: Socket
  text: string
  isClosed: boolean
  send(text: string, opcode?: number): void
}

function frameOf(text: string, opcode = 0x81): Buffer {
  const payload = Buffer.from(text)
  const header = Buffer.alloc(14)
  header[0] = opcode
  header[1] = 0x80 | 127
  header.writeUInt32BE(payload.length, 6)
  return Buffer.concat([header, payload])
}

const NAMESPACE = '/ws/rt_market'
/** A close frame without a code: how Engine.IO ends a WebSocket. */
const CLOSE_FRAME = '\x88\x00'

const PACKETS: Readonly<Record<string, string>> = {
  'an event that is no list': `42${NAMESPACE},{"a":1}`,
  'an empty event': `42${NAMESPACE},[]`,
  'an event without a name': `42${NAMESPACE},[null]`,
  'an event of a number': `42${NAMESPACE},[1,2]`,
  'a reserved event': `42${NAMESPACE},["disconnect"]`,
  'broken JSON': `42${NAMESPACE},["subscribe",{`,
  'an acknowledgement of nothing': `43${NAMESPACE},99[1]`,
  'an event of a namespace that it did not enter': '42["subscribe",{}]',
  'another namespace': '40/elsewhere,',
  'a second connect': `40${NAMESPACE},`,
  'a connect with a list': `40${NAMESPACE},[1]`,
  'a connect error': `44${NAMESPACE},{"message":"x"}`,
  'binary attachments that never come': `4599-${NAMESPACE},["subscribe",{"_placeholder":true,"num":0}]`,
  'a placeholder without an attachment': `42${NAMESPACE},["subscribe",{"_placeholder":true,"num":5}]`,
  'an unknown packet type': '49',
  'an unknown engine packet': 'x',
  'a pong out of turn': '3',
  'a close': '1',
  'nothing at all': '',
  'deep nesting': `42${NAMESPACE},1["subscribe",{"channels":[${'['.repeat(DEEP)}${']'.repeat(DEEP)}]}]`,
  'deep nesting in an unknown event': `42${NAMESPACE},["x",${'{"a":'.repeat(DEEP)}1${'}'.repeat(DEEP)}]`,
  'polluting names': `42${NAMESPACE},1["subscribe",{"__proto__":{"channels":["x"]},"constructor":{"prototype":{}}}]`,
  'a message over the limit': `42${NAMESPACE},["message","${'x'.repeat(1_100_000)}"]`
}

it('answers or closes on every packet that no library would send, and serves others well', async () => {
  const app = await startTestApp()
  await Promise.all(
    Object.entries(PACKETS).map(async ([what, packet]) => {
      const raw = await rawSocket(app)
      raw.send(`40${NAMESPACE},`)
      await until(() => raw.text.includes('"hello"'), 'hello')
      raw.send(packet)
      raw.send(`42${NAMESPACE},7["subscriptions",{}]`)
      const isEnded = () => raw.isClosed || raw.text.includes(CLOSE_FRAME)
      await until(() => isEnded() || raw.text.includes(`43${NAMESPACE},7[`), `an answer or the end after ${what}`)
    })
  )
  await isWell(app)
})
