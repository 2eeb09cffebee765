import type { Segment } from '../broadcast/segment.ts'

const COMMA = ','.charCodeAt(0)

/** Messages in the order they are to be sent: message `i` is `indexes[i]` of `segments[i]`. */
export interface MessageList {
  readonly segments: readonly Segment[]
  readonly indexes: readonly number[]
}

/**
 * Where the JSON of messages lies, read once for all the frames that are made of them: with many cohorts a message is
 * copied into hundreds of frames.
 *
 * A message is named by its place, in the order in which they were added.
 */
export class PlacedMessages {
  readonly #memories: Buffer[] = []
  readonly #starts: number[] = []
  readonly #ends: number[] = []
  /** Messages that lie side by side in memory, with the comma between them, have the same number. */
  readonly #runs: number[] = []
  #last: Segment | undefined
  #run = 0

  /** Those of a list from place `from` up to, and without, place `to`. */
  static of({ segments, indexes }: MessageList, from = 0, to = segments.length): PlacedMessages {
    const placed = new PlacedMessages()
    for (let n = from; n < to; n++) placed.add(segments[n] as Segment, indexes[n] as number)
    return placed
  }

  get count(): number {
    return this.#starts.length
  }

  /** @returns its place. */
  add(segment: Segment, index: number): number {
    const place = this.#starts.length
    const start = segment.start(index)
    if (segment !== this.#last || start !== (this.#ends[place - 1] ?? 0) + 1) this.#run += 1
    this.#last = segment
    this.#memories.push(segment.bytes)
    this.#starts.push(start)
    this.#ends.push(segment.end(index))
    this.#runs.push(this.#run)
    return place
  }

  /** Length of the JSON of a message, bytes. */
  size(place: number): number {
    return (this.#ends[place] as number) - (this.#starts[place] as number)
  }

  /**
   * Copies messages with commas between them; those that lie side by side in one piece: a client that takes everything
   * costs one copy per batch.
   *
   * @param places of which the first `count` are meant, in the order in which they are copied; when absent, the first
   * `count` messages.
   * @returns where they end in `memory`.
   */
  copy(places: readonly number[] | undefined, count: number, memory: Buffer, at: number): number {
    const starts = this.#starts
    const ends = this.#ends
    const runs = this.#runs
    let end = at
    for (let n = 0; n < count; n++) {
      const first = places === undefined ? n : (places[n] as number)
      let last = first
      while (n + 1 < count && runs[last + 1] === runs[first] && (places === undefined || places[n + 1] === last + 1)) {
        last += 1
        n += 1
      }
      if (end > at) memory[end++] = COMMA
      end += (this.#memories[first] as Buffer).copy(memory, end, starts[first], ends[last])
    }
    return end
  }
}
