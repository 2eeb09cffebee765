import type { ChannelState } from '../broadcast/channel-state.ts'
import type { Counters } from '../telemetry/counters.ts'

export interface InterestOptions {
  readonly counters: Counters
  /** Time for which a channel on demand is still published after its last subscriber has left, ms. */
  readonly idleMs: number
  /** Told when a channel of this producer, whatever its kind, is held for the first time or again. */
  readonly onHeld: (source: string) => void
  /** Told that channels on demand of a producer are wanted, or not any more. */
  readonly onChange: (source: string, channels: readonly string[], isWanted: boolean) => void
  /** Monotonic clock, ms. */
  readonly now: () => number
}

/**
 * Which channels somebody holds: what producers are told of it.
 *
 * A producer publishes a channel on demand from its first subscriber on, and for `idleMs` after its last one, so that
 * somebody who comes back at once finds it awake. Work here is per subscription, never per message; memory is bounded by
 * the channels there are.
 */
export class Interest {
  readonly #options: InterestOptions
  /** How many cohorts hold a channel, by the number of the channel. */
  readonly #holders: number[] = []
  /** Channels that are published on our word, and by which producer. */
  readonly #awake = new Map<ChannelState, string>()
  /** Those that nobody holds, with the time of their end; all wait equally long, so the order of entry is that of time. */
  readonly #idle = new Map<ChannelState, number>()
  /** What is to be told at the end of this turn, by producer. */
  readonly #wanted = new Map<string, string[]>()
  #timer: NodeJS.Timeout | undefined

  constructor(options: InterestOptions) {
    this.#options = options
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  /** Counts the cohorts that hold a channel. */
  retain(channel: ChannelState, change: 1 | -1): void {
    const count = (this.#holders[channel.id] ?? 0) + change
    this.#holders[channel.id] = count
    if (count === 1 && change === 1) {
      this.#options.onHeld(channel.source)
      if (channel.isOnDemand) this.#want(channel)
    } else if (count === 0 && this.#awake.has(channel)) {
      this.#idle.set(channel, this.#options.now() + this.#options.idleMs)
      this.#schedule()
    }
  }

  /** Channels were declared, perhaps in a new life of their producer, which knows nothing of earlier interest. */
  onDeclared(channels: readonly ChannelState[]): void {
    for (const channel of channels) {
      const source = this.#awake.get(channel)
      this.#awake.delete(channel)
      this.#idle.delete(channel)
      if (source !== undefined && source !== channel.source) this.#options.onChange(source, [channel.name], false)
      if (channel.isOnDemand && (this.#holders[channel.id] ?? 0) > 0) this.#want(channel)
    }
  }

  #want(channel: ChannelState): void {
    this.#idle.delete(channel)
    if (this.#awake.has(channel)) return
    this.#awake.set(channel, channel.source)
    this.#options.counters.channelsWoken += 1
    // A pattern wakes thousands at once: they are told together.
    if (this.#wanted.size === 0) queueMicrotask(() => this.#tellWanted())
    const names = this.#wanted.get(channel.source)
    if (names === undefined) this.#wanted.set(channel.source, [channel.name])
    else names.push(channel.name)
  }

  #tellWanted(): void {
    for (const [source, names] of this.#wanted) this.#options.onChange(source, names, true)
    this.#wanted.clear()
  }

  #schedule(): void {
    const [untilMs] = this.#idle.values()
    if (this.#timer !== undefined || untilMs === undefined) return
    const look = () => {
      this.#timer = undefined
      this.#endIdle()
      this.#schedule()
    }
    this.#timer = setTimeout(look, Math.max(0, Math.ceil(untilMs - this.#options.now())))
    this.#timer.unref()
  }

  #endIdle(): void {
    const nowMs = this.#options.now()
    const ended: ChannelState[] = []
    for (const [channel, untilMs] of this.#idle) {
      if (untilMs > nowMs) break
      ended.push(channel)
      this.#idle.delete(channel)
      this.#awake.delete(channel)
    }
    this.#options.counters.channelsRested += ended.length
    for (const [source, channels] of Map.groupBy(ended, (channel) => channel.source)) {
      this.#options.onChange(
        source,
        channels.map(({ name }) => name),
        false
      )
    }
  }
}
