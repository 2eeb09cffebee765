import type { Update } from '../../src/protocol/server-events.ts'
import type { Feed, FeedHolder, LiveQuality } from '../feed.ts'
import type { FeedHub, HoldOptions } from '../feed-hub.ts'
import type { Gap } from '../gap.ts'
import { Listeners, type Off } from '../listeners.ts'
import { CLOSED, MarketError } from '../market-error.ts'

export interface LiveOptions {
  /** Most updates a second that are wanted; a channel comes at the highest rate of all who hold it now. */
  readonly maxRateHz?: number
}

/**
 * What one channel says right now, kept right whatever happens on the way.
 *
 * `value` and `quality` belong together: anything but `live` is to be shown as what it is.
 */
export abstract class Live<Value> {
  /** `VENUE:SYMBOL`. */
  readonly symbol: string
  readonly #hub: FeedHub
  readonly #changes = new Listeners<[live: Live<unknown>]>()
  readonly #gaps = new Listeners<[gap: Gap]>()
  readonly #holder: FeedHolder = {
    onUpdate: (update) => {
      this.#refusal = undefined
      this.take(update)
    },
    onFlush: () => this.changed(),
    onGap: (gap) => this.tellGap(gap),
    onAnswered: (refusal) => refusal !== undefined && this.refused(new MarketError(refusal))
  }
  #channel = ''
  #release: Off | undefined
  readonly #forgetEnd: Off
  #gapCount = 0
  #isClosed = false
  #refusal: MarketError | undefined
  #quality: LiveQuality | undefined

  protected constructor(hub: FeedHub, symbol: string) {
    this.#hub = hub
    this.symbol = symbol
    this.#forgetEnd = hub.ends.add(() => this.ended())
  }

  /** What is right now; `undefined` before the first. The same object until it changes. */
  abstract get value(): Value | undefined

  /** The channel that is held, e.g. `quote:SIM:AAPL`. */
  get channel(): string {
    return this.#channel
  }

  /** Where the value stands in the stream of its channel; `undefined` before the first. */
  get position(): { readonly epoch: string | undefined; readonly seq: number } | undefined {
    const { feed } = this
    return feed?.newest && { epoch: feed.epoch, seq: feed.newest.seq }
  }

  /** How far the value can be trusted now. The same object until it changes. */
  get quality(): LiveQuality {
    const present = this.presentQuality()
    if (!isSame(present, this.#quality)) this.#quality = present
    return this.#quality ?? present
  }

  /** Holes that were told; each is mended, or about to be. */
  get gaps(): number {
    return this.#gapCount
  }

  /** Why the server does not grant the channel; what is refused for now is asked for again. */
  get refusal(): MarketError | undefined {
    return this.#refusal
  }

  /** Told when value or quality changed, at most once for everything that came together. */
  onChange(listener: (live: this) => void): Off {
    return this.#changes.add(listener as (live: Live<unknown>) => void)
  }

  onGap(listener: (gap: Gap) => void): Off {
    return this.#gaps.add(listener)
  }

  /**
   * Resolves when there is a value.
   *
   * @throws MarketError when the channel is refused, or closed before it had a value, or the market is for good.
   */
  ready(): Promise<this> {
    return new Promise((resolve, reject) => {
      const settled = (): boolean => {
        const problem = this.#isClosed
          ? MarketError.final(`${this.#channel} was closed`, CLOSED)
          : (this.end ?? this.#refusal)
        if (this.value !== undefined) resolve(this)
        else if (problem !== undefined) reject(problem)
        else return false
        return true
      }
      if (settled()) return
      const off = this.onChange(() => settled() && off())
    })
  }

  /** Lets go of the channel, which is unsubscribed when its last holder has. The value stays what it was. */
  close(): void {
    if (this.#isClosed) return
    this.#quality = { ...this.quality, quality: 'disconnected', cause: 'closed' }
    this.#isClosed = true
    this.#release?.()
    this.#forgetEnd()
    this.#changes.tell(this)
    this.#changes.clear()
    this.#gaps.clear()
  }

  protected get isClosed(): boolean {
    return this.#isClosed
  }

  /** Why the market has ended for good; `undefined` until it has. */
  protected get end(): MarketError | undefined {
    return this.#hub.end
  }

  protected get feed(): Feed | undefined {
    return this.#hub.feed(this.#channel)
  }

  protected presentQuality(): LiveQuality {
    const { feed } = this
    if (feed !== undefined && !this.#isClosed) return this.#hub.qualityOf(feed)
    return this.#quality ?? { quality: 'recovering', cause: 'starting', sinceMs: 0, lastUpdateMs: undefined }
  }

  /** Takes in what came. */
  protected abstract take(update: Update): void

  /** Holds `channel`, instead of the one before. */
  protected hold(channel: string, options: HoldOptions): void {
    this.#release?.()
    this.#channel = channel
    this.#release = this.#hub.hold(channel, this.#holder, options)
  }

  protected changed(): void {
    this.#changes.tell(this)
  }

  protected tellGap(gap: Gap): void {
    this.#gapCount += 1
    this.#gaps.tell(gap)
  }

  /** The market has ended for good. */
  protected ended(): void {
    this.changed()
  }

  protected refused(error: MarketError): void {
    this.#refusal = error
  }
}

function isSame(a: LiveQuality, b: LiveQuality | undefined): boolean {
  return a.quality === b?.quality && a.cause === b.cause && a.sinceMs === b.sinceMs && a.lastUpdateMs === b.lastUpdateMs
}
