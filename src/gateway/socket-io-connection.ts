import type { Socket as NetSocket } from 'node:net'
import type { Socket as EngineSocket, Transport } from 'engine.io'
import type { Socket } from 'socket.io'
import type { WebSocket } from 'ws'
import { CODES, type CodeName } from '../protocol/codes.ts'
import type { Connection } from './connection.ts'
import { type TakenPings, takePings } from './engine-pings.ts'
import type { Frame } from './frame.ts'
import type { FrameGroup } from './frame-group.ts'
import { HeldFrames } from './held-frames.ts'
import { holdBack } from './hold-back.ts'
import type { Pinged } from './pings.ts'
import type { StreamHandle } from './stream-handle.ts'
import { type Handed, Wire } from './wire.ts'

type SendOptions = Parameters<EngineSocket['write']>[1]
/** Backlogs of answers that a client of long-polling may leave untaken: it cannot be held back, only closed. */
const POLLING_BACKLOGS = 8
/** Time that a slow client has to take its closing, ms. */
const CUT_MS = 1_000
/** Engine.IO's ping (packet type 2) as a WebSocket frame. */
const PING = Buffer.from([0x81, 0x01, '2'.charCodeAt(0)])

/**
 * A client of the Socket.IO door.
 *
 * A frame goes straight to the network socket, in one system call, when Engine.IO has nothing of its own under way: the
 * connection is an open WebSocket and `writable`, which implies that Engine.IO's buffer is empty. That was seen once, and
 * is looked at again only when Engine.IO has made a packet, or closes: what it is told by lies far apart in memory.
 * Otherwise a frame goes through Engine.IO's `write`, which keeps the order, with the frame encoded already. What is not
 * documented by Engine.IO is looked for and left alone when it is not there; the contract is held by a test.
 */
export class SocketIoConnection implements Connection, Pinged {
  readonly door = 'socket.io'
  // First, since each flush reads it: it lies at the beginning of the object.
  /** Set while the transport is a WebSocket whose network socket could be found. */
  #wire: Wire | undefined
  readonly #socket: Socket
  readonly #engine: EngineSocket
  readonly #maxBacklogBytes: number
  #transport: Transport
  /** Bytes in Engine.IO's own buffer: text handed over while the transport was not writable. */
  #bufferedBytes = 0
  /** Those of them that are answers, and what else Socket.IO sends by itself. */
  #bufferedAnswerBytes = 0
  /** Bytes that have left that buffer: all that is to be seen of what a client of long-polling takes. */
  #polledBytes = 0
  readonly #held = new HeldFrames()
  /** Unless Engine.IO pings by itself. */
  readonly #enginePings: TakenPings | undefined
  #isReleasing = false
  #letBe: () => void = () => undefined

