import type { Socket as NetSocket } from 'node:net'
import type { Frame } from './frame.ts'

/** What became of a frame handed to a client. */
export type Handed =
  /** The operating system has all of it: its memory is free. */
  | 'taken'
  /** It waits, and is read from where it lies. */
  | 'held'
  /** It waits, as a copy. */
  | 'copied'

/** Node.js' own end of a TCP connection, as far as it is used here; see `directHandleOf`. */
interface StreamHandle {
  writeBuffer(request: WriteRequest, bytes: Uint8Array): number
  /** Bytes; none once it is closed. */
  readonly writeQueueSize: number | undefined
  /** Bytes of all writes, what waits included. */
  readonly bytesWritten?: number
}

/** What Node.js keeps of a write until the operating system has taken all of it. */
interface WriteRequest {
  oncomplete?: (status: number) => void
  /** Kept from being collected. */
  buffer?: Uint8Array
}

/** What of Node.js' own parts a direct write needs. */
interface StreamWrap {
  readonly WriteWrap: new () => WriteRequest
  readonly streamBaseState: Int32Array
  readonly kLastWriteWasAsync: number
}

const streamWrap = findStreamWrap()
/** Whether this Node.js has what a direct write needs. */
export const CAN_WRITE_DIRECTLY = streamWrap !== undefined
/** Serves every write that is taken at once, which leaves no trace in it. */
let request = streamWrap && new streamWrap.WriteWrap()

/**
 * The way down to the network socket of one client.
 *
 * Most writes are taken by the operating system at once, and for those the path of a stream in Node.js (a request, a
 * callback, a tick for each) is most of what a write costs beside the system call. So bytes go to the handle below the
 * stream while nothing waits in either; else they queue in the stream. Both write in the order in which they were handed
 * over. What Node.js does not document is looked for, and left alone where it is not there.
 */
export class Wire {
  readonly #socket: NetSocket
  readonly #handle: StreamHandle | undefined
  /** Bytes of a direct write that the operating system has not taken yet. */
  #waitingBytes = 0
  #isClear = false

  constructor(socket: NetSocket) {
    this.#socket = socket
    this.#handle = directHandleOf(socket)
  }

  /** Bytes handed over that the operating system has not taken yet. */
  get backlogBytes(): number {
    return this.#waitingBytes + this.#socket.writableLength
  }

  /** Bytes that the operating system has taken in all; it grows also while a large write is under way. */
  get takenBytes(): number {
    const { bytesWritten, writeQueueSize } = this.#handle ?? {}
    if (bytesWritten !== undefined && writeQueueSize !== undefined) return bytesWritten - writeQueueSize
    return this.#socket.bytesWritten - this.#socket.writableLength
  }

  /**
   * True while the next frame may be sent with no further look, here or at what is above: everything sent before was taken,
   * and nobody has raised a doubt since.
   */
  get isClear(): boolean {
    return this.#isClear
  }

  /** Says that something else is written to the socket, or that it is closing: the next frame needs a look at that first. */
  doubt(): void {
    this.#isClear = false
  }

  /** Looks into the handle, which brings it near to the processor: whoever else wrote something that waits is noticed. */
  look(): void {
    if (this.#isClear && this.#handle !== undefined && this.#handle.writeQueueSize !== 0) this.#isClear = false
  }

  /** Sends a frame, and a short one after it; as a copy when others wait before them. */
  send(frame: Frame, next: Frame | undefined, door: 'socket.io' | 'native'): Handed {
    if (this.#isClear || this.backlogBytes === 0) return this.#write(frame.bytesFor(door, next))
    this.#socket.write(frame.own().bytesFor(door, next))
    return 'copied'
  }

  /** Sends bytes that never change. */
  push(bytes: Buffer): 'taken' | 'held' {
    if (this.#isClear || this.backlogBytes === 0) return this.#write(bytes)
    this.#socket.write(bytes)
    return 'held'
  }

  destroy(): void {
    this.#socket.destroy()
  }

  /** Writes bytes before which nothing waits. They must not change unless they were `taken`. */
  #write(bytes: Buffer): 'taken' | 'held' {
    // Unless it turns out otherwise.
    this.#isClear = true
    const handle = this.#handle
    if (handle === undefined || request === undefined || streamWrap === undefined) return this.#writeToStream(bytes)
    const error = handle.writeBuffer(request, bytes)
    if (error !== 0) this.#fail(error)
    else if (streamWrap.streamBaseState[streamWrap.kLastWriteWasAsync] !== 0) {
      this.#wait(handle, request, bytes)
      request = new streamWrap.WriteWrap()
      return 'held'
    }
    return 'taken'
  }

  #writeToStream(bytes: Buffer): 'taken' | 'held' {
    this.#socket.write(bytes)
    this.#isClear = this.#socket.writableLength === 0
    return this.#isClear ? 'taken' : 'held'
  }

  #wait(handle: StreamHandle, waiting: WriteRequest, bytes: Buffer): void {
    this.#isClear = false
    this.#waitingBytes = handle.writeQueueSize ?? 0
    waiting.buffer = bytes
    waiting.oncomplete = (status) => {
      // What was handed over later went to the stream, which counts it.
      this.#waitingBytes = 0
      if (status < 0) this.#fail(status)
    }
  }

  /** As a stream that fails to write: the connection ends. */
  #fail(status: number): void {
    this.#isClear = false
    if (!this.#socket.destroyed) this.#socket.destroy(new Error(`write failed: ${status}`))
  }
}

/** The handle of a plain TCP connection of this process; none when the socket is something else. */
function directHandleOf(socket: NetSocket): StreamHandle | undefined {
  const handle = (socket as { readonly _handle?: StreamHandle | null })._handle
  const isTcp = handle?.constructor.name === 'TCP'
  return isTcp && typeof handle.writeBuffer === 'function' && typeof handle.writeQueueSize === 'number'
    ? handle
    : undefined
}

function findStreamWrap(): StreamWrap | undefined {
  try {
    const binding = Reflect.get(process, 'binding') as (name: string) => Partial<StreamWrap>
    const { WriteWrap, streamBaseState, kLastWriteWasAsync } = binding('stream_wrap')
    const isWhole = typeof WriteWrap === 'function' && streamBaseState?.[kLastWriteWasAsync ?? -1] !== undefined
    return isWhole && kLastWriteWasAsync !== undefined ? { WriteWrap, streamBaseState, kLastWriteWasAsync } : undefined
  } catch {
    return undefined
  }
}
