import type { CodeName } from '../protocol/codes.ts'
import type { Frame } from './frame.ts'

/** One client's connection, whatever door it came through. */
export interface Connection {
  readonly id: string
  readonly door: 'socket.io' | 'websocket'
  /** How messages travel now, for the operator: `websocket` or `polling`. */
  readonly transport: string
  /** True when a frame goes to the operating system at once: nothing waits before it. */
  readonly takesAtOnce: boolean
  /**
   * Hands a frame on, in order with everything sent before; never waits, never refuses.
   *
   * @param next A short frame to be sent after it by the same system call.
   * @returns false when the memory of the frame is still read from: the operating system has not taken all of it.
   */
  send(frame: Frame, next?: Frame): boolean
  /** Bytes handed on that the operating system has not taken yet. */
  readonly backlogBytes: number
  /** Closes so that a stock client knows whether to come back, from the code. */
  close(code: CodeName): void
}
