import type { Counters } from '../telemetry/counters.ts'
import type { Cohort } from './cohort.ts'
import type { Frame } from './frame.ts'
import type { FrameGroup } from './frame-group.ts'
import { FrameMemory } from './frame-memory.ts'
import type { HeartbeatTimes } from './heartbeat-times.ts'
import type { SlowClients } from './slow-clients.ts'
import type { Subscriber } from './subscriber.ts'

export interface StreamWriterOptions {
  readonly counters: Counters
  readonly slowClients: SlowClients
  readonly heartbeatTimes: HeartbeatTimes
  /** Makes a heartbeat of this moment. */
  readonly heartbeat: () => Frame
}

/** Hands frames to clients: one system call for each client and flush, and no memory that outlives it. */
export class StreamWriter {
  readonly #options: StreamWriterOptions
  readonly #memory = new FrameMemory()
  readonly #spaceFor = (jsonLength: number) => this.#memory.take(jsonLength)
  #heartbeat: Frame | undefined

  constructor(options: StreamWriterOptions) {
    this.#options = options
  }

  /** Begins a flush: heartbeats are of this moment. */
  begin(): void {
    this.#heartbeat = undefined
  }

  /**
   * Puts the frame for a cohort together ahead, in memory that is lent until `reset`.
   *
   * @returns false when there is no more of it until then.
   */
  prepare(cohort: Cohort, end: Buffer, { connection, place }: Subscriber): boolean {
    const length = cohort.unmadeLength(end)
    if (length === 0) return true
    if (!this.#memory.hasRoom(length)) return false
    const door = connection.door === 'socket.io' ? 'socket.io' : 'native'
    const isBeatDue = this.#options.heartbeatTimes.isDue(place)
    cohort.frame(end, this.#spaceFor)?.bytesFor(door, isBeatDue ? this.#beat() : undefined)
    return true
  }

  /** Says that all that was prepared was written. */
  reset(): void {
    this.#memory.reset()
  }

  /** Writes to a client what the flush has for its cohort, with its heartbeat when one is due. */
  writeCohort(cohort: Cohort, end: Buffer, member: Subscriber): void {
    const frame = cohort.frame(end)
    if (frame === undefined) return
    const next = this.#beatFor(member)
    const handed = member.connection.send(frame, next)
    this.#count(frame)
    if (next !== undefined) this.#count(next)
    if (handed === 'held') this.#memory.leave(frame)
    // Who took all of it holds nothing, and is only to be looked at when its bandwidth is counted.
    if (handed !== 'taken' || this.#options.slowClients.isCapped) {
      this.#options.slowClients.watch(member, frame.jsonLength)
    }
  }

  /** Hands a frame in memory of its own to a client. */
  hand(subscriber: Subscriber, frame: Frame): void {
    subscriber.connection.send(frame)
    this.#count(frame)
  }

  /** Hands events beside the updates, which belong together, to a client. */
  handAll(subscriber: Subscriber, group: FrameGroup): void {
    const { counters } = this.#options
    subscriber.connection.sendAll(group)
    counters.framesWritten += group.frames.length
    counters.bytesWritten += group.jsonLength
  }

  /** The heartbeat that goes with a frame of the stream. */
  #beatFor({ place }: Subscriber): Frame | undefined {
    const { heartbeatTimes } = this.#options
    heartbeatTimes.noteFrame(place)
    if (!heartbeatTimes.isDue(place)) return undefined
    heartbeatTimes.noteBeat(place)
    return this.#beat()
  }

  #beat(): Frame {
    this.#heartbeat ??= this.#options.heartbeat()
    return this.#heartbeat
  }

  #count({ jsonLength, updates }: Frame): void {
    const { counters } = this.#options
    counters.framesWritten += 1
    counters.bytesWritten += jsonLength
    counters.updatesDelivered += updates
  }
}
