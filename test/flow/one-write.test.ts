import { expect, it, onTestFinished } from 'vitest'
import { NativeClient, SocketIoClient } from './doors/support/doors.ts'
import { ProducerFile } from './support/producer-file.ts'
import { startTestApp, until } from './support/test-app.ts'

const CHANNELS = ['quote:LAB:A', 'quote:LAB:B', 'trade:LAB:A', 'trade:LAB:B'] as const
const UPDATES_EVENTS = 400
/** Heartbeats that may go alone, because the machine did nothing for as long as lies between two. */
const MAX_LONE = 3
/** Those of Engine.IO and of WebSocket. */
const MAX_PING_BYTES = 3
/** Every way down to the operating system that a TCP handle has. */
const WRITES = ['writeBuffer', 'writev', 'writeUtf8String', 'writeLatin1String', 'writeAsciiString'] as const

type Handle = Record<string, (request: unknown, data: unknown, ...rest: unknown[]) => number> & {
  getsockname(into: { port?: number }): void
}

/** Watches what is written to the sockets of a server: for each, how many events of updates every write had, in order. */
function watchWrites(port: number): Map<object, number[]> {
  const bySocket = new Map<object, number[]>()
  // The handle is of a class of its own, which Node.js gives to nobody.
  const { prototype } = (Reflect.get(process, 'binding') as (name: string) => { TCP: { prototype: Handle } })(
    'tcp_wrap'
  ).TCP
  for (const name of WRITES) {
    const write = prototype[name]
    if (write === undefined) throw new Error(`a handle has no ${name}`)
    prototype[name] = function (this: Handle, request: unknown, data: unknown, ...rest: unknown[]) {
      const own: { port?: number } = {}
      this.getsockname(own)
      if (own.port === port) {
        const text = Buffer.isBuffer(data) ? data.toString('latin1') : String(data)
        const writes = bySocket.get(this) ?? []
        bySocket.set(this, writes)
        // Pings come in their own time.
        if (text.length > MAX_PING_BYTES) writes.push(text.split('["updates",').length - 1)
      }
      return write.call(this, request, data, ...rest)
    }
    onTestFinished(() => {
      prototype[name] = write
    })
  }
  return bySocket
}

it('is written to by one system call for each flush, whatever the flush has for it, heartbeats included', async () => {
  const producer = new ProducerFile(
    'lab',
    `export default { channels: ${JSON.stringify(CHANNELS)}, async *messages() {
      for (let n = 1; ; n++) {
        yield ${JSON.stringify(CHANNELS)}.map((channel) => ({ channel, data: channel.startsWith('quote') ? quote(n) : trade(n) }))
        await wait(5)
      }
    } }`
  )
  const app = await startTestApp({ feed: producer.feed, heartbeatMs: '500' })
  const writes = watchWrites(app.address.port)
  const clients = [
    new SocketIoClient(app, ['websocket']),
    new SocketIoClient(app, ['websocket']),
    new NativeClient(app),
    new NativeClient(app)
  ]
  await Promise.all(clients.map((client, n) => client.subscribe(...CHANNELS.slice(0, 1 + n))))
  const eventsOf = (client: (typeof clients)[number]) => client.payloadsOf('updates').length
  await until(() => clients.every((client) => eventsOf(client) > UPDATES_EVENTS), 'updates')

  const streams = [...writes.values()].filter((list) => list.some((events) => events > 0))
  expect(streams).toHaveLength(clients.length)
  for (const list of streams) {
    const stream = list.slice(
      list.findIndex((events) => events > 0),
      list.findLastIndex((events) => events > 0)
    )
    expect(stream.length).toBeGreaterThan(UPDATES_EVENTS / 2)
    expect(stream.filter((events) => events > 1)).toEqual([])
    expect(stream.filter((events) => events === 0).length).toBeLessThanOrEqual(MAX_LONE)
  }
  for (const client of clients) expect(client.heartbeats).toBeGreaterThan(MAX_LONE)
})
