/** What shall a producer send, when exactly, and how is it told so in its thread? */

/** Name of the `BroadcastChannel` on which the main thread of a server under test reaches its producers. */
export const BUS = 'tickcast-bench'
/** Environment variable with the channels that a producer declares: kind, number, and padding of payloads, e.g. `trade:100:0`. */
export const CHANNELS_VARIABLE = 'BENCH_CHANNELS'

/** A stretch of messages at exact times; the same plan makes the same messages for every contender. */
export interface Plan {
  /** Names the stretch in the report. */
  readonly id: number
  /** Messages a second, over all channels together. */
  readonly ratePerSecond: number
  /** The first so many channels take turns. */
  readonly channels: number
  /** Time between two ticks; what is due at a tick is handed on together, ms. */
  readonly tickMs: number
  readonly ticks: number
  /** When the first tick is due, ms since the Unix epoch. */
  readonly startTime: number
}

/** What a producer tells when a plan is carried out: from now on nothing is under way in its own code. */
export interface Produced {
  readonly id: number
  readonly messages: number
  /** Longest time by which a tick came late, ms: the producer itself had no CPU. */
  readonly lateMs: number
}

export type BusMessage =
  /** A producer waits for a plan. */
  | { readonly type: 'ready' }
  | { readonly type: 'plan'; readonly plan: Plan }
  | { readonly type: 'produced'; readonly produced: Produced }

/** Messages due up to and including a tick. */
export function dueAt({ ratePerSecond, tickMs }: Plan, tick: number): number {
  return Math.round(((tick + 1) * ratePerSecond * tickMs) / 1_000)
}

/** Name of a channel; all have the same length, so that payloads have, too. */
export function channelName(kind: string, index: number): string {
  return `${kind}:BENCH:C${String(index).padStart(CHANNEL_DIGITS, '0')}`
}

export const CHANNEL_DIGITS = 5

/** How many messages of each of `channels` channels the first `messages` hold, since they go round. */
export function countOf(messages: number, channels: number, channel: number): number {
  return Math.floor(messages / channels) + (channel < messages % channels ? 1 : 0)
}
