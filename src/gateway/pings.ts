import { WebSocket } from 'ws'
import { PING_INTERVAL_MS } from './door.ts'

/** Time between two looks, ms; each pings the connections whose time has come, so that not all are pinged at once. */
const LOOK_MS = 1_000
const PARTS = PING_INTERVAL_MS / LOOK_MS

/** Pings the connections of the native door, and ends those that do not answer in time. */
export class Pings {
  readonly #timeoutMs: number
  readonly #parts: Set<WebSocket>[] = Array.from({ length: PARTS }, () => new Set())
  /** When those were pinged that have not answered yet, monotonic ms. */
  readonly #unanswered = new Map<WebSocket, number>()
  readonly #timer: NodeJS.Timeout
  #looks = 0
  #added = 0

  /** @param timeoutMs time for the answer. */
  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs
    this.#timer = setInterval(() => this.#look(), LOOK_MS).unref()
  }

  add(socket: WebSocket): void {
    const part = this.#parts[this.#added++ % PARTS]
    part?.add(socket)
    socket.on('pong', () => this.#unanswered.delete(socket))
    socket.once('close', () => {
      part?.delete(socket)
      this.#unanswered.delete(socket)
    })
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    const nowMs = performance.now()
    for (const [socket, pingedMs] of this.#unanswered) if (nowMs - pingedMs > this.#timeoutMs) socket.terminate()
    for (const socket of this.#parts[this.#looks++ % PARTS] ?? []) {
      if (socket.readyState !== WebSocket.OPEN || this.#unanswered.has(socket)) continue
      this.#unanswered.set(socket, nowMs)
      socket.ping()
    }
  }
}
