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
  /** Of those that were copied by themselves: a copy of what is looked at already takes half the time. */
  readonly #views: (Uint8Array | undefined)[] = []

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
    this.#memories.push(segment.bytes)
    this.#starts.push(segment.start(index))
    this.#ends.push(segment.end(index))
    return place
  }

  /** Length of the JSON of a message, bytes. */
  size(place: number): number {
    // Records are floating point, and what is reckoned from them would be: each sum a piece of memory of its own.
    return ((this.#ends[place] as number) - (this.#starts[place] as number)) | 0
  }

  /**
   * Copies messages with commas between them.
   *
   * @param places of which the first `count` are meant, in the order in which they are copied; when absent, the first
   * `count` messages.
   * @returns where they end in `memory`.
   */
  copy(places: readonly number[] | undefined, count: number, memory: Buffer, at: number): number {
    if (places === undefined) return this.#copyFirst(count, memory, at)
    const views = this.#views
    let end = at
    for (let n = 0; n < count; n++) {
      const place = places[n] as number
      if (n > 0) memory[end++] = COMMA
      views[place] ??= this.#view(place)
      const view = views[place]
      memory.set(view, end)
      end += view.length
    }
    return end
  }

  /** Those that lie side by side, with the comma between them, in one piece: who takes everything costs one copy per batch. */
  #copyFirst(count: number, memory: Buffer, at: number): number {
    const starts = this.#starts
    const ends = this.#ends
    const memories = this.#memories
    let end = at
    for (let place = 0; place < count; place++) {
      const first = place
      const source = memories[first] as Buffer
      while (place + 1 < count && memories[place + 1] === source && starts[place + 1] === (ends[place] as number) + 1) {
        place += 1
      }
      if (end > at) memory[end++] = COMMA
      end += source.copy(memory, end, starts[first], ends[place])
    }
    return end
  }

  #view(place: number): Uint8Array {
    return (this.#memories[place] as Buffer).subarray(this.#starts[place], this.#ends[place])
  }
}
