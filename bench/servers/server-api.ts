/** What can every server under test be asked for, whatever it is made of? */
import type { Produced } from '../producers/plan.ts'

export interface StartOptions {
  /** Of the channels: `trade` or `quote`. */
  readonly kind: string
  readonly channels: number
  /** What each payload is made longer by, bytes. */
  readonly padBytes?: number
  /** What the server does with messages; each server names its own. */
  readonly mode?: string
  /** Settings of tickcast other than the default, by name. */
  readonly settings?: Readonly<Record<string, string>>
}

/** What a process has used since it started; two of them make a window. */
export interface Usage {
  /** Monotonic, ms. */
  readonly wallMs: number
  /** Of all threads, µs. */
  readonly cpuMicros: number
  /** Of the main thread alone, µs. */
  readonly mainCpuMicros: number
  /** Time in which the event loop of the main thread worked, ms. */
  readonly loopActiveMs: number
}

/** After a garbage collection, bytes. */
export interface Memory {
  readonly rssBytes: number
  /** Heap and buffers of the main thread. */
  readonly heldBytes: number
}

/** What to send; the server sets the time of the start. */
export interface Order {
  readonly ratePerSecond: number
  /** The first so many channels take turns. */
  readonly channels: number
  readonly tickMs: number
  readonly ticks: number
}

export type ServerApi = {
  start(options: StartOptions): Promise<{ readonly port: number }>
  usage(): Usage
  memory(): Promise<Memory>
  startDelays(): void
  /** How late the event loop was at each of the samples since, ms. */
  stopDelays(): Float64Array
  startProfile(): Promise<void>
  /** Writes the profile to this path. */
  stopProfile(path: string): Promise<void>
  /** Has the producers send, and answers when they have handed everything on. */
  produce(order: Order): Promise<readonly Produced[]>
}
