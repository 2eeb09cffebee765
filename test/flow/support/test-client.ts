import { io, type Socket } from 'socket.io-client'
import { onTestFinished } from 'vitest'
import type { App } from '../../../src/app.ts'
import type { Hello, Notice, Status, Update, UpdatesMeta } from '../../../src/protocol/server-events.ts'

/** What the auditor knows of one channel. */
export interface Audited {
  first: number
  last: number
  updates: number
  snapshots: number
  merged: number
}

/**
 * A stock client that audits what it gets: for every channel each update must follow the one before it,
 * `prev ≤ last < seq`, from its snapshot on.
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

  constructor(app: App, transports: readonly string[] = ['websocket']) {
    this.socket = io(`${app.url}/ws/rt_market`, { transports: [...transports], forceNew: true, reconnection: false })
    this.socket.on('hello', (hello: Hello) => {
      this.hello = hello
    })
    this.socket.on('heartbeat', () => {
      this.heartbeats += 1
    })
    this.socket.on('status', (status: Status) => this.statuses.push(status))
    this.socket.on('notice', (notice: Notice) => this.notices.push(notice))
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

  #audit({ channel, seq, prev = seq - 1, type }: Update): void {
    const audited = this.channels.get(channel) ?? { first: seq, last: 0, updates: 0, snapshots: 0, merged: 0 }
    if (type === 'snapshot') audited.snapshots += 1
    else if (seq <= audited.last) this.violations.push(`${channel}: ${seq} after ${audited.last}`)
    else if (prev > audited.last) this.violations.push(`${channel}: gap from ${audited.last} to ${prev}`)
    else audited.merged += seq - prev - 1
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
