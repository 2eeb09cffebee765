import { FLAG, RECORD, RECORD_FIELDS } from '../protocol/port-messages.ts'
import type { ChannelState } from './channel-state.ts'

/**
 * Messages that arrived together: their JSON in one piece of memory, never parsed, never changed.
 *
 * A message is named by its segment and its place in it. Everything later in the main thread (queue, last values,
 * recovery, frames) points here instead of copying.
 */
export class Segment {
  readonly id: number
  readonly bytes: Buffer
  readonly count: number
  /** `RECORD_FIELDS` numbers per message, see `RECORD`. */
  readonly records: Float64Array
  /** The producer's channels, by the index that the records use. */
  readonly channels: readonly ChannelState[]
  /** Per message the id of the segment of the message before it on its channel; -1 where that is unknown. */
  readonly priorSegment: Float64Array
  /** Per message the place of the message before it on its channel. */
  readonly priorIndex: Int32Array

  constructor(id: number, bytes: Uint8Array, records: Float64Array, channels: readonly ChannelState[]) {
    this.id = id
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.records = records
    this.count = records.length / RECORD_FIELDS
    this.channels = channels
    this.priorSegment = new Float64Array(this.count).fill(-1)
    this.priorIndex = new Int32Array(this.count)
  }

  /** The channel of a message; `undefined` when its producer never declared it or does not own it. */
  channel(index: number): ChannelState | undefined {
    return this.channels[this.#field(index, RECORD.channel)]
  }

  seq(index: number): number {
    return this.#field(index, RECORD.seq)
  }

  prev(index: number): number {
    return this.#field(index, RECORD.prev)
  }

  start(index: number): number {
    return this.#field(index, RECORD.start)
  }

  end(index: number): number {
    return this.#field(index, RECORD.end)
  }

  isSnapshot(index: number): boolean {
    return (this.#field(index, RECORD.flags) & (FLAG.snapshot | FLAG.base)) !== 0
  }

  isBase(index: number): boolean {
    return (this.#field(index, RECORD.flags) & FLAG.base) !== 0
  }

  isDelta(index: number): boolean {
    return (this.#field(index, RECORD.flags) & FLAG.delta) !== 0
  }

  isFinal(index: number): boolean {
    return (this.#field(index, RECORD.flags) & FLAG.final) !== 0
  }

  /** The JSON of one message; a view, not a copy. */
  json(index: number): Buffer {
    return this.bytes.subarray(this.start(index), this.end(index))
  }

  #field(index: number, field: number): number {
    return this.records[index * RECORD_FIELDS + field] ?? 0
  }
}

/** A message, named by where it lies. */
export interface Message {
  readonly segment: Segment
  readonly index: number
}
