import { isPattern } from '../src/protocol/channel.ts'
import type { Update } from '../src/protocol/server-events.ts'
import type { FeedHolder, LiveQuality } from './feed.ts'
import type { FeedHub, HoldOptions } from './feed-hub.ts'
import type { FeedPosition } from './feed-intake.ts'
import type { Gap } from './gap.ts'
import { guarded, Listeners, type Off } from './listeners.ts'
import { CLOSED, MarketError } from './market-error.ts'

export interface SubscribeOptions extends HoldOptions {
  /** Updates that wait for a slow `for await`; the oldest beyond are skipped. Default 1,000. */
  readonly most?: number
}

const MOST_WAITING = 1_000

/**
 * The updates of a channel, or of all channels of a pattern, without a hole that is not told.
 *
 * Taken by a handler, or by `for await`; the loop ends when the subscription is stopped.
 */
export class Subscription implements AsyncIterable<Update> {
  /** The channel or pattern. */
  readonly name: string
  readonly #hub: FeedHub
  readonly #handler: ((update: Update) => void) | undefined
  readonly #most: number
  readonly #gaps = new Listeners<[gap: Gap]>()
  readonly #answers = new Listeners<[refusal: MarketError | undefined]>()
  readonly #waiting: Update[] = []
  #wake: (() => void) | undefined
  #release: Off | undefined
  readonly #forgetEnd: Off
  #isIterated = false
  #isStopped = false
  #hasBegun = false
  /** What the holder has, as long as nothing was told that follows on it. */
  #resume: FeedPosition | undefined
  /** Why nothing comes, as long as nothing does. */
  #problem: MarketError | undefined
  #skipped = 0

  constructor(
    hub: FeedHub,
    name: string,
    handler: ((update: Update) => void) | undefined,
    { most = MOST_WAITING, ...options }: SubscribeOptions
  ) {
    this.name = name
    this.#hub = hub
    this.#handler = handler
    this.#most = most
    this.#resume = isPattern(name) ? undefined : options.resume
    const holder: FeedHolder = {
      onUpdate: (update) => this.#isNew(update) && this.#take(update),
      onFlush: () => undefined,
      onGap: (gap) => this.#tellGap(gap),
      onAnswered: (refusal) => this.#answered(refusal && new MarketError(refusal))
    }
    this.#forgetEnd = hub.ends.add(() => this.#wake?.())
    // What is known already is told when the caller has its subscription, not before.
    queueMicrotask(() => {
      if (!this.#isStopped) this.#release = hub.hold(name, holder, options)
    })
  }

  /** Updates that a slow `for await` did not get. */
  get skipped(): number {
    return this.#skipped
  }

  onGap(listener: (gap: Gap) => void): Off {
    return this.#gaps.add(listener)
  }

  /**
   * Told whenever the server has answered, with its refusal if it does not grant the subscription. What is refused for
   * now is asked for again, and a pattern that matches nothing yet stays open.
   */
  onAnswer(listener: (refusal: MarketError | undefined) => void): Off {
    return this.#answers.add(listener)
  }

  /** The channels that it stands for now. */
  get channels(): readonly string[] {
    return this.#hub.channelsOf(this.name)
  }

  /** How far the newest value of a channel can be trusted; `undefined` for one that is not held. */
  quality(channel = this.name): LiveQuality | undefined {
    const feed = this.#hub.feed(channel)
    return feed && this.#hub.qualityOf(feed)
  }

  stop(): void {
    this.#isStopped = true
    this.#release?.()
    this.#release = undefined
    this.#forgetEnd()
    this.#wake?.()
  }

  /**
   * @throws MarketError when the market has ended for good, other than by its own `close`, or when the channel is
   * refused: for good, or before anything came of it.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<Update> {
    this.#isIterated = true
    try {
      while (!this.#isStopped) {
        const update = this.#waiting.shift()
        if (update !== undefined) {
          yield update
          continue
        }
        const end = this.#hub.end ?? this.#problem
        if (end?.reason === CLOSED.name) return
        if (end !== undefined) throw end
        await new Promise<void>((resolve) => (this.#wake = resolve))
      }
    } finally {
      this.stop()
    }
  }

  #answered(refusal: MarketError | undefined): void {
    const isOpenPattern = refusal?.reason === 'unknownChannel' && isPattern(this.name)
    const isWorthWaiting = isOpenPattern || (refusal?.temporary === true && this.#hasBegun)
    this.#problem = isWorthWaiting ? undefined : refusal
    this.#answers.tell(refusal)
    this.#wake?.()
  }

  #tellGap(gap: Gap): void {
    this.#resume = undefined
    this.#gaps.tell(gap)
  }

  /**
   * Tells a gap where the first update does not follow on what the holder has: the channel was held already, and is
   * somewhere else.
   *
   * @returns false for what the holder has.
   */
  #isNew({ type, seq, prev = seq - 1, epoch }: Update): boolean {
    const held = this.#resume
    const feed = this.#hub.feed(this.name)
    if (held === undefined || feed?.book !== undefined) return true
    const isSameLife = held.epoch === (epoch ?? feed?.epoch)
    if (isSameLife && seq === held.seq) return false
    this.#resume = undefined
    // A snapshot is complete, but only of events that come one by one it says what was before.
    const isNext = type === 'snapshot' ? seq === held.seq + 1 : seq > held.seq && prev <= held.seq
    if (isSameLife && isNext) return true
    const missed = feed?.isEvent === true ? Math.max(0, seq - 1 - (isSameLife ? held.seq : 0)) : 0
    this.#tellGap({ channel: this.name, cause: isSameLife ? 'skipped' : 'restart', missed })
    return true
  }

  #take(update: Update): void {
    this.#hasBegun = true
    this.#problem = undefined
    if (this.#handler !== undefined) guarded(this.#handler, update)
    if (this.#handler !== undefined && !this.#isIterated) return
    if (this.#waiting.length >= this.#most) {
      this.#waiting.shift()
      this.#skipped += 1
    }
    this.#waiting.push(update)
    this.#wake?.()
  }
}
