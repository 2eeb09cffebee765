import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Connection } from '../../src/gateway/connection.ts'
import type { Frame } from '../../src/gateway/frame.ts'
import type { FrameGroup } from '../../src/gateway/frame-group.ts'
import { TURNS } from '../../src/gateway/heartbeat-times.ts'
import { Subscriber } from '../../src/gateway/subscriber.ts'
import { updatesEnd } from '../../src/gateway/updates-frame.ts'
import type { Handed } from '../../src/gateway/wire.ts'
import { framesIn } from './support/frames.ts'
import { cohortWith, openStream } from './support/stream.ts'

/** A socket that reads what it was handed only when the test says so, as the operating system does. */
class LazySocket implements Connection {
  readonly id = 'lazy'
  readonly address = '127.0.0.1'
  readonly transport = 'websocket'
  readonly wire = undefined
  readonly clearHandle = undefined
  readonly takenBytes = 0
  readonly door: 'socket.io' | 'websocket'
  readonly received: unknown[] = []
  /** How often it was handed something. */
  pieces = 0
  #waiting: Buffer[] = []
  /** Set by the test: takes everything at once, or only when asked. */
  isTaking = true

  constructor(door: 'socket.io' | 'websocket') {
    this.door = door
  }

  get backlogBytes(): number {
    return this.#waiting.reduce((sum, { length }) => sum + length, 0)
  }

  sendAll({ frames }: FrameGroup): void {
    for (const frame of frames) this.send(frame)
  }

  send(frame: Frame, next?: Frame): Handed {
    this.pieces += 1
    const isBehind = this.#waiting.length > 0
    const kept = isBehind ? frame.own() : frame
    this.#waiting.push(kept.bytesFor(this.door, next))
    if (this.isTaking) this.take()
    if (isBehind) return 'copied'
    return this.#waiting.length === 0 ? 'taken' : 'held'
  }

  take(): void {
    for (const bytes of this.#waiting) this.received.push(...framesIn(bytes))
    this.#waiting = []
  }

  close(): void {
    throw new Error('nobody closes this one')
  }
}

/** Cohorts begin and end in the midst of a batch. */
const MEMBERS = 5

/** One flush: how many cohorts have something of what length, who takes it at once, how many turns of the heartbeats go by. */
const anyFlush = fc.record({
  lengths: fc.array(fc.oneof(fc.nat({ max: 400 }), fc.integer({ min: 60_000, max: 200_000 })), {
    minLength: 1,
    maxLength: 8
  }),
  taking: fc.array(fc.boolean(), { minLength: MEMBERS, maxLength: MEMBERS }),
  /** By which time goes on: each member has a heartbeat of its own due meanwhile, or has not. */
  turns: fc.nat({ max: 12 }),
  /** Who takes what waits after this flush. */
  late: fc.array(fc.boolean(), { minLength: MEMBERS, maxLength: MEMBERS })
})

it('brings every client its own bytes, however late its socket takes them and whatever is written meanwhile', () => {
  fc.assert(
    fc.property(fc.array(anyFlush, { minLength: 1, maxLength: 12 }), (flushes) => {
      const sockets = Array.from({ length: MEMBERS }, (_, n) => new LazySocket(n % 2 === 0 ? 'socket.io' : 'websocket'))
      const members = sockets.map((socket) => new Subscriber(socket, 0))
      const { counters, heartbeatTimes, writer, batch } = openStream(members)
      const expected: string[][] = sockets.map(() => [])
      let seq = 0
      let updates = 0
      for (const { lengths, taking, turns, late } of flushes) {
        for (const [n, socket] of sockets.entries()) socket.isTaking = taking[n] ?? true
        for (let turn = 0; turn < turns; turn++) heartbeatTimes.beginTurn()
        writer.begin(updatesEnd(seq))
        for (const length of lengths) {
          const cohort = cohortWith(++seq, length)
          for (const [n, member] of members.entries()) {
            batch.add(cohort, member, n === members.length - 1)
            expected[n]?.push(`updates ${seq} ${length}`)
            updates += 1
            if (batch.isFull) batch.write()
          }
        }
        batch.write()
        for (const [n, socket] of sockets.entries()) if (late[n]) socket.take()
      }
      for (const socket of sockets) socket.take()

      for (const [n, socket] of sockets.entries()) {
        const events = socket.received as [string, ...unknown[]][]
        const told = events.flatMap(([name, list, meta]) => {
          if (name !== 'updates') return []
          const [update] = list as [{ seq: number; data: string }]
          expect((meta as { emitTime: number }).emitTime).toBeLessThan(update.seq)
          return `updates ${update.seq} ${update.data.length}`
        })
        expect(told).toEqual(expected[n])
      }
      const received = sockets.flatMap((socket) => socket.received as [string][])
      expect(counters.updatesDelivered).toBe(updates)
      expect(counters.framesWritten).toBe(received.length)
    }),
    { numRuns: 200 }
  )
})

it('sends a heartbeat that is due behind the updates, in the same piece, and not twice', () => {
  const socket = new LazySocket('socket.io')
  const member = new Subscriber(socket, 0)
  const { heartbeatTimes, writer, batch } = openStream([member])
  for (let turn = 0; turn < TURNS; turn++) heartbeatTimes.beginTurn()
  for (const seq of [1, 2]) {
    writer.begin(updatesEnd(0))
    batch.add(cohortWith(seq), member, true)
    batch.write()
  }

  expect((socket.received as [string][]).map(([name]) => name)).toEqual(['updates', 'heartbeat', 'updates'])
  expect(socket.pieces).toBe(2)
})
