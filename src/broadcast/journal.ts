import type { ChannelState } from './channel-state.ts'
import type { Message, Segment } from './segment.ts'
import { copied } from './stamp.ts'

/** Messages of one channel after a position, oldest first. */
export interface Recent {
  readonly messages: readonly Message[]
  /** True when nothing between the position and the newest message is missing. */
  readonly isComplete: boolean
}

/**
 * The recent past: every segment taken in, newest last, up to a bound in bytes.
 *
 * It is what slow and returning clients catch up from, so that no client needs a backlog of its own: a client that
 * falls behind is only a position. Channels whose newest state lies in a segment that leaves get a copy of it.
 */
export class Journal {
  /** Bytes. */
  readonly capacityBytes: number
  readonly #segments = new Map<number, Segment>()
  #bytes = 0

  constructor(capacityBytes: number) {
    this.capacityBytes = capacityBytes
  }

  /** Bytes of memory held. */
  get bytes(): number {
    return this.#bytes
  }

  /** Keeps the segment, and lets the oldest go when there is too much. */
  keep(segment: Segment): void {
    this.#segments.set(segment.id, segment)
    this.#bytes += sizeBytes(segment)
    for (const oldest of this.#segments.values()) {
      if (this.#bytes <= this.capacityBytes) break
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
      const prior: Segment | undefined = this.#segments.get(segment.priorSegment[index] ?? -1)
      index = segment.priorIndex[index] ?? 0
      // Across a hole nothing is proven, and what lies before it does not join what lies after it.
      segment = prior !== undefined && prior.seq(index) >= prev ? prior : undefined
    }
    return { messages: newestFirst.reverse(), isComplete }
  }

  #forget(segment: Segment): void {
    this.#segments.delete(segment.id)
    this.#bytes -= sizeBytes(segment)
    const channels = new Set<ChannelState>()
    for (let index = 0; index < segment.count; index++) {
      const channel = segment.channel(index)
      if (channel !== undefined) channels.add(channel)
    }
    for (const channel of channels) release(channel, segment)
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

function sizeBytes(segment: Segment): number {
  return segment.bytes.byteLength + segment.records.byteLength + segment.count * 12
}
