import type { Counters } from '../telemetry/counters.ts'
import type { Cohort } from './cohort.ts'
import type { Frame } from './frame.ts'
import type { FrameGroup } from './frame-group.ts'
import { FrameMemory } from './frame-memory.ts'
import type { HeartbeatTimes } from './heartbeat-times.ts'
import type { SlowClients } from './slow-clients.ts'
import type { StreamHandle } from './stream-handle.ts'
import type { Subscriber } from './subscriber.ts'
import { updatesEnd } from './updates-frame.ts'
import type { Handed } from './wire.ts'

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
  #end = updatesEnd(0)

  constructor(options: StreamWriterOptions) {
    this.#options = options
  }

  /**
   * Begins a flush: heartbeats are of this moment.
   *
   * @param end of every updates event of the flush.
   */
  begin(end: Buffer): void {
    this.#heartbeat = undefined
    this.#end = end
  }

  /**
   * Puts the frame for a cohort together ahead, in memory that is lent until `reset`.
   *
   * @returns false when there is no more of it until then.
   */
  prepare(cohort: Cohort): boolean {
    const length = cohort.unmadeLength(this.#end)
    if (length === 0) return true
    if (!this.#memory.hasRoom(length)) return false
    cohort.frame(this.#end, this.#spaceFor)
    return true
  }

  /** Says that all that was prepared was written. */
  reset(): void {
    this.#memory.reset()
  }

  /** What the flush has for a cohort, counted as sent to one of its members. */
  frameFor(cohort: Cohort): Frame | undefined {
    const frame = cohort.frame(this.#end)
    if (frame !== undefined) this.#count(frame)
    return frame
  }

  /** The heartbeat that goes with a frame of the stream, counted as sent. */
  beatFor({ place }: Subscriber): Frame | undefined {
    const { heartbeatTimes } = this.#options
    heartbeatTimes.noteFrame(place)
    if (!heartbeatTimes.isDue(place)) return undefined
    heartbeatTimes.noteBeat(place)
    this.#heartbeat ??= this.#options.heartbeat()
    this.#count(this.#heartbeat)
    return this.#heartbeat
  }

  /** Where a client may be written to by itself: not where its bandwidth is counted. */
  handleOf({ connection }: Subscriber): StreamHandle | undefined {
    return this.#options.slowClients.isCapped ? undefined : connection.clearHandle
  }

  /** Hands a frame of the stream to a client, and its heartbeat. */
  send(member: Subscriber, frame: Frame, beat: Frame | undefined): void {
    this.#look(member, frame, member.connection.send(frame, beat))
  }

  /** Says what became of a frame that was written by itself, when it was not taken. */
  settle(member: Subscriber, frame: Frame, bytes: Uint8Array, outcome: number): void {
    const { wire } = member.connection
    if (wire === undefined) throw new Error('expected the wire to whose handle it was written; found none')
    this.#look(member, frame, wire.settle(bytes, outcome))
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

  #look(member: Subscriber, frame: Frame, handed: Handed): void {
    const { slowClients } = this.#options
    if (handed === 'held') this.#memory.leave(frame)
    // Who took all of it holds nothing, and is only to be looked at when its bandwidth is counted.
    if (handed !== 'taken' || slowClients.isCapped) slowClients.watch(member, frame.jsonLength)
  }

  #count({ jsonLength, updates }: Frame): void {
    const { counters } = this.#options
    counters.framesWritten += 1
    counters.bytesWritten += jsonLength
    counters.updatesDelivered += updates
  }
}
