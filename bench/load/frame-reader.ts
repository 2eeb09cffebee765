/** How are WebSocket frames of a server read from a socket without copying them? */

const FIN = 0x80
const OPCODE = 0x0f
const MASKED = 0x80
/** Longest header of a frame of a server, bytes. */
const MAX_HEADER = 10

export const OPCODES = { text: 1, close: 8, ping: 9, pong: 10 } as const

/** Told of each whole frame: its opcode, and where its payload lies. The memory is only valid during the call. */
export type OnFrame = (opcode: number, payload: Buffer) => void

/**
 * Takes frames out of what a socket reads.
 *
 * Reads go to memory that all connections share. A frame that is cut off by its end is moved to memory of its own, and
 * the rest of it is read straight to its place there: `target` says where the next read has to go.
 */
export class FrameReader {
  readonly #shared: Buffer
  readonly #onFrame: OnFrame
  #own: Buffer | undefined
  #filled = 0
  /** Bytes of the frame in `#own`, as far as is known; 0 when there is none. */
  #needed = 0

  constructor(shared: Buffer, onFrame: OnFrame) {
    this.#shared = shared
    this.#onFrame = onFrame
  }

  target(): Buffer {
    if (this.#needed === 0 || this.#own === undefined) return this.#shared
    return this.#own.subarray(this.#filled, this.#needed)
  }

  /** Takes in `count` bytes that were read to `target()`. */
  read(count: number): void {
    if (this.#needed === 0 || this.#own === undefined) {
      this.take(this.#shared, 0, count)
      return
    }
    this.#filled += count
    if (this.#filled < this.#needed) return
    const length = frameLength(this.#own, 0, this.#filled)
    if (length > this.#filled || length < 0) {
      this.#hold(this.#own, 0, this.#filled, Math.abs(length))
      return
    }
    this.#needed = 0
    this.#tell(this.#own, 0, length)
  }

  /** Takes in bytes that lie elsewhere. */
  take(bytes: Buffer, start: number, end: number): void {
    let at = start
    while (at < end) {
      const length = frameLength(bytes, at, end)
      if (length < 0 || at + length > end) {
        this.#hold(bytes, at, end, Math.abs(length))
        return
      }
      this.#tell(bytes, at, at + length)
      at += length
    }
  }

  /** Keeps the beginning of a frame, with room for all that is needed of it. */
  #hold(bytes: Buffer, start: number, end: number, needed: number): void {
    const own = this.#own
    if (own === undefined || own.length < needed) {
      this.#own = Buffer.allocUnsafeSlow(2 ** Math.ceil(Math.log2(Math.max(needed, 256))))
      bytes.copy(this.#own, 0, start, end)
    } else if (own !== bytes) bytes.copy(own, 0, start, end)
    this.#filled = end - start
    this.#needed = needed
  }

  #tell(bytes: Buffer, start: number, end: number): void {
    const first = bytes[start] ?? 0
    if ((first & FIN) === 0) throw new Error('expected frames in one piece; found a fragment')
    this.#onFrame(first & OPCODE, bytes.subarray(start + headerLength(bytes, start), end))
  }
}

/** Length of the frame, header included; when the header is cut off, minus the bytes needed to know more. */
function frameLength(bytes: Buffer, at: number, end: number): number {
  const available = end - at
  if (available < 2) return -2
  const header = headerLength(bytes, at)
  if (available < header) return -header
  const short = bytes[at + 1] ?? 0
  if ((short & MASKED) !== 0) throw new Error('expected frames without a mask; found one')
  if (header === 2) return header + short
  return header + (header === 4 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2)))
}

function headerLength(bytes: Buffer, at: number): number {
  const short = (bytes[at + 1] ?? 0) & ~MASKED
  return short < 126 ? 2 : short === 126 ? 4 : MAX_HEADER
}