  constructor(socket: Socket, maxBacklogBytes: number) {
    this.#socket = socket
    this.#maxBacklogBytes = maxBacklogBytes
    this.#engine = socket.conn as EngineSocket
    // The first HTTP request is a few KB per connection that nobody reads again; `handshake` has what matters.
    Reflect.set(this.#engine, 'request', undefined)
    this.#enginePings = takePings(this.#engine)
    const onPacketCreate = ({ data, options }: BufferedPacket) => {
      this.#wire?.doubt()
      // What Socket.IO sends by itself comes after what was handed over before.
      if (!this.#isReleasing && !this.#held.isEmpty) this.#release()
      this.#bufferedBytes += data?.length ?? 0
      if (options?.wsPreEncodedFrame === undefined) this.#bufferedAnswerBytes += data?.length ?? 0
    }
    const onDrain = () => {
      this.#polledBytes += this.#bufferedBytes
      this.#bufferedBytes = 0
      this.#bufferedAnswerBytes = 0
    }
    const onPacket = () => {
      const isPolling = this.transport === 'polling'
      if (isPolling && this.#bufferedAnswerBytes > POLLING_BACKLOGS * maxBacklogBytes) this.#engine.close(true)
    }
    const onClose = () => this.#wire?.doubt()
    const onUpgrade = (transport: Transport) => {
      this.#transport = transport
      this.#wire = this.#wireOf(transport)
      this.#release()
    }
    const listeners = {
      packetCreate: onPacketCreate,
      drain: onDrain,
      packet: onPacket,
      close: onClose,
      upgrade: onUpgrade
    }
    for (const [event, listener] of Object.entries(listeners)) this.#engine.on(event, listener)
    const first = this.#engine.transport
    this.#transport = first
    this.#wire = this.#wireOf(first)
    const onReady = () => first.writable && this.#release()
    if (first.name === 'polling') first.on('ready', onReady)
    // The connection of a client can outlive its stay in the namespace.
    socket.once('disconnect', () => {
      this.#wire?.doubt()
      this.#letBe()
      first.off('ready', onReady)
      for (const [event, listener] of Object.entries(listeners)) this.#engine.off(event, listener)
    })
  }

  get id(): string {
    return this.#socket.id
  }

  get address(): string {
    return this.#socket.conn.remoteAddress
  }

  get transport(): string {
    return this.#transport.name
  }

  get wire(): Wire | undefined {
    return this.#wire
  }

  get clearHandle(): StreamHandle | undefined {
    return this.#wire?.clearHandle
  }

  get backlogBytes(): number {
    return this.#bufferedBytes + this.#held.bytes + (this.#wire?.backlogBytes ?? 0)
  }

  get takenBytes(): number {
    return this.#wire?.takenBytes ?? this.#polledBytes
  }

  send(frame: Frame, next?: Frame): Handed {
    const wire = this.#wire
    if (wire?.isClear === true) return wire.send(frame, next, this.door)
    if (this.#engine.readyState !== 'open') return 'taken'
    if (wire !== undefined && this.#transport.writable) return wire.send(frame, next, this.door)
    this.#sendByEngine(frame.own())
    if (next !== undefined) this.#sendByEngine(next)
    return 'copied'
  }

  sendAll(group: FrameGroup): void {
    if (this.#engine.readyState !== 'open') return
    if (this.#wire !== undefined && this.#transport.writable) this.#wire.push(group.socketIoFrames())
    else for (const frame of group.frames) this.#sendByEngine(frame)
  }

  #sendByEngine(frame: Frame): void {
    const engine = this.#engine
    const transport = this.#transport
    if (transport.name === 'polling' && !(transport.writable && this.#held.isEmpty)) this.#held.hold(frame)
    else
      engine.write(frame.socketIoText(), { compress: false, wsPreEncodedFrame: [frame.socketIoFrame()] } as SendOptions)
  }

  /** Says whether it is to be pinged. */
  get needsPings(): boolean {
    return this.#enginePings !== undefined
  }

  ping(): boolean {
    if (this.#wire?.isClear === true) this.#wire.push(PING)
    else if (this.#engine.readyState !== 'open') return false
    else this.#enginePings?.send()
    return true
  }

  terminate(): void {
    const wire = this.#wire
    this.#enginePings?.end()
    setTimeout(() => wire?.destroy(), CUT_MS).unref()
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
    this.#engine.close(true)
    setTimeout(() => this.#wire?.destroy(), CUT_MS).unref()
  }

  /** Hands what was held for a client of long-polling to Engine.IO. */
  #release(): void {
    this.#isReleasing = true
    for (const packet of this.#held.take()) this.#engine.write(packet, { compress: false })
    this.#isReleasing = false
  }

  /** The way to the network socket below a WebSocket transport. */
  #wireOf(transport: Transport): Wire | undefined {
    const webSocket = transport.name === 'websocket' ? (transport as { socket?: EngineWebSocket }).socket : undefined
    const netSocket = netSocketOf(webSocket)
    if (webSocket === undefined || netSocket === undefined || typeof webSocket.pause !== 'function') return undefined
    this.#letBe = holdBack(webSocket, () => this.backlogBytes, this.#maxBacklogBytes)
    return new Wire(netSocket)
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
