import type { Server as HttpServer } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import type { Socket as EngineSocket } from 'engine.io'
import { type Namespace, Server, type Socket } from 'socket.io'
import { codedError } from '../protocol/codes.ts'
import { NAMESPACE } from '../protocol/server-events.ts'
import { type DoorOptions, originIsAllowed, PING_INTERVAL_MS, PING_TIMEOUT_MS, shutdownNotice } from './door.ts'
import { type PingedEvents, Pings } from './pings.ts'
import type { Reply } from './session.ts'
import { SocketIoConnection } from './socket-io-connection.ts'

/** Longest wait for clients to take the closing notice, and the time between two looks at them, ms. */
const CLOSE_MS = 1_000
const LOOK_MS = 20

/** The door for stock Socket.IO clients of any language: namespace `/ws/rt_market`. */
export class SocketIoDoor {
  readonly #options: DoorOptions
  readonly #server: Server
  readonly #pings: Pings
  readonly #pinged = new WeakMap<EngineSocket, PingedEvents>()
  /** Connections with a client in the namespace. */
  readonly #inside = new WeakSet<object>()

  constructor(httpServer: HttpServer, options: DoorOptions) {
    this.#options = options
    const { corsOrigin, maxMessageBytes, slowCloseMs, every } = options
    // Who reads nothing hears no ping either, and is to be closed as a slow client first.
    const pingTimeout = Math.max(PING_TIMEOUT_MS, slowCloseMs)
    this.#pings = new Pings(pingTimeout, every)
    this.#server = new Server(httpServer, {
      transports: ['polling', 'websocket'],
      cors: { origin: typeof corsOrigin === 'string' ? corsOrigin : [...corsOrigin] },
      maxHttpBufferSize: maxMessageBytes,
      // CORS does not hold WebSockets back.
      allowRequest: ({ headers }, decide) => decide(null, originIsAllowed(headers.origin, headers.host, corsOrigin)),
      pingInterval: PING_INTERVAL_MS,
      pingTimeout,
      perMessageDeflate: false,
      httpCompression: false,
      // Requests of other handlers on the same server are theirs.
      destroyUpgrade: false
    })
    this.#server.of(NAMESPACE).use((socket, next) => next(this.#refusal(socket)))
    this.#server.of(NAMESPACE).on('connection', (socket) => this.#welcome(socket))
  }

  /** Another namespace of the same server, for a door of its own. */
  namespace(name: string): Namespace {
    return this.#server.of(name)
  }

  /** Tells every client, and closes its connection so that it comes back after the delay it was told. */
  async stop(): Promise<void> {
    this.#pings.stop()
    const { sockets } = this.#server.of(NAMESPACE)
    for (const socket of [...sockets.values()]) {
      socket.emit('notice', shutdownNotice(this.#options.reconnectAfterMs))
      socket.conn.close()
    }
    const deadlineMs = performance.now() + CLOSE_MS
    while (sockets.size > 0 && performance.now() < deadlineMs) await setTimeout(LOOK_MS)
    this.#server.engine.close()
  }

  #refusal({ conn }: Socket): Error | undefined {
    const error = this.#inside.has(conn)
      ? codedError('badRequest', 'expected one client on a connection; found another. Leave the namespace first')
      : this.#options.clients.refusal(conn.remoteAddress)
    if (error !== undefined) return Object.assign(new Error(error.message), { data: error })
    // Before it is let in: two can ask in one packet.
    this.#inside.add(conn)
    return undefined
  }

  #welcome(socket: Socket): void {
    const { clients, hello, maxBacklogBytes } = this.#options
    const connection = new SocketIoConnection(socket, maxBacklogBytes)
    const session = clients.open(connection, socket.conn.remoteAddress)
    if (connection.needsPings) this.#keepPinged(socket.conn as EngineSocket, connection, () => session.isSlow)
    socket.emit('hello', hello(socket.id))
    socket.on('disconnect', () => {
      this.#inside.delete(socket.conn)
      session.end()
    })
    socket.onAny((event: unknown, ...args: unknown[]) => {
      // Socket.IO passes on whatever stands where the name should be.
      const name = typeof event === 'string' ? event : ''
      const last = args.at(-1)
      const reply = typeof last === 'function' ? (last as (answer: unknown) => void) : undefined
      // Who asks for no acknowledgement is told of refusals only.
      const answer = (value: Reply) => {
        if (reply !== undefined) reply(value)
        else if ('error' in value) socket.emit('notice', value.error)
      }
      void session.request(name, reply === args[0] ? undefined : args[0], answer)
    })
  }

  /** A client that leaves the namespace and comes back on the same connection is pinged on; nobody twice. */
  #keepPinged(engine: EngineSocket, connection: SocketIoConnection, isSpared: () => boolean): void {
    const known = this.#pinged.get(engine)
    known?.end()
    if (known === undefined) {
      engine.on('heartbeat', () => this.#pinged.get(engine)?.heard())
      engine.on('close', () => this.#pinged.get(engine)?.end())
    }
    this.#pinged.set(engine, this.#pings.add(connection, isSpared))
  }
}
