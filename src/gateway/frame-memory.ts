import { Frame, type FrameSpace } from './frame.ts'

/** Frames up to this size are put together in lent memory, bytes; a larger one costs more to copy than to allocate. */
const LENT_BYTES = 128 * 1024

/**
 * The memory in which the frames of the stream are put together, one after the other.
 *
 * A frame is written to its clients before the next one is made, and the operating system copies what it takes. So one
 * piece of memory does for all of them, it stays in the cache, and nothing is left to be collected. When a socket could
 * not take all of a frame, it still reads from that memory: then it is left to the socket.
 */
export class FrameMemory {
  #lent: FrameSpace = { memory: Buffer.allocUnsafeSlow(LENT_BYTES), isLent: true }

  /** Memory for a frame with `jsonLength` bytes of JSON; what it lends is valid until the next call. */
  take(jsonLength: number): FrameSpace {
    return jsonLength + Frame.LENT_EXTRA <= LENT_BYTES ? this.#lent : Frame.allocate(jsonLength)
  }

  /** Leaves the memory of `frame`, the last one that was lent, to the sockets that still read from it. */
  leave(frame: Frame): void {
    if (frame.isIn(this.#lent)) this.#lent = { memory: Buffer.allocUnsafeSlow(LENT_BYTES), isLent: true }
  }
}
