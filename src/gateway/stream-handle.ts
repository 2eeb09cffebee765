import type { Socket as NetSocket } from 'node:net'

/** Node.js' own end of a TCP connection, as far as it is used here; see `directHandleOf`. */
export interface StreamHandle {
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

/** What became of a direct write: one of these, or an error of libuv, which is below 0. */
export const TAKEN = 0
/** It was not taken whole, and waits. */
export const WAITS = 1

const streamWrap = findStreamWrap()
/** Whether this Node.js has what a direct write needs. */
export const CAN_WRITE_DIRECTLY = streamWrap !== undefined
/** Serves every write that is taken at once, which leaves no trace in it. */
let request = (streamWrap && new streamWrap.WriteWrap()) as WriteRequest
const state = streamWrap?.streamBaseState ?? new Int32Array(1)
const wasAsync = streamWrap?.kLastWriteWasAsync ?? 0

/** The handle of a plain TCP connection of this process; none when the socket is something else. */
export function directHandleOf(socket: NetSocket): StreamHandle | undefined {
  if (!CAN_WRITE_DIRECTLY) return undefined
  const handle = (socket as { readonly _handle?: StreamHandle | null })._handle
  const isTcp = handle?.constructor.name === 'TCP'
  return isTcp && typeof handle.writeBuffer === 'function' && typeof handle.writeQueueSize === 'number'
    ? handle
    : undefined
}

/** Writes bytes before which nothing waits; unless they are taken, `onTaken` must be called next when they wait. */
export function writeDirectly(handle: StreamHandle, bytes: Uint8Array): number {
  const error = handle.writeBuffer(request, bytes)
  return error === 0 ? (state[wasAsync] as number) && WAITS : error
}

/** Calls `done` with 0 or an error once the bytes of the last write, which waits, are taken. They must not change until then. */
export function onTaken(bytes: Uint8Array, done: (status: number) => void): void {
  request.buffer = bytes
  request.oncomplete = done
  if (streamWrap !== undefined) request = new streamWrap.WriteWrap()
}

/**
 * Writes that are made one directly after the other.
 *
 * A system call leaves little of what was in the processor's cache, and of the places of memory it knows the address of, on
 * many systems nothing. So between two of them nothing else is looked at than what is here, side by side.
 */
export class DirectWrites {
  /** By place; none where something else is to be done first. */
  readonly handles: (StreamHandle | undefined)[] = []
  readonly bytes: (Uint8Array | undefined)[] = []
  /** What became of the last write. */
  outcome = TAKEN

  /** Writes those from place `from` on. @returns the first place that has no handle, or was not taken; else `to`. */
  run(from: number, to: number): number {
    const { handles, bytes } = this
    for (let place = from; place < to; place++) {
      const handle = handles[place]
      if (handle === undefined) return place
      const outcome = writeDirectly(handle, bytes[place] as Uint8Array)
      if (outcome === TAKEN) continue
      this.outcome = outcome
      return place
    }
    return to
  }

  /** Keeps nothing in memory. */
  forget(): void {
    this.handles.fill(undefined)
    this.bytes.fill(undefined)
  }
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
