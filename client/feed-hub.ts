import type { CodedError } from '../src/protocol/codes.ts'
import type { DetailedWish, SubscribeAnswer } from '../src/protocol/requests.ts'
import type { Notice, SourceStatus, Status, Update } from '../src/protocol/server-events.ts'
import { Feed, type FeedHolder, type LiveQuality } from './feed.ts'
import { FeedIntake, type FeedPosition } from './feed-intake.ts'
import { type Doubt, doubtNow, qualityOf } from './feed-quality.ts'
import { FeedTable } from './feed-table.ts'
import { forPresent, Listeners, type Off } from './listeners.ts'
import type { MarketError } from './market-error.ts'
import { type Hold, highestRateHz, type Wish } from './wish.ts'
import { type Ask, type SubscribeReply, WishDesk } from './wish-desk.ts'
import { WishList } from './wish-list.ts'

export interface HoldOptions {
  readonly maxRateHz?: number | undefined
  /**
   * What the holder has already: the stream goes on from there where the server can prove that. Not for books, and not for
   * a channel that is held already, which goes on from where it is.
   */
  readonly resume?: FeedPosition | undefined
}

/** Channels by name: one subscription for all who hold a channel, and one unbroken picture for all of them. */
export class FeedHub {
  readonly #wishes = new WishList()
  readonly #desk: WishDesk
  readonly #feeds = new FeedTable()
  readonly #intake: FeedIntake
  /** Told when the connection has ended for good. */
  readonly ends = new Listeners<[end: MarketError]>()
  #end: MarketError | undefined
  #doubt: Doubt = doubtNow('disconnected', 'connecting')

