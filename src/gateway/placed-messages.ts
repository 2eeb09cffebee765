import type { Segment } from '../broadcast/segment.ts'

const COMMA = ','.charCodeAt(0)
/** Messages in a row from which on it pays to look whether they lie side by side. */
const RUN = 8
/** Copies of a message from which on it pays to make a view for them. */
const MANY_COPIES = 4

/** Messages in the order they are to be sent: message `i` is `indexes[i]` of `segments[i]`. */
export interface MessageList {
  readonly segments: readonly Segment[]
  readonly indexes: readonly number[]
}

/** Some of a list of messages, in the order in which they are sent. */
export interface Picked {
  /** Places of messages: those of these from `from` on are meant; when absent, the messages themselves from there on. */
  readonly picks: Int32Array | undefined
  readonly from: number
  readonly count: number
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
  /**
   * Of those that were copied by themselves, made at the first time: a copy of what is looked at already takes half the
   * time. `null` for those that are copied too seldom for that.
   */
  readonly #views: (Uint8Array | undefined | null)[] = []

  /** Those of a list from place `from` up to, and without, place `to`; for one frame. */
  static of({ segments, indexes }: MessageList, from = 0, to = segments.length): PlacedMessages {
    const placed = new PlacedMessages()
    for (let n = from; n < to; n++) placed.add(segments[n] as Segment, indexes[n] as number, 1)
    return placed
  }

  get count(): number {
    return this.#starts.length
  }

  /**
   * @param copies in how many frames it will be, about.
   * @returns its place.
   */
  add(segment: Segment, index: number, copies: number): number {
    const place = this.#starts.length
    this.#memories.push(segment.bytes)
    this.#starts.push(segment.start(index))
    this.#ends.push(segment.end(index))
    // Filled from the beginning: V8 keeps an array with wide holes as a hash table.
    this.#views.push(copies < MANY_COPIES ? null : undefined)
    return place
  }

  /** Length of the JSON of a message, bytes. */
  size(place: number): number {
    // Records are floating point, and what is reckoned from them would be: each sum a piece of memory of its own.
    return ((this.#ends[place] as number) - (this.#starts[place] as number)) | 0
  }

  /**
   * Copies messages with commas between them; many that lie side by side in one piece: a client that takes everything of
   * a source costs one copy per batch.
   *
   * @returns where they end in `memory`.
   */
  copy({ picks, from, count }: Picked, memory: Buffer, at: number): number {
    const views = this.#views
    const to = from + count
    let end = at
    for (let n = from; n < to; n++) {
      const place = picks === undefined ? n : (picks[n] as number)
      if (n > from) memory[end++] = COMMA
      const isRun = picks === undefined || (n + RUN <= to && picks[n + RUN - 1] === place + RUN - 1)
      const view = views[place]
      if (isRun || view === null) {
        const last = isRun ? this.#lastSideBySide(picks, n, to) : place
        end += (this.#memories[place] as Buffer).copy(memory, end, this.#starts[place], this.#ends[last])
        n += last - place
      } else {
        const bytes = view ?? this.#view(place)
        memory.set(bytes, end)
        end += bytes.length
      }
    }
    return end
  }

  /** The last of the messages, from the `n`th pick up to `to`, that lie side by side with a comma between them. */
  #lastSideBySide(picks: Int32Array | undefined, n: number, to: number): number {
    const first = picks === undefined ? n : (picks[n] as number)
    let last = first
    for (let next = n + 1; next < to; next++, last++) {
      if (picks !== undefined && picks[next] !== last + 1) break
      if (this.#memories[last + 1] !== this.#memories[last]) break
      // One byte apart: the comma. Between batches in the journal's ring lie the numbers of the later one.
      if (this.#starts[last + 1] !== (this.#ends[last] as number) + 1) break
    }
    return last
  }

  #view(place: number): Uint8Array {
    const view = (this.#memories[place] as Buffer).subarray(this.#starts[place], this.#ends[place])
    this.#views[place] = view
    return view
  }
}
