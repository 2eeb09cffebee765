/** What can a load process be asked for? */
import type { Accounts } from './auditor.ts'
import type { Door } from './client.ts'

export interface CrowdOptions {
  readonly door: Door
  readonly port: number
  /** Most clients of this process. */
  readonly capacity: number
  /** Number of the first client of this process among the clients of all. */
  readonly firstClient: number
  readonly kind: string
  /** Connections under way at once. */
  readonly atOnce: number
}

/** Which channels each client takes: `updates` of the first `among`, the same ones for all, or a choice of its own. */
export interface Choice {
  readonly among: number
  readonly updates: number
  readonly isShared: boolean
}

export interface Subscribed {
  /** Channels of all clients together. */
  readonly subscriptions: number
  /** Each different set of channels once. */
  readonly sets: readonly string[]
}

export interface FinishOptions {
  /** Number of messages of each channel so far. */
  readonly finals: readonly number[]
  readonly timeoutMs: number
  /** Wait for the clients that are stalled or joined, too. */
  readonly isForAll: boolean
}

/** What the clients of a process saw between `begin` and `finish`. */
export interface Observed {
  readonly accounts: Accounts
  /** Counts by ms of latency: of clients that nothing was done to, and of the others. */
  readonly latencies: readonly [Uint32Array, Uint32Array]
  /** When the newest update came, ms since the Unix epoch. */
  readonly lastTime: number
  /** Of the load process, µs. */
  readonly cpuMicros: number
  readonly wallMs: number
  readonly bytes: number
  readonly frames: number
  /** Connections that ended, with the reason, and notices that were sent. */
  readonly remarks: readonly string[]
  /** When each stalled client got something due after its release, ms after it. */
  readonly freshMs: readonly number[]
}

export interface Connected {
  readonly elapsedMs: number
  /** Of the load process, µs. */
  readonly cpuMicros: number
}

export interface Joined {
  /** When each client had its first update, ms after the first began to connect. */
  readonly firstMs: readonly number[]
}

/** Plain events since `begin`. */
export interface Arrivals {
  /** Times at which they came to the first client, by name, monotonic ms. */
  readonly times: Readonly<Record<string, readonly number[]>>
  /** Events of all clients together. */
  readonly count: number
  readonly bytes: number
}

export type LoadApi = {
  open(options: CrowdOptions): void
  /** Lets so many further clients connect. */
  connect(clients: number): Promise<Connected>
  subscribe(options: Choice & { readonly finals: readonly number[] }): Promise<Subscribed>
  begin(): void
  finish(options: FinishOptions): Promise<Observed>
  /** Stops the reading of every n-th client; answers how many. */
  stall(every: number): number
  release(): void
  join(options: Choice & { readonly clients: number; readonly timeoutMs: number }): Promise<Joined>
  arrivals(): Arrivals
  /** Connections that ended and notices since this was last asked, as in `Observed`. */
  remarks(): readonly string[]
}
