import type { CodedError } from '../src/protocol/codes.ts'
import type { DetailedWish, SubscribeAnswer } from '../src/protocol/requests.ts'
import type { TakeAnswer } from './connection.ts'
import { highestRateHz, type Wish } from './wish.ts'
import type { WishList } from './wish-list.ts'

/** Makes a request; the answer is `undefined` when the connection ended before it came. */
export type Ask = (name: string, payload: unknown, take: TakeAnswer) => void

/** The answer to `subscribe`, or its refusal as a whole. */
export type SubscribeReply = { readonly channels: readonly SubscribeAnswer[] } | { readonly error: CodedError }

/** What the desk has to know of channels, and tells about them. */
export interface Channels {
  /** Channels that are held because of a wish. */
  covered(wish: Wish): Iterable<string>
  /** Where the stream of a channel was, if it can go on from there. */
  resumeOf(channel: string): DetailedWish['resume']
  /** Nobody holds the channel any more. */
  forget(channel: string): void
  onReply(asked: readonly DetailedWish[], reply: SubscribeReply): void
}

/** Time until what was refused for now is asked for again, ms. */
const RETRY_REFUSED_MS = 5_000
/** Most names in one request, so that it stays far below the largest message a server takes. */
const MOST_NAMES = 5_000

/**
 * Tells the server what is wanted and what is not any more.
 *
 * Changes are collected until the present task of the event loop is over, and asked for in one request of each kind.
 */
export class WishDesk {
  readonly #wishes: WishList
  readonly #ask: Ask
  readonly #channels: Channels
  readonly #toSubscribe = new Set<string>()
  readonly #toEnd = new Set<Wish>()
  readonly #refused = new Set<string>()
  #isConnected = false
  #isScheduled = false
  #retryTimer: ReturnType<typeof setTimeout> | undefined

  constructor(wishes: WishList, ask: Ask, channels: Channels) {
    this.#wishes = wishes
    this.#ask = ask
    this.#channels = channels
  }

  /** Asks for a wish that is new or has changed. */
  subscribe(wish: Wish): void {
    this.#toEnd.delete(wish)
    this.#toSubscribe.add(wish.name)
    this.#schedule()
  }

  /** Ends a wish, unless somebody holds it again meanwhile. */
  end(wish: Wish): void {
    this.#toEnd.add(wish)
    this.#schedule()
  }

  keep(wish: Wish): void {
    this.#toEnd.delete(wish)
  }

  /** Asks for a wish again that was refused for now. */
  retry(wish: Wish): void {
    wish.isSent = false
    if (this.#refused.size === 0) this.#retryTimer = setTimeout(() => this.#retryAll(), RETRY_REFUSED_MS)
    this.#refused.add(wish.name)
  }

  /** Asks for everything, on a new connection. */
  onConnected(): void {
    this.#isConnected = true
    for (const wish of this.#wishes.all()) {
      wish.isSent = wish.isAnswered = false
      this.#toSubscribe.add(wish.name)
    }
    this.#send()
  }

  onDown(): void {
    this.#isConnected = false
    clearTimeout(this.#retryTimer)
    this.#refused.clear()
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    queueMicrotask(() => this.#send())
  }

  #send(): void {
    this.#isScheduled = false
    const names = new Set<string>()
    const ended = this.#takeEnded(names)
    if (!this.#isConnected) return
    const patterns: string[] = []
    for (const name of this.#toSubscribe) {
      const wish = this.#wishes.get(name)
      if (wish?.matches === undefined) {
        if (wish !== undefined) names.add(name)
        continue
      }
      // Named before the pattern and with their own rate, the channels that are held already just go on.
      for (const channel of this.#channels.covered(wish)) names.add(channel)
      patterns.push(name)
    }
    this.#toSubscribe.clear()
    if (ended.length > 0) this.#ask('unsubscribe', { channels: ended }, () => undefined)
    const wishes = [
      ...Array.from(names, (name) => this.#channelWish(name)),
      ...patterns.map((name) => this.#rated(name))
    ]
    for (let start = 0; start < wishes.length; start += MOST_NAMES)
      this.#request(wishes.slice(start, start + MOST_NAMES))
  }

  /** Forgets what nobody holds any more; a pattern takes channels with it that others hold, which go into `again`. */
  #takeEnded(again: Set<string>): string[] {
    const ended: string[] = []
    const wishes = [...this.#toEnd]
    this.#toEnd.clear()
    for (const wish of wishes) this.#wishes.delete(wish)
    for (const wish of wishes) {
      let isNeeded = false
      for (const channel of [...this.#channels.covered(wish)]) {
        if (this.#wishes.for(channel).length === 0) this.#channels.forget(channel)
        else {
          isNeeded = true
          // What goes on because of a pattern may come at a lower rate from now on.
          const isRated = wish.matches === undefined && this.#rated(channel).maxRateHz === wish.askedHz
          if (wish.isSent && !isRated) again.add(channel)
        }
      }
      if (wish.isSent && (wish.matches !== undefined || !isNeeded)) ended.push(wish.name)
    }
    return ended
  }

  #channelWish(channel: string): DetailedWish {
    const resume = this.#channels.resumeOf(channel)
    return { ...this.#rated(channel), ...(resume !== undefined && { resume }) }
  }

  #rated(name: string): DetailedWish {
    const own = this.#wishes.get(name)
    const maxRateHz = highestRateHz(own?.matches === undefined ? this.#wishes.for(name) : [own])
    return { channel: name, ...(maxRateHz !== undefined && { maxRateHz }) }
  }

  #request(channels: readonly DetailedWish[]): void {
    for (const { channel, maxRateHz: askedHz } of channels) {
      const wish = this.#wishes.get(channel)
      if (wish !== undefined) Object.assign(wish, { isSent: true, askedHz })
    }
    this.#ask('subscribe', { channels }, (reply) => {
      if (reply !== undefined) this.#channels.onReply(channels, reply as SubscribeReply)
    })
  }

  #retryAll(): void {
    for (const name of this.#refused) this.#toSubscribe.add(name)
    this.#refused.clear()
    this.#send()
  }
}
