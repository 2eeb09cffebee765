import type { Socket as NetSocket } from 'node:net'
import type { Socket as EngineSocket, Transport } from 'engine.io'
import type { Socket } from 'socket.io'
import type { WebSocket } from 'ws'
import { CODES, type CodeName } from '../protocol/codes.ts'
import type { Connection } from './connection.ts'
import type { Frame } from './frame.ts'
import type { FrameGroup } from './frame-group.ts'
import { HeldFrames } from './held-frames.ts'
import { holdBack } from './hold-back.ts'

type SendOptions = Parameters<EngineSocket['write']>[1]
/** Backlogs of answers that a client of long-polling may leave untaken: it cannot be held back, only closed. */
const POLLING_BACKLOGS = 8
/** Time that a slow client has to take its closing, ms. */
const CUT_MS = 1_000

/**
 * A client of the Socket.IO door.
 *
 * A frame goes straight to the network socket, in one system call, when Engine.IO has nothing of its own under way: the
 * connection is an open WebSocket, not upgrading, and `writable`, which implies that Engine.IO's buffer is empty.
 * Otherwise it goes through Engine.IO's `write`, which keeps the order, with the frame encoded already. What is not
 * documented by Engine.IO is looked for and left alone when it is not there; the contract is held by a test.
 */
export class SocketIoConnection implements Connection {
  readonly door = 'socket.io'
  readonly #socket: Socket
  readonly #engine: EngineSocket
  readonly #maxBacklogBytes: number
  #netTransport: Transport | undefined
  #netSocket: NetSocket | undefined
  /** Bytes in Engine.IO's own buffer: text handed over while the transport was not writable. */
  #bufferedBytes = 0
  /** Those of them that are answers, and what else Socket.IO sends by itself. */
  #bufferedAnswerBytes = 0
  readonly #held = new HeldFrames()
  #isReleasing = false

  constructor(socket: Socket, maxBacklogBytes: number) {
    this.#socket = socket
    this.#maxBacklogBytes = maxBacklogBytes
    this.#engine = socket.conn as EngineSocket
    // The first HTTP request is a few KB per connection that nobody reads again; `handshake` has what matters.
    Reflect.set(this.#engine, 'request', undefined)
    this.#engine.on('packetCreate', ({ data, options }: BufferedPacket) => {
      // What Socket.IO sends by itself comes after what was handed over before.
      if (!this.#isReleasing && !this.#held.isEmpty) this.#release()
      this.#bufferedBytes += data?.length ?? 0
      if (options?.wsPreEncodedFrame === undefined) this.#bufferedAnswerBytes += data?.length ?? 0
    })
    this.#engine.on('drain', () => {
      this.#bufferedBytes = 0
      this.#bufferedAnswerBytes = 0
    })
    this.#engine.on('packet', () => {
      const isPolling = this.transport === 'polling'
      if (isPolling && this.#bufferedAnswerBytes > POLLING_BACKLOGS * maxBacklogBytes) this.#engine.close(true)
    })
    this.#engine.on('upgrade', () => {
      this.#directSocket()
      this.#release()
    })
    this.#directSocket()
    const first = this.#engine.transport
    if (first.name === 'polling') first.on('ready', () => first.writable && this.#release())
  }

  get id(): string {
    return this.#socket.id
  }

  get address(): string {
    return this.#socket.conn.remoteAddress
  }

  get transport(): string {
    return this.#engine.transport.name
  }

  get backlogBytes(): number {
    return this.#bufferedBytes + this.#held.bytes + (this.#directSocket()?.writableLength ?? 0)
  }

  send(frame: Frame, next?: Frame): boolean {
    if (this.#engine.readyState !== 'open') return true
    const direct = this.#freeSocket()
    if (direct === undefined) {
      this.#sendByEngine(frame.own())
      if (next !== undefined) this.#sendByEngine(next)
      return true
    }
    const isBehind = direct.writableLength > 0
    const kept = isBehind ? frame.own() : frame
    direct.write(next === undefined ? kept.socketIoFrame() : kept.followedBy(next, 'socket.io'))
    return isBehind || direct.writableLength === 0
  }

  sendAll(group: FrameGroup): void {
    if (this.#engine.readyState !== 'open') return
    const direct = this.#freeSocket()
    if (direct !== undefined) direct.write(group.socketIoFrames())
    else for (const frame of group.frames) this.#sendByEngine(frame)
  }

  #sendByEngine(frame: Frame): void {
    const engine = this.#engine
    const { transport } = engine
    if (transport.name === 'polling' && !(transport.writable && this.#held.isEmpty)) this.#held.hold(frame)
    else
      engine.write(frame.socketIoText(), { compress: false, wsPreEncodedFrame: [frame.socketIoFrame()] } as SendOptions)
  }

  close(name: CodeName): void {
    const { code, meaning, temporary } = CODES[name]
    this.#socket.emit('notice', { code, name, message: meaning })
    // Socket.IO's own disconnect tells stock clients to stay away; the end of the connection below it does not.
    if (!temporary) this.#socket.disconnect(true)
    // Who does not read would keep an orderly closing waiting for ever.
    if (name === 'slowConsumerClosed') this.#cut()
    else if (name === 'closedByOperator') setTimeout(() => this.#cut(), CUT_MS).unref()
    else if (temporary) this.#engine.close()
  }

  /** Ends the connection soon, whether or not the client takes what was sent. */
  #cut(): void {
    const netSocket = this.#directSocket()
    this.#engine.close(true)
    setTimeout(() => netSocket?.destroy(), CUT_MS).unref()
  }

  /** Hands what was held for a client of long-polling to Engine.IO. */
  #release(): void {
    this.#isReleasing = true
    for (const packet of this.#held.take()) this.#engine.write(packet, { compress: false })
    this.#isReleasing = false
  }

  /** The network socket, when Engine.IO has nothing of its own under way. */
  #freeSocket(): NetSocket | undefined {
    const { transport, upgrading } = this.#engine
    const direct = this.#directSocket()
    return transport.writable && !upgrading ? direct : undefined
  }

  /** The network socket below a WebSocket transport; looked up once per transport. */
  #directSocket(): NetSocket | undefined {
    const { transport } = this.#engine
    if (transport === this.#netTransport) return this.#netSocket
    this.#netTransport = transport
    const webSocket = transport.name === 'websocket' ? (transport as { socket?: EngineWebSocket }).socket : undefined
    this.#netSocket = netSocketOf(webSocket)
    if (webSocket !== undefined && this.#netSocket !== undefined && typeof webSocket.pause === 'function') {
      holdBack(webSocket, () => this.backlogBytes, this.#maxBacklogBytes)
    }
    return this.#netSocket
  }
}

interface BufferedPacket {
  readonly data?: string | Buffer
  readonly options?: { readonly wsPreEncodedFrame?: unknown }
}

/** The WebSocket of Engine.IO's transport, with what Engine.IO itself uses of its inside. */
type EngineWebSocket = WebSocket & { readonly _socket?: NetSocket }

function netSocketOf(webSocket: EngineWebSocket | undefined): NetSocket | undefined {
  const netSocket = webSocket?._socket
  return typeof netSocket?.write === 'function' && typeof netSocket.writableLength === 'number' ? netSocket : undefined
}
