import { io, type Socket } from 'socket.io-client'
import type { CodedError } from '../../src/protocol/codes.ts'
import {
  OPS_NAMESPACE,
  type OpsAnswer,
  type OpsFigures,
  type OpsHello,
  type OpsWatch
} from '../../src/protocol/ops-events.ts'
import type { Notice } from '../../src/protocol/server-events.ts'
import { SilenceWatch } from '../silence-watch.ts'

/** Told what the server says, and what becomes of the connection. */
export interface OpsListener {
  /** On every connection, before the first figures. */
  onHello(hello: OpsHello): void
  onFigures(figures: OpsFigures): void
  /** The connection is lost; it is made again as soon as the server lets it. */
  onDown(reason: string): void
  /** The server lets nobody in like this; nothing more is tried. */
  onRefused(error: Pick<CodedError, 'name' | 'message'>): void
}

export interface OpsConnectionOptions {
  /** Where the server is, e.g. `http://localhost:8080`. */
  readonly url: string
  /** The token of the operators, where one is configured. */
  readonly token?: string
  readonly listener: OpsListener
}

interface ServerEvents {
  hello(hello: OpsHello): void
  ops(figures: OpsFigures): void
  notice(notice: Notice): void
}

interface Requests {
  watch(watch: OpsWatch, answer: (answer: OpsAnswer) => void): void
  restartProducer(wish: { readonly name: string }, answer: (answer: OpsAnswer) => void): void
  kickClient(wish: { readonly id: string }, answer: (answer: OpsAnswer) => void): void
}

const ANSWER_MS = 5_000
const RETRY_MS = 500
const RETRY_MAX_MS = 3_000

/** An operator's connection to a tickcast server; made again whenever it is lost, until `close`. */
export class OpsConnection {
  readonly #socket: Socket<ServerEvents, Requests>
  readonly #listener: OpsListener
  readonly #silence = new SilenceWatch(() => this.#socket.io.engine.close())
  #watch: OpsWatch | undefined
  #retry: ReturnType<typeof setTimeout> | undefined

  constructor({ url, token, listener }: OpsConnectionOptions) {
    this.#listener = listener
    this.#socket = io(url.replace(/\/+$/, '') + OPS_NAMESPACE, {
      ...(token !== undefined && { auth: { token } }),
      transports: ['websocket', 'polling'],
      tryAllTransports: true,
      reconnectionDelay: RETRY_MS,
      reconnectionDelayMax: RETRY_MAX_MS,
      forceNew: true
    })
    this.#socket.on('hello', (hello) => {
      this.#silence.start(hello.periodMs)
      this.#delayRetries(RETRY_MS)
      if (this.#watch !== undefined) this.#sendWatch(this.#watch)
      listener.onHello(hello)
    })
    this.#socket.on('ops', (figures) => {
      this.#silence.heard()
      listener.onFigures(figures)
    })
    this.#socket.on('notice', ({ reconnectAfterMs }) => {
      if (reconnectAfterMs !== undefined) this.#delayRetries(reconnectAfterMs)
    })
    this.#socket.on('connect_error', (error) => this.#refused(error))
    this.#socket.on('disconnect', (reason) => {
      this.#silence.stop()
      if (reason !== 'io client disconnect') listener.onDown(reason)
    })
  }

  /** Says which rows are wanted, now and after every reconnect. */
  watch(watch: OpsWatch): void {
    this.#watch = watch
    if (this.#socket.connected) this.#sendWatch(watch)
  }

  /** @throws Error when there is no connection, or no answer comes. */
  async restartProducer(name: string): Promise<OpsAnswer> {
    return await this.#connected().timeout(ANSWER_MS).emitWithAck('restartProducer', { name })
  }

  /** @throws Error when there is no connection, or no answer comes. */
  async kickClient(id: string): Promise<OpsAnswer> {
    return await this.#connected().timeout(ANSWER_MS).emitWithAck('kickClient', { id })
  }

  /** Ends the connection for good. */
  close(): void {
    clearTimeout(this.#retry)
    this.#silence.stop()
    this.#socket.disconnect()
  }

  /** Without a connection the library would keep an order, and give it when nobody expects it any more. */
  #connected(): Socket<ServerEvents, Requests> {
    if (!this.#socket.connected) throw new Error('there is no connection to the server')
    return this.#socket
  }

  #sendWatch(watch: OpsWatch): void {
    this.#socket.emit('watch', watch, () => undefined)
  }

  #refused(error: Error & { readonly data?: Partial<CodedError> }): void {
    const { name, temporary } = error.data ?? {}
    if (name !== undefined && temporary !== true) {
      this.#listener.onRefused({ name, message: error.message })
      return
    }
    // The library stays away from a server that refuses it, unless told otherwise.
    if (!this.#socket.active) this.#retry = setTimeout(() => this.#socket.connect(), RETRY_MAX_MS)
    this.#listener.onDown(error.message)
  }

  #delayRetries(delayMs: number): void {
    // Never 0, which would double to 0 from one try to the next.
    this.#socket.io.reconnectionDelay(Math.max(delayMs, RETRY_MS))
    this.#socket.io.reconnectionDelayMax(Math.max(delayMs, RETRY_MAX_MS))
  }
}
