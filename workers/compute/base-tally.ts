/** Bytes of deltas that are kept, as a multiple of the bytes of the base they follow. */
const MAX_DELTA_BYTES_RATIO = 2
/** Deltas that are always kept, however large. */
const MIN_DELTAS = 32
/** Deltas after which a base is due however small they are. */
const MAX_DELTAS = 512

/** Counts what a channel of books has sent since its last base, and says when the next one is due; see `BookKeeper`. */
export class BaseTally {
  #baseBytes = 0
  #deltaBytes = 0
  #deltaCount = 0

  /** A base or a snapshot of so many bytes of JSON was sent: deltas count anew from here. */
  begin(sizeBytes: number): void {
    this.#baseBytes = sizeBytes
    this.#deltaBytes = 0
    this.#deltaCount = 0
  }

  /** A delta of so many bytes of JSON was sent. */
  add(sizeBytes: number): void {
    this.#deltaBytes += sizeBytes
    this.#deltaCount += 1
  }

  /** Whether the deltas since the last base are too many, or too large. */
  get isDue(): boolean {
    if (this.#deltaCount > MAX_DELTAS) return true
    return this.#deltaCount >= MIN_DELTAS && this.#deltaBytes > MAX_DELTA_BYTES_RATIO * this.#baseBytes
  }
}
