import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import fc from 'fast-check'
import { expect, it, onTestFinished, vi } from 'vitest'
import type { Connection } from '../../src/gateway/connection.ts'
import { type DoorKind, Frame } from '../../src/gateway/frame.ts'
import { TURNS } from '../../src/gateway/heartbeat-times.ts'
import { Subscriber } from '../../src/gateway/subscriber.ts'
import { Wire } from '../../src/gateway/wire.ts'
import { WRITES_PER_BATCH } from '../../src/gateway/write-batch.ts'
import { framesIn } from './support/frames.ts'
import { cohortWith, openStream } from './support/stream.ts'

const CLIENTS = 3
/** Bytes of a large frame that is still put together in memory which is used again. */
const LENT = 100_000
const WAIT = { timeout: 50_000 }

/** A client over TCP, with nothing between its wire and the writer. */
class Client {
  readonly near: Socket
  readonly far: Socket
  readonly subscriber: Subscriber
  readonly wire: Wire
  readonly #chunks: Buffer[] = []
  /** How many frames went the long way. */
  sends = 0

  constructor(near: Socket, far: Socket, door: DoorKind) {
    this.near = near
    this.far = far
    const wire = new Wire(near)
    this.wire = wire
    far.on('data', (chunk: Buffer) => this.#chunks.push(chunk))
    const connection = {
      ...{ door, wire, id: 'tcp', address: '127.0.0.1', transport: 'websocket', takenBytes: 0 },
      get backlogBytes() {
        return wire.backlogBytes
      },
      get clearHandle() {
        return wire.clearHandle
      },
      send: (frame: Frame, next?: Frame) => {
        this.sends += 1
        return wire.send(frame, next, door)
      },
      sendAll: () => undefined,
      close: () => undefined
    } satisfies Connection
    this.subscriber = new Subscriber(connection, 0)
  }

  get bytes(): number {
    return this.#chunks.reduce((sum, { length }) => sum + length, 0)
  }

  /** What came since the last time: the numbers of updates, and the names of other events. */
  take(): (string | number)[] {
    const events = framesIn(Buffer.concat(this.#chunks.splice(0))) as [string, ...unknown[]][]
    return events.map(([name, list]) => (name === 'updates' ? (list as { seq: number }[])[0]?.seq : name) ?? 'nothing')
  }

  end(): void {
    this.near.destroy()
    this.far.destroy()
  }
}

async function openClients(count: number): Promise<Client[]> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const clients: Client[] = []
  for (let n = 0; n < count; n++) {
    const far = connect((server.address() as { port: number }).port, '127.0.0.1')
    const [near] = (await once(server, 'connection')) as [Socket]
    for (const socket of [near, far]) socket.on('error', () => undefined)
    clients.push(new Client(near, far, n % 2 === 0 ? 'socket.io' : 'websocket'))
  }
  server.close()
  onTestFinished(() => clients.forEach((client) => void client.end()))
  return clients
}

/** One after the other in a batch: who gets something of what length, alone or all of them; or what happens between two batches. */
const anyClient = fc.nat({ max: CLIENTS - 1 })
const anyStep = fc.oneof(
  { weight: 4, arbitrary: fc.record({ to: anyClient, length: fc.nat({ max: 2_000 }) }) },
  { weight: 2, arbitrary: fc.record({ to: fc.constant('all' as const), length: fc.nat({ max: LENT }) }) },
  { weight: 4, arbitrary: fc.record({ to: anyClient, length: fc.integer({ min: LENT / 2, max: LENT }) }) },
  { weight: 2, arbitrary: fc.record({ to: anyClient, length: fc.nat({ max: 900_000 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constantFrom('pause', 'fill', 'resume', 'other', 'flood'),
      who: anyClient,
      length: fc.integer({ min: 10_000, max: 900_000 })
    })
  },
  { weight: 1, arbitrary: fc.constant('turn' as const) }
)

it('brings every client over TCP all of its own in order, whenever it reads and whoever else writes to it', async () => {
  const clients = await openClients(CLIENTS)
  /** Bytes written to each by the runs before. */
  const written = clients.map(() => 0)
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep, { minLength: 1, maxLength: 60, size: 'max' }), async (all) => {
      const { counters, batch, heartbeatTimes } = openStream(clients.map(({ subscriber }) => subscriber))
      const expected: (string | number)[][] = clients.map(() => [])
      let seq = 0
      let updates = 0
      let others = 0
      const add = (to: number | 'all', length: number) => {
        const cohort = cohortWith(++seq, length)
        const members = to === 'all' ? clients.keys().toArray() : [to]
        for (const [n, place] of members.entries()) {
          batch.add(cohort, (clients[place] as Client).subscriber, n === members.length - 1)
          expected[place]?.push(seq)
          updates += 1
          if (batch.isFull) batch.write()
        }
      }
      for (const step of all) {
        if (step !== 'turn' && 'to' in step) {
          add(step.to, step.length)
          continue
        }
        batch.write()
        if (step === 'turn') {
          await new Promise((resolve) => setImmediate(resolve))
          // A heartbeat of every client is due.
          for (let turn = 0; turn < TURNS; turn++) heartbeatTimes.beginTurn()
          continue
        }
        const { near, far, subscriber, wire } = clients[step.who] as Client
        if (step.does !== 'resume' && step.does !== 'other') far.pause()
        // Until the operating system takes a frame in part, or none of it any more.
        if (step.does === 'fill') while (wire.backlogBytes === 0) add(step.who, LENT)
        if (step.does === 'resume') far.resume()
        // As a library does that answers a ping, of which the wire is not told.
        const writeOther = () => {
          near.write(Frame.ofEvent('other', 'y'.repeat(step.length)).bytesFor(subscriber.connection.door))
          expected[step.who]?.push('other')
          others += 1
        }
        if (step.does === 'other') writeOther()
        // Until its writes wait for one another.
        if (step.does === 'flood') while (near.writableLength <= 2 * step.length) writeOther()
      }
      batch.write()
      const received: (string | number)[][] = clients.map(() => [])
      for (const { far } of clients) far.resume()
      await vi.waitFor(() => {
        clients.forEach(({ wire }) => void expect(wire.backlogBytes).toBe(0))
        clients.forEach((client, n) => {
          // A frame that has come in part is read once all of it is there.
          if (client.bytes === client.near.bytesWritten - (written[n] ?? 0)) received[n]?.push(...client.take())
        })
        expect(received.map((events) => events.filter((event) => event !== 'heartbeat'))).toEqual(expected)
      }, WAIT)
      clients.forEach(({ near }, n) => {
        written[n] = near.bytesWritten
      })
      expect(counters.updatesDelivered).toBe(updates)
      expect(counters.framesWritten).toBe(received.flat().length - others)
    }),
    { numRuns: 4 }
  )
})
it('writes to clients that read by their handles, one directly after the other', async () => {
  const clients = await openClients(WRITES_PER_BATCH + 1)
  const { batch } = openStream(clients.map(({ subscriber }) => subscriber))
  const write = () => {
    clients.forEach(({ subscriber }, n) => {
      batch.add(cohortWith(n + 1, 100), subscriber, true)
      if (batch.isFull) batch.write()
    })
    batch.write()
  }
  write()
  // Until the first write nobody knows that nothing waits.
  expect(clients.map(({ sends }) => sends)).toEqual(clients.map(() => 1))
  write()
  write()
  expect(clients.map(({ sends }) => sends)).toEqual(clients.map(() => 1))
  const three = clients.map((_, n) => [n + 1, n + 1, n + 1])
  const received: (string | number)[][] = clients.map(() => [])
  await vi.waitFor(() => {
    clients.forEach((client, n) => void received[n]?.push(...client.take()))
    expect(received).toEqual(three)
  }, WAIT)
})
