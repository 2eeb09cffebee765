import { io, type Socket } from 'socket.io-client'
import { onTestFinished } from 'vitest'
import { ANSWER_MS, DoorClient } from './door-client.ts'

/** Where a server is. */
export interface At {
  readonly url: string
}

/** The namespace of the one door and the path of the other. */
export const PATH = '/ws/rt_market'

/** Every way in: its name, and how to take it. */
export const DOORS: readonly (readonly [name: string, open: (at: At) => DoorClient])[] = [
  ['Socket.IO over WebSocket', (at) => new SocketIoClient(at, ['websocket'])],
  ['Socket.IO over long-polling', (at) => new SocketIoClient(at, ['polling'])],
  ['the native WebSocket', (at) => new NativeClient(at)]
]

/** A stock Socket.IO client. */
export class SocketIoClient extends DoorClient {
  readonly socket: Socket

  constructor({ url }: At, transports: readonly string[]) {
    super()
    this.socket = io(`${url}${PATH}`, { transports: [...transports], forceNew: true, reconnection: false })
    this.socket.onAny((name: string, ...args: unknown[]) => this.take(name, args))
    this.socket.on('disconnect', (reason) => {
      this.closing = { reason }
    })
    this.socket.on('connect_error', (error) => {
      this.closing = { reason: error.message }
    })
    onTestFinished(() => this.close())
  }

  request<T>(name: string, payload?: unknown): Promise<T> {
    const args = payload === undefined ? [] : [payload]
    return new Promise((resolve, reject) => {
      // A callback and no promise, so that the answer takes its place among the events.
      this.socket.timeout(ANSWER_MS).emit(name, ...args, (error: Error | null, answer: unknown) => {
        if (error !== null) return reject(error)
        this.take('ack', [name, answer])
        resolve(answer as T)
      })
    })
  }

  emit(name: string, payload?: unknown): void {
    this.socket.emit(name, payload)
  }

  close(): void {
    this.socket.disconnect()
  }
}

/** The WebSocket that browsers and Node have, and the few lines a client needs on top of it. */
export class NativeClient extends DoorClient {
  readonly socket: WebSocket
  readonly #answers = new Map<number, (answer: unknown) => void>()
  #asked = 0

  constructor({ url }: At) {
    super()
    this.socket = new WebSocket(`${url.replace('http', 'ws')}${PATH}`)
    this.socket.onmessage = ({ data }) => this.#receive(JSON.parse(data as string) as [string, ...unknown[]])
    this.socket.onclose = ({ code, reason }) => {
      this.closing = { code, reason }
    }
    onTestFinished(() => this.close())
  }

  async request<T>(name: string, payload?: unknown): Promise<T> {
    await this.#opened()
    const id = ++this.#asked
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    const timer = setTimeout(() => reject(new Error(`no answer to ${name}`)), ANSWER_MS)
    this.#answers.set(id, resolve)
    this.socket.send(JSON.stringify([name, payload ?? null, id]))
    const answer = await promise
    clearTimeout(timer)
    return answer as T
  }

  emit(name: string, payload?: unknown): void {
    this.socket.send(JSON.stringify(payload === undefined ? [name] : [name, payload]))
  }

  close(): void {
    this.socket.close()
  }

  async #opened(): Promise<void> {
    if (this.socket.readyState !== WebSocket.CONNECTING) return
    await new Promise((resolve, reject) => {
      this.socket.addEventListener('open', resolve, { once: true })
      this.socket.addEventListener('close', reject, { once: true })
    })
  }

  #receive([name, ...args]: [string, ...unknown[]]): void {
    this.take(name, args)
    if (name !== 'ack') return
    const [id, answer] = args as [number, unknown]
    this.#answers.get(id)?.(answer)
    this.#answers.delete(id)
  }
}
