import { RECORD_FIELDS } from '../protocol/port-messages.ts'
import type { ChannelState } from './channel-state.ts'
import { RingMemory } from './ring-memory.ts'
import { type Message, Segment } from './segment.ts'
import { copied } from './stamp.ts'

/** Messages of one channel after a position, oldest first. */
export interface Recent {
  readonly messages: readonly Message[]
  /** True when nothing between the position and the newest message is missing. */
  readonly isComplete: boolean
}

/** Part of its bound that the journal has as memory beyond it: for what was let go and is still being sent. */
const SPARE_SHARE = 1 / 4
const SPARE_BYTES = { least: 64 * 1024, most: 16 * 1024 * 1024 } as const
/** Node.js copies from a `Buffer` by 32-bit offsets. */
const MAX_RING_BYTES = 0xffff_0000

/** A segment that was let go, of which a flush may still send. */
interface Retired {
  readonly start: number
  readonly size: number
  /** How many flushes had begun by then. */
  readonly flushes: number
}

/**
 * The recent past: every segment taken in, newest last, up to a bound in bytes.
 *
 * It is what slow and returning clients catch up from, so that no client needs a backlog of its own: a client that
 * falls behind is only a position. Channels whose newest state lies in a segment that leaves get a copy of it.
 *
 * Segments lie in one ring of memory. What was let go may still wait in the queue, or be on its way to clients; its
 * memory is written to again once a flush that began after that has ended.
 */
export class Journal {
  /** Bytes. */
  readonly capacityBytes: number
  readonly #segments = new Map<number, Segment>()
  readonly #retired: Retired[] = []
  readonly #ring: RingMemory
  #bytes = 0
  #nextId = 0
  #flushesBegun = 0
  #flushesEnded = 0

  /** @throws Error when there is no memory for it. */
  constructor(capacityBytes: number) {
    this.capacityBytes = capacityBytes
    const spare = Math.max(SPARE_BYTES.least, Math.min(SPARE_BYTES.most, capacityBytes * SPARE_SHARE))
    this.#ring = new RingMemory(Math.min(MAX_RING_BYTES, capacityBytes + spare))
  }

  /** Bytes that its messages take, without what was let go and is still being sent. */
  get bytes(): number {
    return this.#bytes
  }

  /** What was taken in before is sent now, by the flush that begins. */
  flushBegins(): void {
    this.#flushesBegun += 1
  }

  flushEnds(): void {
    this.#flushesEnded = this.#flushesBegun
  }

  /**
   * Takes a copy of messages in, letting the oldest go for them; `trim` must follow once the channels know them. When the
   * ring has no room, the segment has memory of its own.
   *
   * @param channels The producer's, by the index that the records use.
   */
  take(bytes: Uint8Array, records: Float64Array, channels: readonly ChannelState[]): Segment {
    const size = bytes.byteLength + records.byteLength
    this.trim(size)
    const segment = this.#placed(bytes, records, channels)
    this.#segments.set(segment.id, segment)
    this.#bytes += size
    return segment
  }

  /** Lets the oldest go until there is room for `size` more bytes. */
  trim(size = 0): void {
    for (const oldest of this.#segments.values()) {
      if (this.#bytes + size <= this.capacityBytes) return
      this.#forget(oldest)
    }
  }

  /** The newest messages of a channel after `seq`, no more than `limit` of them. */
  since(channel: ChannelState, seq: number, limit: number): Recent {
    const newestFirst: Message[] = []
    let segment = channel.lastSegment
    let index = channel.lastIndex
    let isComplete = seq >= channel.seq
    while (!isComplete && segment !== undefined && segment.seq(index) > seq && newestFirst.length < limit) {
      newestFirst.push({ segment, index })
      const prev: number = segment.prev(index)
      isComplete = prev <= seq
      const prior: Segment | undefined = this.#segments.get(segment.priorSegment(index))
      index = segment.priorIndex(index)
      // Across a hole nothing is proven, and what lies before it does not join what lies after it.
      segment = prior !== undefined && prior.seq(index) >= prev ? prior : undefined
    }
    return { messages: newestFirst.reverse(), isComplete }
  }

  #placed(bytes: Uint8Array, records: Float64Array, channels: readonly ChannelState[]): Segment {
    const id = this.#nextId++
    const ring = this.#ring
    this.#reclaim()
    const start = ring.take(bytes.byteLength + records.byteLength)
    if (start === undefined) return new Segment(id, Buffer.from(bytes), records.slice(), channels)
    const firstByte = start + records.byteLength
    ring.numbers.set(records, start / 8)
    ring.bytes.set(bytes, firstByte)
    const count = records.length / RECORD_FIELDS
    const place = { firstByte, byteLength: bytes.byteLength, firstNumber: start / 8, count }
    return new Segment(id, ring.bytes, ring.numbers, channels, place)
  }

  /** Gives memory back that no flush can send of any more. */
  #reclaim(): void {
    for (let [oldest] = this.#retired; oldest !== undefined; [oldest] = this.#retired) {
      if (oldest.flushes >= this.#flushesEnded) return
      this.#ring.giveBack(oldest.start, oldest.size)
      this.#retired.shift()
    }
  }

  #forget(segment: Segment): void {
    const { id, sizeBytes, ringStart } = segment
    this.#segments.delete(id)
    this.#bytes -= sizeBytes
    const channels = new Set<ChannelState>()
    for (let index = 0; index < segment.count; index++) {
      const channel = segment.channel(index)
      if (channel !== undefined) channels.add(channel)
    }
    for (const channel of channels) release(channel, segment)
    if (ringStart !== undefined) this.#retired.push({ start: ringStart, size: sizeBytes, flushes: this.#flushesBegun })
  }
}

/** Copies what the channel still needs out of a segment, so that its memory is freed. */
function release(channel: ChannelState, segment: Segment): void {
  for (let place = 0; place < channel.tail.length; place++) {
    const message = channel.tail[place]
    if (message === undefined || message.segment.id > segment.id) break
    if (message.segment === segment) channel.tail[place] = copied(message)
  }
  if (channel.lastSegment !== segment) return
  const last = copied({ segment, index: channel.lastIndex })
  channel.lastSegment = last.segment
  channel.lastIndex = last.index
}
