import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ChannelState } from '../../src/broadcast/channel-state.ts'
import { Journal } from '../../src/broadcast/journal.ts'
import { Cohort } from '../../src/gateway/cohort.ts'
import type { Connection } from '../../src/gateway/connection.ts'
import { Frame } from '../../src/gateway/frame.ts'
import type { FrameGroup } from '../../src/gateway/frame-group.ts'
import { HeartbeatTimes, TURNS } from '../../src/gateway/heartbeat-times.ts'
import { PlacedMessages } from '../../src/gateway/placed-messages.ts'
import { SlowClients } from '../../src/gateway/slow-clients.ts'
import { StreamWriter } from '../../src/gateway/stream-writer.ts'
import { Subscriber } from '../../src/gateway/subscriber.ts'
import { updatesEnd } from '../../src/gateway/updates-frame.ts'
import type { Handed } from '../../src/gateway/wire.ts'
import { type BatchSteps, WriteBatch } from '../../src/gateway/write-batch.ts'
import { createCounters } from '../../src/telemetry/counters.ts'
import { segmentOf } from '../support/segments.ts'
import { framesIn } from './support/frames.ts'

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
  const channel = new ChannelState(0, 'news:LAB:A', 'channel', 'event', 'lab', 'e')
  fc.assert(
    fc.property(fc.array(anyFlush, { minLength: 1, maxLength: 12 }), (flushes) => {
      const counters = createCounters()
      const limits = { maxBacklogBytes: 1e9, maxClientKbps: 0, slowCloseMs: 1_000 }
      const slowClients = new SlowClients({ counters, journal: new Journal(1_000), ...limits, now: () => 0 })
      let beats = 0
      const heartbeat = () => Frame.ofEvent('heartbeat', { beat: ++beats })
      const heartbeatTimes = new HeartbeatTimes()
      const writer = new StreamWriter({ counters, slowClients, heartbeatTimes, heartbeat })
      const sockets = Array.from({ length: MEMBERS }, (_, n) => new LazySocket(n % 2 === 0 ? 'socket.io' : 'websocket'))
      const members = sockets.map((socket) => new Subscriber(socket, 0))
      for (const member of members) member.place = heartbeatTimes.add()
      const expected: string[][] = sockets.map(() => [])
      const batch = new WriteBatch()
      let end = updatesEnd(0)
      const steps: BatchSteps = {
        prepare: (cohort) => writer.prepare(cohort, end),
        frameFor: (cohort) => writer.frameFor(cohort, end),
        beatFor: (member) => writer.beatFor(member),
        handleOf: (member) => writer.handleOf(member),
        send: (member, frame, beat) => writer.send(member, frame, beat),
        settle: (member, frame, bytes, outcome) => writer.settle(member, frame, bytes, outcome),
        reset: () => writer.reset()
      }
      let seq = 0
      let updates = 0
      for (const { lengths, taking, turns, late } of flushes) {
        writer.begin()
        for (const [n, socket] of sockets.entries()) socket.isTaking = taking[n] ?? true
        for (let turn = 0; turn < turns; turn++) heartbeatTimes.beginTurn()
        end = updatesEnd(seq)
        for (const length of lengths) {
          const { segment, index } = segmentOf(channel, { seq: ++seq, data: 'x'.repeat(length) })
          const messages = PlacedMessages.of({ segments: [segment], indexes: [index] })
          const cohort = new Cohort(0, 'any', new Set([channel]))
          cohort.give(messages, undefined, 0, 1, segment.size(index))
          for (const [n, member] of members.entries()) {
            batch.add(cohort, member, n === members.length - 1)
            expected[n]?.push(`updates ${seq} ${length}`)
            updates += 1
            if (batch.isFull) batch.write(steps)
          }
        }
        batch.write(steps)
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
  const counters = createCounters()
  const limits = { maxBacklogBytes: 1e9, maxClientKbps: 0, slowCloseMs: 1_000 }
  const slowClients = new SlowClients({ counters, journal: new Journal(1_000), ...limits, now: () => 0 })
  const heartbeatTimes = new HeartbeatTimes()
  const heartbeat = () => Frame.ofEvent('heartbeat', {})
  const writer = new StreamWriter({ counters, slowClients, heartbeatTimes, heartbeat })
  const channel = new ChannelState(0, 'news:LAB:A', 'channel', 'event', 'lab', 'e')
  const socket = new LazySocket('socket.io')
  const member = new Subscriber(socket, 0)
  member.place = heartbeatTimes.add()
  for (let turn = 0; turn < TURNS; turn++) heartbeatTimes.beginTurn()
  for (const seq of [1, 2]) {
    const { segment, index } = segmentOf(channel, { seq })
    const messages = PlacedMessages.of({ segments: [segment], indexes: [index] })
    const cohort = new Cohort(0, 'any', new Set([channel]))
    cohort.give(messages, undefined, 0, 1, segment.size(index))
    writer.begin()
    writer.send(member, writer.frameFor(cohort, updatesEnd(0)) as Frame, writer.beatFor(member))
  }

  expect((socket.received as [string][]).map(([name]) => name)).toEqual(['updates', 'heartbeat', 'updates'])
})