  constructor(ask: Ask) {
    this.#intake = new FeedIntake(ask)
    this.#desk = new WishDesk(this.#wishes, ask, {
      covered: (wish) => Array.from(this.#covered(wish), ({ name }) => name),
      resumeOf: (channel) => {
        const feed = this.#feeds.get(channel)
        return feed && this.#intake.resumeOf(feed)
      },
      forget: (channel) => this.#forget(channel),
      onReply: (asked, reply) => this.#onReply(asked, reply)
    })
  }

  /** Holds a channel or pattern; what is known of it is given to the holder before this returns. */
  hold(name: string, holder: FeedHolder, { maxRateHz, resume }: HoldOptions = {}): Off {
    const wish = this.#wishes.of(name)
    const rateBefore = highestRateHz([wish])
    const isFirst = wish.holds.size === 0
    const hold: Hold = { holder, maxRateHz }
    wish.holds.add(hold)
    this.#desk.keep(wish)
    if (wish.matches === undefined && this.#feeds.get(name) === undefined) this.#begin(name, resume)
    for (const feed of this.#covered(wish)) this.#join(feed, holder)
    if (!wish.isSent || isFirst || isAbove(highestRateHz([wish]), rateBefore)) this.#desk.subscribe(wish)
    return () => this.#release(wish, hold)
  }

  /** Why nothing comes any more; `undefined` while it may. */
  get end(): MarketError | undefined {
    return this.#end
  }

  feed(channel: string): Feed | undefined {
    return this.#feeds.get(channel)
  }

  /** The channels that a name or pattern stands for now. */
  channelsOf(name: string): string[] {
    const wish = this.#wishes.get(name)
    return wish === undefined ? [] : Array.from(this.#covered(wish), (feed) => feed.name)
  }

  /** How far the newest value of a channel can be trusted now. */
  qualityOf(feed: Feed): LiveQuality {
    return qualityOf(feed, this.#doubt, this.#intake.continuity.isBroken(feed.name))
  }

  onConnected(): void {
    this.#intake.reconnected()
    for (const feed of this.#feeds.all()) feed.isAnswered = false
    this.#doubtAll(doubtNow('live', 'none'))
    this.#desk.onConnected()
  }

  onDown(reason: string): void {
    this.#desk.onDown()
    this.#doubtAll(doubtNow('disconnected', reason))
  }

  onEnded(end: MarketError): void {
    this.#end = end
    this.#desk.onDown()
    this.#doubt = doubtNow('disconnected', end.message)
    this.ends.tell(end)
    this.ends.clear()
  }

  onUpdates(updates: readonly Update[], nowMs: number): void {
    for (const update of updates) this.#take(update, nowMs)
    this.#feeds.flush()
  }

  onStatus(status: Status | SourceStatus): void {
    const { quality, cause, since: sinceMs, source } = status
    const feeds = 'channel' in status ? this.#told(status) : this.#feeds.all()
    for (const feed of feeds) {
      if (feed.source !== source) continue
      Object.assign(feed, { quality, cause, sinceMs })
      this.#feeds.mark(feed)
    }
    this.#feeds.flush()
  }

  onNotice({ name }: Notice): void {
    if (name === 'slowConsumer') this.#doubtAll(doubtNow('delayed', 'slow_consumer'))
    else if (name === 'caughtUp') this.#doubtAll(doubtNow('live', 'none'))
  }

  *#covered(wish: Wish): Generator<Feed> {
    if (wish.matches !== undefined) {
      for (const feed of this.#feeds.all()) if (wish.matches(feed.name)) yield feed
      return
    }
    const feed = this.#feeds.get(wish.name)
    if (feed !== undefined) yield feed
  }

  #add(channel: string): Feed {
    const feed = new Feed(channel)
    this.#feeds.add(feed)
    for (const wish of this.#wishes.for(channel)) for (const { holder } of wish.holds) feed.holders.add(holder)
    return feed
  }

  #begin(channel: string, resume: HoldOptions['resume']): void {
    const feed = this.#add(channel)
    if (resume !== undefined && feed.book === undefined) this.#intake.resumeAt(feed, resume)
  }

  #join(feed: Feed, holder: FeedHolder): void {
    feed.holders.add(holder)
    const present = feed.present()
    if (present !== undefined) holder.onUpdate(present)
    // Somebody else continued the channel from what they had of it, so that its state was never sent.
    else if (feed.isAnswered && (this.#intake.continuity.position(feed.name)?.seq ?? 0) > 0)
      this.#intake.askSnapshot(feed)
  }

  #release(wish: Wish, hold: Hold): void {
    const rateBefore = highestRateHz([wish])
    if (!wish.holds.delete(hold)) return
    for (const feed of this.#covered(wish)) feed.holders.delete(hold.holder)
    if (wish.holds.size === 0) this.#desk.end(wish)
    else if (isAbove(rateBefore, highestRateHz([wish]))) this.#desk.subscribe(wish)
  }

  #forget(channel: string): void {
    this.#feeds.delete(channel)
    this.#intake.continuity.forget(channel)
  }

  #onReply(asked: readonly DetailedWish[], reply: SubscribeReply): void {
    const refusals = new Map<string, CodedError>()
    if ('error' in reply) for (const { channel } of asked) refusals.set(channel, reply.error)
    else for (const answer of reply.channels) if (!answer.ok) refusals.set(answer.channel, answer.error)
    for (const { channel } of asked) {
      const wish = this.#wishes.get(channel)
      if (wish !== undefined) wish.isAnswered = true
    }
    if ('channels' in reply) {
      const resumed = new Set(asked.filter(({ resume }) => resume !== undefined).map(({ channel }) => channel))
      for (const answer of reply.channels) if (answer.ok) this.#grant(answer, resumed.has(answer.channel))
    }
    for (const [channel, error] of refusals) this.#refuse(channel, error)
    for (const { channel } of asked) {
      const wish = this.#wishes.get(channel)
      if (wish !== undefined) forPresent(wish.holds, ({ holder }) => holder.onAnswered(refusals.get(channel)))
    }
    this.#feeds.flush()
  }

  #grant(answer: SubscribeAnswer & { readonly ok: true }, isResumed: boolean): void {
    const { channel, epoch, seq, source, quality, cause, since: sinceMs, recovered } = answer
    const feed = this.#feeds.get(channel) ?? this.#adopt(channel)
    if (feed === undefined) return
    const isNew = this.#intake.enter(feed, epoch, seq)
    const isBehind = !recovered && (this.#intake.continuity.position(channel)?.seq ?? 0) < seq
    // Events tell by their numbers what is missing, once they come.
    if (!isNew && isResumed && isBehind && !feed.isEvent) feed.tellGap('resync')
    Object.assign(feed, { source, quality, cause, sinceMs })
    Object.assign(feed, { refusal: undefined, isAnswered: true, awaitsSnapshot: isBehind })
    this.#feeds.mark(feed)
  }

  #refuse(channel: string, error: CodedError): void {
    const wish = this.#wishes.get(channel)
    // A pattern stays open for channels that are declared later.
    if (wish?.matches !== undefined && error.name === 'unknownChannel') return
    const feed = this.#feeds.get(channel)
    if (feed !== undefined) {
      Object.assign(feed, { refusal: error, isAnswered: false, sinceMs: Date.now() })
      this.#feeds.mark(feed)
    }
    if (wish === undefined) return
    wish.isAnswered = false
    if (error.temporary) this.#desk.retry(wish)
  }

  /** Takes in a channel of a pattern that is open. */
  #adopt(channel: string): Feed | undefined {
    if (!this.#isOpen(channel)) return undefined
    const feed = this.#add(channel)
    feed.isAnswered = true
    return feed
  }

  #isOpen(channel: string): boolean {
    return this.#wishes.for(channel).some((wish) => wish.isAnswered)
  }

  /** The channel that a status is about, in its epoch. */
  #told({ channel, source, epoch, lastSeq }: Status): Feed[] {
    const feed = this.#feeds.get(channel) ?? this.#adopt(channel)
    // A channel of an open pattern may be refused by its name, and come back.
    if (feed === undefined || (!feed.isAnswered && !this.#isOpen(channel))) return []
    Object.assign(feed, { source, isAnswered: true, refusal: undefined })
    if (this.#intake.enter(feed, epoch, lastSeq)) feed.awaitsSnapshot = lastSeq > 0
    return [feed]
  }

  #take(update: Update, nowMs: number): void {
    const feed = this.#feeds.get(update.channel) ?? this.#adopt(update.channel)
    if (feed?.isAnswered === true && this.#intake.take(feed, update, nowMs)) this.#feeds.mark(feed)
  }

  #doubtAll(doubt: Doubt): void {
    this.#doubt = doubt
    this.#feeds.markAll()
    this.#feeds.flush()
  }
}

function isAbove(rateHz: number | undefined, before: number | undefined): boolean {
  return (rateHz ?? Number.POSITIVE_INFINITY) > (before ?? Number.POSITIVE_INFINITY)
}
