import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import fc from 'fast-check'
import { expect, it, onTestFinished, vi } from 'vitest'
import { ChannelState } from '../../src/broadcast/channel-state.ts'
import { Journal } from '../../src/broadcast/journal.ts'
import { Cohort } from '../../src/gateway/cohort.ts'
import type { Connection } from '../../src/gateway/connection.ts'
import { type DoorKind, Frame } from '../../src/gateway/frame.ts'
import { HeartbeatTimes, TURNS } from '../../src/gateway/heartbeat-times.ts'
import { PlacedMessages } from '../../src/gateway/placed-messages.ts'
import { SlowClients } from '../../src/gateway/slow-clients.ts'
import { StreamWriter } from '../../src/gateway/stream-writer.ts'
import { Subscriber } from '../../src/gateway/subscriber.ts'
import { updatesEnd } from '../../src/gateway/updates-frame.ts'
import { Wire } from '../../src/gateway/wire.ts'
import { type BatchSteps, WRITES_PER_BATCH, WriteBatch } from '../../src/gateway/write-batch.ts'
import { createCounters } from '../../src/telemetry/counters.ts'
import { segmentOf } from '../support/segments.ts'
import { framesIn } from './support/frames.ts'

const CLIENTS = 3
/** Bytes of a large frame that is still put together in memory which is used again. */
const LENT = 100_000
const WAIT = { timeout: 50_000 }
const CHANNEL = new ChannelState(0, 'news:LAB:A', 'channel', 'event', 'lab', 'e')

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

/** A batch, and a cohort with one message of a number and a length to put into it. */
function openBatch(clients: readonly Client[]) {
  const counters = createCounters()
  const limits = { maxBacklogBytes: 1e9, maxClientKbps: 0, slowCloseMs: 1_000 }
  const slowClients = new SlowClients({ counters, journal: new Journal(1_000), ...limits, now: () => 0 })
  const heartbeat = () => Frame.ofEvent('heartbeat', {})
  const heartbeatTimes = new HeartbeatTimes()
  const writer = new StreamWriter({ counters, slowClients, heartbeatTimes, heartbeat })
  for (const { subscriber } of clients) subscriber.place = heartbeatTimes.add()
  const batch = new WriteBatch()
  const end = updatesEnd(0)
  const steps: BatchSteps = {
    prepare: (cohort) => writer.prepare(cohort, end),
    frameFor: (cohort) => writer.frameFor(cohort, end),
    beatFor: (member) => writer.beatFor(member),
    handleOf: (member) => writer.handleOf(member),
    send: (member, frame, beat) => writer.send(member, frame, beat),
    settle: (member, frame, bytes, outcome) => writer.settle(member, frame, bytes, outcome),
    reset: () => writer.reset()
  }
  const cohortOf = (seq: number, length: number) => {
    const { segment, index } = segmentOf(CHANNEL, { seq, data: 'x'.repeat(length) })
    const cohort = new Cohort(0, 'any', new Set([CHANNEL]))
    const messages = PlacedMessages.of({ segments: [segment], indexes: [index] })
    cohort.give(messages, undefined, 0, 1, segment.size(index))
    return cohort
  }
  return { counters, batch, steps, cohortOf, heartbeatTimes }
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
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep, { minLength: 1, maxLength: 60, size: 'max' }), async (all) => {
      const { counters, batch, steps, cohortOf, heartbeatTimes } = openBatch(clients)
      const expected: (string | number)[][] = clients.map(() => [])
      let seq = 0
      let updates = 0
      let others = 0
      const add = (to: number | 'all', length: number) => {
        const cohort = cohortOf(++seq, length)
        const members = to === 'all' ? clients.keys().toArray() : [to]
        for (const [n, place] of members.entries()) {
          batch.add(cohort, (clients[place] as Client).subscriber, n === members.length - 1)
          expected[place]?.push(seq)
          updates += 1
          if (batch.isFull) batch.write(steps)
        }
      }
      for (const step of all) {
        if (step !== 'turn' && 'to' in step) {
          add(step.to, step.length)
          continue
        }
        batch.write(steps)
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
      batch.write(steps)
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
/** Bytes written to each client by the runs before. */
const written: number[] = []

it('writes to clients that read by their handles, one directly after the other', async () => {
  const clients = await openClients(WRITES_PER_BATCH + 1)
  const { batch, steps, cohortOf } = openBatch(clients)
  const write = () => {
    clients.forEach(({ subscriber }, n) => {
      batch.add(cohortOf(n + 1, 100), subscriber, true)
      if (batch.isFull) batch.write(steps)
    })
    batch.write(steps)
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
