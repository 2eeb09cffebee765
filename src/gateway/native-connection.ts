import type { Socket as NetSocket } from 'node:net'
import { WebSocket } from 'ws'
import { CODES, type CodeName } from '../protocol/codes.ts'
import type { Connection } from './connection.ts'
import type { Frame } from './frame.ts'
import type { FrameGroup } from './frame-group.ts'
import type { Pinged } from './pings.ts'
import type { StreamHandle } from './stream-handle.ts'
import { type Handed, Wire } from './wire.ts'

/** What is added to a code to make the close code of a WebSocket (RFC 6455, section 7.4.2: 4000 to 4999 are ours). */
const CLOSE_CODE_OFFSET = 1_000

/** Time that a slow client has to take its closing, ms. */
const CUT_MS = 1_000
/** A ping without payload (RFC 6455, section 5.5.2). */
const PING = Buffer.from([0x89, 0x00])

/**
 * A client of the native door.
 *
 * Frames are written to the network socket below the library's: without compression it holds nothing back, so that
 * what it writes itself (pings, closings, answers) stays in order with them.
 */
export class NativeConnection implements Connection, Pinged {
  readonly id: string
  readonly door = 'websocket'
  readonly transport = 'websocket'
  readonly #socket: WebSocket
  readonly #netSocket: NetSocket
  readonly wire: Wire

  constructor(id: string, socket: WebSocket, netSocket: NetSocket) {
    this.id = id
    this.#socket = socket
    this.#netSocket = netSocket
    this.wire = new Wire(netSocket)
  }

  get address(): string {
    return this.#netSocket.remoteAddress ?? ''
  }

  get clearHandle(): StreamHandle | undefined {
    return this.#socket.readyState === WebSocket.OPEN ? this.wire.clearHandle : undefined
  }

  get backlogBytes(): number {
    return this.wire.backlogBytes
  }

  get takenBytes(): number {
    return this.wire.takenBytes
  }

  send(frame: Frame, next?: Frame): Handed {
    return this.#socket.readyState === WebSocket.OPEN ? this.wire.send(frame, next, this.door) : 'taken'
  }

  sendAll(group: FrameGroup): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.wire.push(group.nativeFrames())
  }

  ping(): boolean {
    if (this.#socket.readyState !== WebSocket.OPEN) return false
    this.wire.push(PING)
    return true
  }

  close(code: CodeName): void {
    this.#socket.close(CODES[code].code + CLOSE_CODE_OFFSET, code)
    // Who does not read would keep an orderly closing waiting.
    if (code === 'slowConsumerClosed' || code === 'closedByOperator') setTimeout(() => this.terminate(), CUT_MS).unref()
  }

  /** Ends the connection without waiting for the client. */
  terminate(): void {
    this.#socket.terminate()
  }
}
