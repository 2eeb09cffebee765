import { Frame, type FrameSpace } from './frame.ts'

/** Memory for the frames of a batch, bytes; a frame that is larger costs more to copy than to allocate. */
const LENT_BYTES = 128 * 1024
/** Frames begin at a multiple of that: of a line of the processor's cache, bytes. */
const ALIGNMENT = 64

/**
 * The memory in which the frames of the stream are put together, those of a batch one behind the other.
 *
 * They are written to their clients before those of the next batch are made, and the operating system copies what it
 * takes. So one piece of memory does for all of them, it stays in the cache, and nothing is left to be collected. When a
 * socket could not take all of a frame, it still reads from that memory: then it is left to the socket.
 */
export class FrameMemory {
  #memory = Buffer.allocUnsafeSlow(LENT_BYTES)
  #used = 0
  #isLeft = false

  /** Says whether `take` would give what is free, or memory of its own for a frame that is larger than all of it. */
  hasRoom(jsonLength: number): boolean {
    const needed = jsonLength + Frame.LENT_EXTRA
    return this.#used + needed <= LENT_BYTES || needed > LENT_BYTES
  }

  /** Memory for a frame with `jsonLength` bytes of JSON; what it lends is valid until `reset`. */
  take(jsonLength: number): FrameSpace {
    const start = this.#used
    const end = start + jsonLength + Frame.LENT_EXTRA
    if (end > LENT_BYTES) return Frame.allocate(jsonLength)
    this.#used = Math.ceil(end / ALIGNMENT) * ALIGNMENT
    return { memory: this.#memory, start, isLent: true }
  }

  /** Leaves the memory in which `frame` lies to the sockets that still read from it. */
  leave(frame: Frame): void {
    if (frame.isIn(this.#memory)) this.#isLeft = true
  }

  /** All frames were handed to their clients: their memory is free for others. */
  reset(): void {
    this.#used = 0
    if (this.#isLeft) this.#memory = Buffer.allocUnsafeSlow(LENT_BYTES)
    this.#isLeft = false
  }
}
