import { WebSocket } from 'ws'
import { type Every, everyAlone } from '../telemetry/pulse.ts'
import { PING_INTERVAL_MS, PING_TIMEOUT_MS } from './door.ts'

/** Time between two looks, ms; each pings the connections whose time has come, so that not all are pinged at once. */
const LOOK_MS = 1_000
const PARTS = PING_INTERVAL_MS / LOOK_MS

interface Pinged {
  /** Monotonic, ms. */
  readonly atMs: number
  readonly isSpared: () => boolean
}

/** Pings the connections of the native door, and ends those that do not answer in time. */
export class Pings {
  readonly #parts: Map<WebSocket, () => boolean>[] = Array.from({ length: PARTS }, () => new Map())
  readonly #unanswered = new Map<WebSocket, Pinged>()
  readonly stop: () => void
  #looks = 0
  #added = 0

  constructor(every: Every = everyAlone) {
    this.stop = every(LOOK_MS, () => this.#look())
  }

  /** @param isSpared Whether it is left alone for now although it does not answer: others look after it. */
  add(socket: WebSocket, isSpared: () => boolean): void {
    const part = this.#parts[this.#added++ % PARTS]
    part?.set(socket, isSpared)
    socket.on('pong', () => this.#unanswered.delete(socket))
    socket.once('close', () => {
      part?.delete(socket)
      this.#unanswered.delete(socket)
    })
  }

  #look(): void {
    const nowMs = performance.now()
    for (const [socket, { atMs, isSpared }] of this.#unanswered) {
      if (nowMs - atMs > PING_TIMEOUT_MS && !isSpared()) socket.terminate()
    }
    for (const [socket, isSpared] of this.#parts[this.#looks++ % PARTS] ?? []) {
      if (socket.readyState !== WebSocket.OPEN || this.#unanswered.has(socket)) continue
      this.#unanswered.set(socket, { atMs: nowMs, isSpared })
      socket.ping()
    }
  }
}
