import { io } from 'socket.io-client'
import { onTestFinished } from 'vitest'
import type { Update } from '../../../../src/protocol/server-events.ts'
import { Auditor } from './auditor.ts'
import type { SubscribeResult } from './door-client.ts'
import { type At, PATH } from './doors.ts'

/** Time between two tries of a native client, ms; stock Socket.IO clients have the same, and double it. */
const RETRY_MS = 100
const RETRY_MAX_MS = 1_000

/** A client that comes back by itself, and goes on from where it was on each of its channels. */
class ReturningClient {
  readonly auditor = new Auditor()
  /** Answers to `subscribe`, one for each time it came. */
  readonly answers: SubscribeResult[] = []
  updates = 0
  readonly #channels: readonly string[]

  constructor(channels: readonly string[]) {
    this.#channels = channels
  }

  /** What it asks for when it comes: its channels, from its positions. */
  protected wishes(): readonly unknown[] {
    return this.#channels.map((channel) => {
      const { epoch, last } = this.auditor.channels.get(channel) ?? {}
      return epoch === undefined ? channel : { channel, resume: { epoch, seq: last } }
    })
  }

  protected answered(answer: SubscribeResult): void {
    this.answers.push(answer)
    for (const { channel, epoch } of answer.channels) {
      // The epoch is known before the first snapshot, where there is nothing yet.
      const held = this.auditor.channels.get(channel)
      if (held === undefined) this.auditor.enter(channel, epoch, 0)
      else held.epoch ??= epoch
    }
  }

  protected take(updates: readonly Update[]): void {
    this.updates += updates.length
    for (const update of updates) this.auditor.take(update)
  }
}

/** The stock Socket.IO client, as it comes. */
export class ReturningSocketIoClient extends ReturningClient {
  constructor({ url }: At, channels: readonly string[]) {
    super(channels)
    const socket = io(`${url}${PATH}`, {
      ...{ transports: ['websocket'], forceNew: true },
      ...{ reconnectionDelay: RETRY_MS, reconnectionDelayMax: RETRY_MAX_MS }
    })
    socket.on('connect', () => {
      socket.emit('subscribe', { channels: this.wishes() }, (answer: SubscribeResult) => this.answered(answer))
    })
    socket.on('updates', (updates: readonly Update[]) => this.take(updates))
    onTestFinished(() => {
      socket.disconnect()
    })
  }
}

/** A WebSocket and the few lines that open it again. */
export class ReturningNativeClient extends ReturningClient {
  #isOver = false
  #socket: WebSocket | undefined

  constructor(at: At, channels: readonly string[]) {
    super(channels)
    this.#open(at)
    onTestFinished(() => {
      this.#isOver = true
      this.#socket?.close()
    })
  }

  #open(at: At): void {
    if (this.#isOver) return
    const socket = new WebSocket(`${at.url.replace('http', 'ws')}${PATH}`)
    this.#socket = socket
    socket.onopen = () => socket.send(JSON.stringify(['subscribe', { channels: this.wishes() }, 'back']))
    socket.onmessage = ({ data }) => {
      const [name, first, second] = JSON.parse(data as string) as [string, unknown, unknown]
      if (name === 'updates') this.take(first as readonly Update[])
      else if (name === 'ack') this.answered(second as SubscribeResult)
    }
    socket.onclose = () => {
      setTimeout(() => this.#open(at), RETRY_MS * (1 + Math.random()))
    }
  }
}
