import type { Namespace, Socket } from 'socket.io'
import type { CodedError } from '../protocol/codes.ts'
import type { OpsAccess, OpsAnswer } from '../protocol/ops-events.ts'
import { shutdownNotice } from './door.ts'

/** Events that may wait for one operator; further ones are left out until it has read. */
const MAX_WAITING = 4

/** Who asks to be let in, as far as the connection tells. */
export interface OpsVisitor {
  /** Network address of the other end, which is a proxy's where there is one. */
  readonly address: string
  /** Of the request that opened the connection; lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** Whatever was given as the token. */
  readonly token: unknown
}

/** What the desk may do with an operator's connection. */
export interface OpsLink {
  readonly address: string
  /** False when the operator has not read what it was sent, and was not sent this. */
  send(event: string, payload: unknown): boolean
}

/** What the door holds of an operator. */
export interface OpsHandle {
  /** Answers through `reply`, exactly once. */
  request(name: string, payload: unknown, reply: (answer: OpsAnswer) => void): void
  end(): void
}

/** Who decides and answers behind the door. */
export interface OpsService {
  admit(visitor: OpsVisitor): OpsAccess | CodedError
  open(link: OpsLink, access: OpsAccess): OpsHandle
}

/** The door for operators: a namespace of their own, of which no market client notices anything. */
export class OpsDoor {
  readonly #namespace: Namespace
  readonly #service: OpsService
  readonly #accesses = new WeakMap<Socket, OpsAccess>()

  constructor(namespace: Namespace, service: OpsService) {
    this.#namespace = namespace
    this.#service = service
    namespace.use((socket, next) => next(this.#refusal(socket)))
    namespace.on('connection', (socket) => this.#welcome(socket))
  }

  /** Tells every operator, and closes the connection so that it comes back. */
  stop(reconnectAfterMs: number): void {
    for (const socket of [...this.#namespace.sockets.values()]) {
      socket.emit('notice', shutdownNotice(reconnectAfterMs))
      socket.conn.close()
    }
  }

  #refusal(socket: Socket): Error | undefined {
    const { headers, auth } = socket.handshake
    const token: unknown = Object(auth).token
    const access = this.#service.admit({ address: socket.conn.remoteAddress, headers, token })
    if (typeof access !== 'string') return Object.assign(new Error(access.message), { data: access })
    this.#accesses.set(socket, access)
    return undefined
  }

  #welcome(socket: Socket): void {
    const access = this.#accesses.get(socket)
    if (access === undefined) return
    const link: OpsLink = {
      address: socket.conn.remoteAddress,
      send: (event, payload) => {
        const { writeBuffer } = socket.conn as unknown as { readonly writeBuffer?: readonly unknown[] }
        if ((writeBuffer?.length ?? 0) > MAX_WAITING) return false
        return socket.emit(event, payload)
      }
    }
    const operator = this.#service.open(link, access)
    socket.on('disconnect', () => operator.end())
    socket.onAny((event: unknown, ...args: unknown[]) => {
      const last = args.at(-1)
      const reply = typeof last === 'function' ? (last as (answer: OpsAnswer) => void) : undefined
      const answer = (value: OpsAnswer) => {
        if (reply !== undefined) reply(value)
        else if ('error' in value) socket.emit('notice', value.error)
      }
      operator.request(typeof event === 'string' ? event : '', reply === args[0] ? undefined : args[0], answer)
    })
  }
}
