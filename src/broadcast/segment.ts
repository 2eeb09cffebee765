import { FLAG, RECORD, RECORD_FIELDS } from '../protocol/port-messages.ts'
import type { ChannelState } from './channel-state.ts'

/** Where in a larger memory a segment lies. */
export interface SegmentPlace {
  /** First byte of its JSON. */
  readonly firstByte: number
  readonly byteLength: number
  /** First number of its records. */
  readonly firstNumber: number
  /** Messages. */
  readonly count: number
}

/**
 * Messages that arrived together: their JSON in one piece of memory, never parsed, and unchanged until a flush has ended
 * that began after the journal let them go.
 *
 * A message is named by its segment and its place in it. Everything later in the main thread (queue, last values,
 * recovery, frames) points here instead of copying.
 */
export class Segment {
  readonly id: number
  /** The memory that holds its JSON, and may hold that of others. */
  readonly bytes: Buffer
  readonly count: number
  /** Of its JSON and its records, bytes. */
  readonly sizeBytes: number
  /** Where its memory begins in the journal's ring, bytes; `undefined` when it has memory of its own. */
  readonly ringStart: number | undefined
  /** The producer's channels, by the index that the records use. */
  readonly channels: readonly ChannelState[]
  /** `RECORD_FIELDS` numbers per message, see `RECORD`, from `#firstNumber` on. */
  readonly #numbers: Float64Array
  readonly #firstNumber: number
  readonly #firstByte: number

  /** @param ringPlace where it lies in the journal's ring; by default it is alone in that memory. */
  constructor(
    id: number,
    bytes: Uint8Array,
    numbers: Float64Array,
    channels: readonly ChannelState[],
    ringPlace?: SegmentPlace
  ) {
    const alone = { firstByte: 0, byteLength: bytes.byteLength, firstNumber: 0, count: numbers.length / RECORD_FIELDS }
    const { firstByte, byteLength, firstNumber, count } = ringPlace ?? alone
    this.id = id
    this.bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.count = count
    this.sizeBytes = byteLength + count * RECORD_FIELDS * 8
    this.ringStart = ringPlace && firstNumber * 8
    this.channels = channels
    this.#numbers = numbers
    this.#firstNumber = firstNumber
    this.#firstByte = firstByte
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

  /** Where in `bytes` the JSON of a message begins. */
  start(index: number): number {
    return this.#firstByte + this.#field(index, RECORD.start)
  }

  /** One past its last byte. */
  end(index: number): number {
    return this.#firstByte + this.#field(index, RECORD.end)
  }

  /** Length of its JSON, bytes. */
  size(index: number): number {
    return this.#field(index, RECORD.end) - this.#field(index, RECORD.start)
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

  /** The id of the segment of the message before this one on its channel; -1 where that is unknown. */
  priorSegment(index: number): number {
    return this.#field(index, RECORD.priorSegment) - 1
  }

  /** The place of that message. */
  priorIndex(index: number): number {
    return this.#field(index, RECORD.priorIndex)
  }

  /** Notes which message comes before one on its channel. */
  setPrior(index: number, { id }: Segment, priorIndex: number): void {
    const at = this.#firstNumber + index * RECORD_FIELDS
    this.#numbers[at + RECORD.priorSegment] = id + 1
    this.#numbers[at + RECORD.priorIndex] = priorIndex
  }

  /** The JSON of one message; a view, not a copy. */
  json(index: number): Buffer {
    return this.bytes.subarray(this.start(index), this.end(index))
  }

  /** A copy of the record of a message, for another message in its place: what came before is not told. */
  record(index: number): Float64Array {
    const at = this.#firstNumber + index * RECORD_FIELDS
    const record = this.#numbers.slice(at, at + RECORD_FIELDS)
    record[RECORD.priorSegment] = 0
    record[RECORD.priorIndex] = 0
    return record
  }

  #field(index: number, field: number): number {
    return this.#numbers[this.#firstNumber + index * RECORD_FIELDS + field] ?? 0
  }
}

/** A message, named by where it lies. */
export interface Message {
  readonly segment: Segment
  readonly index: number
}
