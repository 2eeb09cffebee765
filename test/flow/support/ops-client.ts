import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client'
import { onTestFinished } from 'vitest'
import type { App } from '../../../src/app.ts'
import type { CodedError } from '../../../src/protocol/codes.ts'
import type { OpsAnswer, OpsFigures, OpsHello } from '../../../src/protocol/ops-events.ts'
import { until } from './test-app.ts'

/** A stock client in the operators' namespace. */
export class OpsClient {
  readonly socket: Socket
  readonly figures: OpsFigures[] = []
  hello: OpsHello | undefined
  refusal: Partial<CodedError> | undefined

  constructor(app: Pick<App, 'url'>, options: Partial<ManagerOptions & SocketOptions> = {}) {
    this.socket = io(`${app.url}/ws/ops`, {
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
      ...options
    })
    this.socket.on('hello', (hello: OpsHello) => {
      this.hello = hello
    })
    this.socket.on('ops', (figures: OpsFigures) => this.figures.push(figures))
    this.socket.on('connect_error', (error: Error & { readonly data?: Partial<CodedError> }) => {
      this.refusal = error.data
    })
    onTestFinished(() => {
      this.socket.disconnect()
    })
  }

  /** The first figures that fit; those that are to come when the ones at hand do not. */
  async shows(fits: (figures: OpsFigures) => boolean, what: string): Promise<OpsFigures> {
    await until(() => this.figures.some(fits), what)
    const found = this.figures.findLast(fits)
    if (found === undefined) throw new Error(`no figures with ${what}`)
    return found
  }

  /** Waits to be refused, and gives the reason. */
  async refused(): Promise<Partial<CodedError> | undefined> {
    await until(() => this.refusal !== undefined, 'the refusal')
    return this.refusal
  }

  async request(name: string, payload?: unknown): Promise<OpsAnswer> {
    return (await this.socket.timeout(10_000).emitWithAck(name, payload)) as OpsAnswer
  }
}
