import type { Socket as NetSocket } from 'node:net'
import type { DoorKind, Frame } from './frame.ts'
import { directHandleOf, onTaken, type StreamHandle, TAKEN, WAITS, writeDirectly } from './stream-handle.ts'

/** What became of a frame handed to a client. */
export type Handed =
  /** The operating system has all of it: its memory is free. */
  | 'taken'
  /** It waits, and is read from where it lies. */
  | 'held'
  /** It waits, as a copy. */
  | 'copied'

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

  /** The handle, while a frame may be written to it by itself: `isClear`, and there is one. */
  get clearHandle(): StreamHandle | undefined {
    return this.#isClear ? this.#handle : undefined
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
  send(frame: Frame, next: Frame | undefined, door: DoorKind): Handed {
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

  /** Looks after bytes written to `clearHandle` that were not taken: they wait, or the connection has failed, and nothing is held. */
  settle(bytes: Uint8Array, outcome: number): 'taken' | 'held' {
    if (outcome !== WAITS) {
      this.#fail(outcome)
      return 'taken'
    }
    this.#isClear = false
    this.#waitingBytes = this.#handle?.writeQueueSize ?? 0
    onTaken(bytes, (status) => {
      // What was handed over later went to the stream, which counts it.
      this.#waitingBytes = 0
      if (status < 0) this.#fail(status)
    })
    return 'held'
  }

  /** Writes bytes before which nothing waits. They must not change unless they were `taken`. */
  #write(bytes: Buffer): 'taken' | 'held' {
    // Unless it turns out otherwise.
    this.#isClear = true
    if (this.#handle === undefined) return this.#writeToStream(bytes)
    const outcome = writeDirectly(this.#handle, bytes)
    return outcome === TAKEN ? 'taken' : this.settle(bytes, outcome)
  }

  #writeToStream(bytes: Buffer): 'taken' | 'held' {
    this.#socket.write(bytes)
    this.#isClear = this.#socket.writableLength === 0
    return this.#isClear ? 'taken' : 'held'
  }

  /** As a stream that fails to write: the connection ends. */
  #fail(status: number): void {
    this.#isClear = false
    if (!this.#socket.destroyed) this.#socket.destroy(new Error(`write failed: ${status}`))
  }
}
