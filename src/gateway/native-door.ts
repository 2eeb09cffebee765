import { randomUUID } from 'node:crypto'
import type { Server as HttpServer, IncomingMessage } from 'node:http'
import type { Socket as NetSocket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'
import { codedError } from '../protocol/codes.ts'
import { NAMESPACE } from '../protocol/server-events.ts'
import type { ClientHandle } from './clients.ts'
import { type DoorOptions, originIsAllowed, PING_TIMEOUT_MS, shutdownNotice } from './door.ts'
import { Frame } from './frame.ts'
import { holdBack } from './hold-back.ts'
import { NativeConnection } from './native-connection.ts'
import { readNativeRequest } from './native-request.ts'
import { Pings } from './pings.ts'

/** Malformed messages after which a client is closed for good. */
const MAX_VIOLATIONS = 20
/** Longest wait for clients to take the closing, ms. */
const CLOSE_MS = 1_000

/**
 * The door for native WebSocket clients: URL path `/ws/rt_market`, the same events as the Socket.IO door as bare JSON
 * arrays.
 *
 * Framing, fragments, pings, UTF-8 and size limits are the library's; the codes of RFC 6455 it closes with are told in
 * docs/protocol.md.
 */
export class NativeDoor {
  readonly #options: DoorOptions
  readonly #server: WebSocketServer
  readonly #connections = new Map<WebSocket, NativeConnection>()
  readonly #pings: Pings

  constructor(httpServer: HttpServer, options: DoorOptions) {
    this.#options = options
    this.#server = new WebSocketServer({
      noServer: true,
      perMessageDeflate: false,
      maxPayload: options.maxMessageBytes
    })
    this.#pings = new Pings(PING_TIMEOUT_MS, options.every)
    httpServer.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head))
  }

  /** Tells every client, and closes its connection with the code for coming back. */
  async stop(): Promise<void> {
    this.#pings.stop()
    for (const connection of this.#connections.values()) {
      connection.send(Frame.ofEvent('notice', shutdownNotice(this.#options.reconnectAfterMs)))
      connection.close('shutdown')
    }
    const deadlineMs = performance.now() + CLOSE_MS
    while (this.#connections.size > 0 && performance.now() < deadlineMs) {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    for (const connection of this.#connections.values()) connection.terminate()
    this.#server.close()
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const [path = ''] = (request.url ?? '').split('?')
    if (path.startsWith('/socket.io/')) return
    const { clients, corsOrigin } = this.#options
    const { origin, host } = request.headers
    const isOurs = path === NAMESPACE || path === `${NAMESPACE}/`
    if (!isOurs) refuse(socket, '404 Not Found')
    else if (!originIsAllowed(origin, host, corsOrigin)) refuse(socket, '403 Forbidden')
    else if (clients.refusal(request.socket.remoteAddress ?? '') !== undefined)
      refuse(socket, '503 Service Unavailable')
    else this.#server.handleUpgrade(request, socket, head, (opened) => this.#welcome(opened, socket as NetSocket))
  }

  #welcome(socket: WebSocket, netSocket: NetSocket): void {
    const { clients, hello, maxBacklogBytes } = this.#options
    const id = randomUUID()
    const connection = new NativeConnection(id, socket, netSocket)
    this.#connections.set(socket, connection)
    connection.send(Frame.ofEvent('hello', hello(id)))
    const client = clients.open(connection, netSocket.remoteAddress ?? '')
    const pings = this.#pings.add(connection, () => client.isSlow)
    socket.on('pong', pings.heard)
    holdBack(socket, () => connection.backlogBytes, maxBacklogBytes)
    let violations = 0
    socket.on('message', (data, isBinary) => {
      if (this.#receive(connection, client, data, isBinary)) return
      violations += 1
      if (violations >= MAX_VIOLATIONS) connection.close('protocolViolation')
    })
    // The library closes with the right code; the event only has to be heard.
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.#connections.delete(socket)
      pings.end()
      client.end()
    })
  }

  /** @returns false when the message was malformed. */
  #receive(connection: NativeConnection, client: ClientHandle, data: RawData, isBinary: boolean): boolean {
    const request = isBinary ? undefined : readNativeRequest(data.toString())
    if (request === undefined) {
      const error = codedError('badRequest', 'expected a text message ["request", {…}, id]; found something else')
      connection.send(Frame.ofEvent('notice', error))
      return false
    }
    const { name, payload, id } = request
    void client.request(name, payload, (reply) => {
      // `message` is answered by an event of its own as well, so that it needs no acknowledgement.
      if (id === undefined && 'result' in reply) return
      connection.send(Frame.ofEvent('ack', id ?? null, reply))
    })
    return true
  }
}

function refuse(socket: Duplex, status: string): void {
  socket.on('error', () => undefined)
  // Nobody reads from it any more, so that its end would not be noticed.
  socket.once('finish', () => socket.destroy())
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}
