/** Pieces begin at multiples of so many bytes, as 64-bit numbers do. */
const ALIGNMENT = 8

/**
 * Memory from which pieces are taken, and to which they are given back in the same order, over and over: nothing is
 * allocated in between, and nothing is left to be collected.
 *
 * ```
 * ├── free ──┤ oldest … newest ├────── free ──────┤
 *            tail              head
 * ```
 */
export class RingMemory {
  readonly bytes: Buffer
  /** The same memory as 64-bit numbers. */
  readonly numbers: Float64Array
  readonly #capacity: number
  #head = 0
  #tail = 0
  #pieces = 0

  /**
   * @param capacity bytes; memory of the system is used only as far as it was ever written.
   * @throws Error when the system has none for it.
   */
  constructor(capacity: number) {
    this.#capacity = aligned(capacity)
    this.bytes = allocated(this.#capacity)
    this.numbers = new Float64Array(this.bytes.buffer)
  }

  /** Takes a piece. @returns where it begins, bytes; `undefined` when there is no room for it now. */
  take(size: number): number | undefined {
    const needed = aligned(size)
    if (this.#pieces === 0) {
      this.#head = 0
      this.#tail = 0
    }
    const isWrapped = this.#head < this.#tail
    // Head and tail never meet while there are pieces, or a full ring would look like an empty one.
    if (isWrapped ? this.#head + needed >= this.#tail : this.#head + needed > this.#capacity) {
      if (isWrapped || needed >= this.#tail) return undefined
      this.#head = 0
    }
    const start = this.#head
    this.#head += needed
    this.#pieces += 1
    return start
  }

  /** Gives the oldest piece back, which began at `start`. */
  giveBack(start: number, size: number): void {
    this.#tail = start + aligned(size)
    this.#pieces -= 1
  }
}

function aligned(size: number): number {
  return Math.ceil(size / ALIGNMENT) * ALIGNMENT
}

function allocated(bytes: number): Buffer {
  try {
    return Buffer.allocUnsafeSlow(bytes)
  } catch (cause) {
    const size = `${Math.ceil(bytes / 1024 / 1024)} MiB`
    throw new Error(`recoveryMb: expected ${size} of memory; found less. Lower it, or raise the process's limit`, {
      cause
    })
  }
}
