import type { CodeName } from '../protocol/codes.ts'
import type { DoorKind, Frame } from './frame.ts'
import type { FrameGroup } from './frame-group.ts'
import type { StreamHandle } from './stream-handle.ts'
import type { Handed, Wire } from './wire.ts'

/** One client's connection, whatever door it came through. */
export interface Connection {
  readonly id: string
  readonly door: DoorKind
  /** Network address of the other end, which is a proxy's where there is one. */
  readonly address: string
  /** How messages travel now, for the operator: `websocket` or `polling`. */
  readonly transport: string
  /**
   * Hands a frame on, in order with everything sent before; never waits, never refuses. A frame that is lent and that the
   * operating system does not take now is kept as a copy.
   *
   * @param next A short frame to be sent after it, by the same system call where that can be.
   * @returns `taken` also when nothing is sent, because the connection is closing.
   */
  send(frame: Frame, next?: Frame): Handed
  /** Hands all of a group on, by one system call where that can be. */
  sendAll(group: FrameGroup): void
  /** The way to the network socket below; none while the transport has no one socket, or it could not be found. */
  readonly wire: Wire | undefined
  /**
   * Where the bytes of a frame may be written by themselves, with no further look: everything sent before was taken, and the
   * connection is open. What is not taken there is told to the wire.
   */
  readonly clearHandle: StreamHandle | undefined
  /** Bytes handed on that the operating system has not taken yet. */
  readonly backlogBytes: number
  /** Bytes that the operating system has taken in all, as far as can be seen: what a client reads shows in it. */
  readonly takenBytes: number
  /** Closes so that a stock client knows whether to come back, from the code. */
  close(code: CodeName): void
}
