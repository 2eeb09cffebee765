import type { Socket as NetSocket } from 'node:net'
import type { Socket as EngineSocket, Transport } from 'engine.io'
import type { Socket } from 'socket.io'
import { CODES, type CodeName } from '../protocol/codes.ts'
import type { Connection } from './connection.ts'
import type { Frame } from './frame.ts'

type SendOptions = Parameters<EngineSocket['write']>[1]

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
  #netTransport: Transport | undefined
  #netSocket: NetSocket | undefined
  /** Bytes in Engine.IO's own buffer: text handed over while the transport was not writable. */
  #bufferedBytes = 0

  constructor(socket: Socket) {
    this.#socket = socket
    this.#engine = socket.conn as EngineSocket
    // The first HTTP request is a few KB per connection that nobody reads again; `handshake` has what matters.
    Reflect.set(this.#engine, 'request', undefined)
    this.#engine.on('drain', () => {
      this.#bufferedBytes = 0
    })
  }

  get id(): string {
    return this.#socket.id
  }

  get transport(): string {
    return this.#engine.transport.name
  }

  get backlogBytes(): number {
    return this.#bufferedBytes + (this.#directSocket()?.writableLength ?? 0)
  }

  send(frame: Frame): void {
    const engine = this.#engine
    if (engine.readyState !== 'open') return
    const { transport } = engine
    const direct = this.#directSocket()
    if (direct !== undefined && transport.writable && !engine.upgrading) {
      direct.write(frame.socketIoFrame())
      return
    }
    if (!transport.writable) this.#bufferedBytes += frame.jsonLength
    engine.write(frame.socketIoText(), { compress: false, wsPreEncodedFrame: [frame.socketIoFrame()] } as SendOptions)
  }

  close(code: CodeName): void {
    // Socket.IO's own disconnect tells stock clients to stay away; the end of the connection below it does not.
    if (CODES[code].temporary) this.#engine.close()
    else this.#socket.disconnect(true)
  }

  /** The network socket below a WebSocket transport; looked up once per transport. */
  #directSocket(): NetSocket | undefined {
    const { transport } = this.#engine
    if (transport !== this.#netTransport) {
      this.#netTransport = transport
      this.#netSocket = transport.name === 'websocket' ? netSocketOf(transport) : undefined
    }
    return this.#netSocket
  }
}

function netSocketOf(transport: Transport): NetSocket | undefined {
  const webSocket = (transport as { socket?: { _socket?: NetSocket } }).socket
  const netSocket = webSocket?._socket
  return typeof netSocket?.write === 'function' && typeof netSocket.writableLength === 'number' ? netSocket : undefined
}
