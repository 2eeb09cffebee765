import { setTimeout as sleep } from 'node:timers/promises'
import type { ChannelDeclaration, ChannelMessage, FeedMessage } from '../../src/protocol/feed-message.ts'
import type { SyntheticSpec } from '../../src/protocol/producer-spec.ts'
import type { Feed, FeedContext } from './feed.ts'
import { BurstSchedule } from './synthetic/burst-schedule.ts'
import { SyntheticMarket } from './synthetic/synthetic-market.ts'

/** Shortest pause between two batches; in it the thread hears commands. */
const TICK_MS = 5
/**
 * Messages in a batch, give or take one group. At the highest rate, 200,000 a second, a burst's peak is 2,500 messages
 * in 5 ms; what is above that is left for catching up after a stall.
 */
const BATCH_LIMIT = 4_096
/** How much of missed time is made up for; the rest is skipped, so that a stall does not end in a flood. */
const CATCH_UP_LIMIT_SECONDS = 1
const SKIP_LOG_INTERVAL_MS = 10_000

/** The clocks of a synthetic feed; a test brings its own. */
export interface SyntheticClock {
  /** Ms since the Unix epoch: the time that messages are stamped with. */
  wallMs(): number
  /** Ms since any fixed moment, never going back: the time that sets the pace. */
  monotonicMs(): number
  /** Resolves after `ms`, or at once when `signal` is aborted; does not reject then. */
  wait(ms: number, signal: AbortSignal): Promise<void>
}

const SYSTEM_CLOCK: SyntheticClock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  async wait(ms, signal) {
    try {
      await sleep(ms, undefined, { signal })
    } catch (cause) {
      if (!signal.aborted) throw cause
    }
  }
}

/**
 * The seeded market on venue `SIM`: trades, quotes and order books that agree with one another.
 *
 * What it sends is the same for the same seed and number of symbols; only when, and hence `exchangeTime`, follows the
 * rate and the clock. `BurstSchedule` describes how the rate varies within a second.
 */
export function createSyntheticFeed(spec: SyntheticSpec, context: FeedContext, clock = SYSTEM_CLOCK): Feed {
  return new SyntheticFeed(spec, context, clock)
}

class SyntheticFeed implements Feed {
  readonly canPause = false
  readonly #spec: SyntheticSpec
  readonly #context: FeedContext
  readonly #clock: SyntheticClock
  readonly #market: SyntheticMarket
  readonly #closing = new AbortController()
  #skippedCount = 0
  #skipLoggedMs = Number.NEGATIVE_INFINITY

  constructor(spec: SyntheticSpec, context: FeedContext, clock: SyntheticClock) {
    this.#spec = spec
    this.#context = context
    this.#clock = clock
    this.#market = new SyntheticMarket(spec.seed, spec.symbols)
  }

  async open(): Promise<readonly ChannelDeclaration[]> {
    return this.#market.channels.flatMap(({ trade, quote, book }) => [
      { channel: trade },
      { channel: quote },
      { channel: book }
    ])
  }

  async *messages(): AsyncGenerator<readonly FeedMessage[]> {
    const signal = AbortSignal.any([this.#context.signal, this.#closing.signal])
    const schedule = new BurstSchedule(this.#spec.ratePerSecond, this.#spec.seed)
    const startMs = this.#clock.monotonicMs()
    // Messages sent or skipped: what of the schedule is dealt with.
    let settledCount = 0
    while (!signal.aborted) {
      const dueCount = schedule.dueAt(this.#clock.monotonicMs() - startMs)
      settledCount += this.#skipExcess(dueCount - settledCount)
      const batch: ChannelMessage[] = []
      while (settledCount + batch.length <= dueCount && batch.length < BATCH_LIMIT) {
        this.#market.next(this.#clock.wallMs(), batch)
      }
      settledCount += batch.length
      if (batch.length > 0) yield batch
      const nextInMs = schedule.timeOf(settledCount) - (this.#clock.monotonicMs() - startMs)
      await this.#clock.wait(Math.max(TICK_MS, Math.ceil(nextInMs)), signal)
    }
  }

  async close(): Promise<void> {
    this.#closing.abort()
  }

  /** How many of the overdue messages are given up. They are never generated, so the sequence has no hole. */
  #skipExcess(overdueCount: number): number {
    const excess = Math.floor(overdueCount - this.#spec.ratePerSecond * CATCH_UP_LIMIT_SECONDS)
    if (excess <= 0) return 0
    this.#skippedCount += excess
    const nowMs = this.#clock.monotonicMs()
    if (nowMs - this.#skipLoggedMs >= SKIP_LOG_INTERVAL_MS) {
      this.#skipLoggedMs = nowMs
      const { name, ratePerSecond } = this.#spec
      const text = `skipped ${this.#skippedCount} messages so far: held up for more than ${CATCH_UP_LIMIT_SECONDS} s`
      this.#context.log('warn', `${name}: ${text} at ${ratePerSecond} messages/s; lower the rate or free the CPU`)
    }
    return excess
  }
}
