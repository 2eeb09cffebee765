import type { Socket as NetSocket } from 'node:net'
import { io, type ManagerOptions, type Socket } from 'socket.io-client'
import { onTestFinished } from 'vitest'
import type { App } from '../../../src/app.ts'
import type { Hello, Notice, Status, Update, UpdatesMeta } from '../../../src/protocol/server-events.ts'

/** What the auditor knows of one channel. */
export interface Audited {
  first: number
  last: number
  updates: number
  snapshots: number
  /** Updates that did not come one by one, because a newer one stood for them. */
  merged: number
  /** Updates that did not come, in gaps that were told beforehand. */
  lost: number
  /** Epochs of the snapshots, in order, each once. */
  readonly epochs: string[]
}

/**
 * A stock client that audits what it gets: for every channel each update must follow the one before it,
 * `prev ≤ last < seq`, from its snapshot on. A gap must have been told of, by a status or a notice.
 */
export class TestClient {
  readonly socket: Socket
  readonly channels = new Map<string, Audited>()
  readonly statuses: Status[] = []
  readonly notices: Notice[] = []
  readonly violations: string[] = []
  heartbeats = 0
  hello: Hello | undefined
  onUpdate: (update: Update, meta: UpdatesMeta) => void = () => undefined
  readonly #toldGaps = new Map<string, number>()

  constructor(
    app: Pick<App, 'url'>,
    transports: readonly string[] = ['websocket'],
    options: Partial<ManagerOptions> = { reconnection: false }
  ) {
    this.socket = io(`${app.url}/ws/rt_market`, { transports: [...transports], forceNew: true, ...options })
    this.socket.on('hello', (hello: Hello) => {
      this.hello = hello
    })
    this.socket.on('heartbeat', () => {
      this.heartbeats += 1
    })
    this.socket.on('status', (status: Status) => {
      this.statuses.push(status)
      if (status.cause === 'gap') this.#noteGap(status.channel)
    })
    this.socket.on('notice', (notice: Notice) => {
      this.notices.push(notice)
      if (notice.name === 'eventGap') for (const channel of notice.channels ?? []) this.#noteGap(channel)
    })
    this.socket.on('updates', (updates: Update[], meta: UpdatesMeta) => {
      for (const update of updates) {
        this.#audit(update)
        this.onUpdate(update, meta)
      }
    })
    onTestFinished(() => {
      this.socket.disconnect()
    })
  }

  connected(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.hello !== undefined) return resolve()
      this.socket.once('hello', () => resolve())
      this.socket.once('connect_error', reject)
    })
  }

  /** The network socket below a WebSocket connection; a client that pauses it stops reading. */
  get netSocket(): NetSocket {
    return (this.socket.io.engine.transport as unknown as { readonly ws: { readonly _socket: NetSocket } }).ws._socket
  }

  /** Makes a request and gives its answer. */
  async request<T>(name: string, payload?: unknown): Promise<T> {
    return (await this.socket.timeout(10_000).emitWithAck(name, payload)) as T
  }

  subscribe(...channels: readonly unknown[]): Promise<SubscribeResult> {
    return this.request<SubscribeResult>('subscribe', { channels })
  }

  /** Updates of all channels, snapshots included. */
  get updates(): number {
    return [...this.channels.values()].reduce((sum, { updates }) => sum + updates, 0)
  }

  #noteGap(channel: string): void {
    this.#toldGaps.set(channel, (this.#toldGaps.get(channel) ?? 0) + 1)
  }

  #audit({ channel, seq, prev = seq - 1, type, epoch }: Update): void {
    const audited = this.channels.get(channel) ?? {
      ...{ first: seq, last: 0, updates: 0, snapshots: 0, merged: 0, lost: 0 },
      epochs: []
    }
    const toldGaps = this.#toldGaps.get(channel) ?? 0
    const hole = audited.updates === 0 ? 0 : Math.max(0, prev - audited.last)
    const isTold = hole > 0 && toldGaps > 0
    if (isTold) this.#toldGaps.set(channel, toldGaps - 1)
    if (type === 'snapshot') {
      audited.snapshots += 1
      const known = audited.epochs.at(-1)
      if (epoch === undefined) this.violations.push(`${channel}: snapshot ${seq} without an epoch`)
      else if (epoch !== known) audited.epochs.push(epoch)
      if (isTold && (known ?? epoch) === epoch) audited.lost += hole
    } else if (seq <= audited.last) this.violations.push(`${channel}: ${seq} after ${audited.last}`)
    else if (prev > audited.last) {
      if (isTold) audited.lost += hole
      else this.violations.push(`${channel}: gap from ${audited.last} to ${prev}`)
    } else audited.merged += seq - prev - 1
    audited.last = seq
    audited.updates += 1
    this.channels.set(channel, audited)
  }
}

export interface SubscribeResult {
  readonly channels: readonly {
    readonly channel: string
    readonly ok: boolean
    readonly seq: number
    readonly epoch: string
    readonly quality: string
    readonly recovered: boolean
    readonly error?: { readonly code: number; readonly name: string; readonly temporary: boolean }
  }[]
  readonly error?: { readonly code: number; readonly name: string }
}
