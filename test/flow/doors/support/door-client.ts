import type { Hello, Notice, Status, Update, UpdatesMeta } from '../../../../src/protocol/server-events.ts'
import { until } from '../../support/test-app.ts'
import { Auditor } from './auditor.ts'

/** How a connection ended, as its client was told; without a code where the door has none. */
export interface Closing {
  readonly code?: number
  readonly reason: string
}

/** An event as it came; `ack` for an answer. */
export interface DoorEvent {
  readonly name: string
  readonly args: readonly unknown[]
}

/** Longest wait for an answer, ms. */
export const ANSWER_MS = 15_000

/** A client of either door, as the conformance suite sees it. */
export abstract class DoorClient {
  /** Everything that came, in order. */
  readonly events: DoorEvent[] = []
  readonly auditor = new Auditor()
  closing: Closing | undefined

  /** Makes a request and gives its answer. */
  abstract request<T>(name: string, payload?: unknown): Promise<T>
  /** Makes a request without asking for an answer. */
  abstract emit(name: string, payload?: unknown): void
  abstract close(): void

  /** The first event, which has to be `hello`. */
  async hello(): Promise<Hello> {
    await until(() => this.events.length > 0 || this.closing !== undefined, 'hello')
    const [first] = this.events
    if (first?.name !== 'hello') throw new Error(`expected hello, found ${JSON.stringify(first ?? this.closing)}`)
    return first.args[0] as Hello
  }

  subscribe(...channels: readonly unknown[]): Promise<SubscribeResult> {
    return this.request<SubscribeResult>('subscribe', { channels })
  }

  /** Waits until a channel is at `seq`. */
  async reach(channel: string, seq: number): Promise<void> {
    await until(() => this.auditor.lastOf(channel) >= seq, `${channel} at ${seq}`)
  }

  async closed(withinMs?: number): Promise<Closing> {
    await until(() => this.closing !== undefined, 'the end of the connection', withinMs)
    return this.closing ?? { reason: '' }
  }

  payloadsOf<T>(event: string): readonly T[] {
    return this.events.flatMap(({ name, args }) => (name === event ? [args[0] as T] : []))
  }

  get notices(): readonly Notice[] {
    return this.payloadsOf<Notice>('notice')
  }

  get statuses(): readonly Status[] {
    return this.payloadsOf<Status>('status')
  }

  get heartbeats(): number {
    return this.payloadsOf('heartbeat').length
  }

  /** Every update of a channel, in order of arrival. */
  updatesOf(channel: string): readonly Update[] {
    return this.payloadsOf<readonly Update[]>('updates').flatMap((updates) =>
      updates.filter((update) => update.channel === channel)
    )
  }

  protected take(name: string, args: readonly unknown[]): void {
    this.events.push({ name, args })
    if (name !== 'updates') return
    const [updates, meta] = args as [readonly Update[], UpdatesMeta]
    if (!Number.isInteger(meta.emitTime)) this.auditor.violations.push(`updates without emitTime: ${meta}`)
    for (const update of updates) this.auditor.take(update)
  }
}

export interface ChannelAnswer {
  readonly channel: string
  readonly ok: boolean
  readonly seq: number
  readonly epoch: string
  readonly quality: string
  readonly source: string
  readonly recovered: boolean
  readonly granted: { readonly maxRateHz: number; readonly depth?: number | 'full' }
  readonly error?: { readonly code: number; readonly name: string; readonly temporary: boolean }
}

export interface SubscribeResult {
  readonly channels: readonly ChannelAnswer[]
  readonly error?: { readonly code: number; readonly name: string }
}
