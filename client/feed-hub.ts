import type { CodedError } from '../src/protocol/codes.ts'
import type { DetailedWish, SubscribeAnswer } from '../src/protocol/requests.ts'
import type { Notice, SourceStatus, Status, Update } from '../src/protocol/server-events.ts'
import { Continuity } from './continuity.ts'
import { Feed, type FeedHolder, type LiveQuality } from './feed.ts'
import { type Doubt, doubtNow, qualityOf } from './feed-quality.ts'
import type { Off } from './listeners.ts'
import { SnapshotRequests } from './snapshot-requests.ts'
import { type Hold, highestRateHz, type Wish } from './wish.ts'
import { type Ask, type SubscribeReply, WishDesk } from './wish-desk.ts'
import { WishList } from './wish-list.ts'

export interface HoldOptions {
  readonly maxRateHz?: number | undefined
  /** What the holder has already: the stream goes on from there where the server can prove that. Not for books. */
  readonly resume?: { readonly epoch: string; readonly seq: number } | undefined
}

/** Channels by name: one subscription for all who hold a channel, and one unbroken picture for all of them. */
export class FeedHub {
  readonly #ask: Ask
  readonly #wishes = new WishList()
  readonly #desk: WishDesk
  readonly #feeds = new Map<string, Feed>()
  readonly #continuity = new Continuity()
  readonly #snapshots = new SnapshotRequests((channel) => this.#askSnapshot(channel))
  #dirty: Feed[] = []
  #doubt: Doubt = doubtNow('disconnected', 'connecting')

  constructor(ask: Ask) {
    this.#ask = ask
    this.#desk = new WishDesk(this.#wishes, ask, {
      covered: (wish) => Array.from(this.#covered(wish), ({ name }) => name),
      resumeOf: (channel) => this.#resumeOf(channel),
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
    if (wish.matches === undefined && !this.#feeds.has(name)) this.#begin(name, resume)
    for (const feed of this.#covered(wish)) this.#join(feed, holder)
    if (!wish.isSent || isFirst || isAbove(highestRateHz([wish]), rateBefore)) this.#desk.subscribe(wish)
    return () => this.#release(wish, hold)
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
    return qualityOf(feed, this.#doubt, this.#continuity.isBroken(feed.name))
  }

  onConnected(): void {
    this.#continuity.reconnected()
    this.#snapshots.clear()
    for (const feed of this.#feeds.values()) feed.isAnswered = false
    this.#doubtAll(doubtNow('live', 'none'))
    this.#desk.onConnected()
  }

  onDown(reason: string): void {
    this.#desk.onDown()
    this.#doubtAll(doubtNow('disconnected', reason))
  }

  onUpdates(updates: readonly Update[], nowMs: number): void {
    for (const update of updates) this.#take(update, nowMs)
    this.#flush()
  }

  onStatus(status: Status | SourceStatus): void {
    const { quality, cause, since: sinceMs, source } = status
    const feeds = 'channel' in status ? this.#told(status) : this.#feeds.values()
    for (const feed of feeds) {
      if (feed.source !== source) continue
      Object.assign(feed, { quality, cause, sinceMs })
      this.#mark(feed)
    }
    this.#flush()
  }

  onNotice({ name }: Notice): void {
    if (name === 'slowConsumer') this.#doubtAll(doubtNow('delayed', 'slow_consumer'))
    else if (name === 'caughtUp') this.#doubtAll(doubtNow('live', 'none'))
  }

  *#covered(wish: Wish): Generator<Feed> {
    if (wish.matches !== undefined) {
      for (const feed of this.#feeds.values()) if (wish.matches(feed.name)) yield feed
      return
    }
    const feed = this.#feeds.get(wish.name)
    if (feed !== undefined) yield feed
  }

  #add(channel: string): Feed {
    const feed = new Feed(channel)
    this.#feeds.set(channel, feed)
    for (const wish of this.#wishes.for(channel)) for (const { holder } of wish.holds) feed.holders.add(holder)
    return feed
  }

  #begin(channel: string, resume: HoldOptions['resume']): void {
    const feed = this.#add(channel)
    if (resume === undefined || feed.book !== undefined) return
    feed.epoch = resume.epoch
    this.#continuity.resumeAt(channel, resume.epoch, resume.seq)
  }

  #join(feed: Feed, holder: FeedHolder): void {
    feed.holders.add(holder)
    const present = feed.present()
    if (present !== undefined) holder.onUpdate(present)
    // Somebody else continued the channel from what they had of it, so that its state was never sent.
    else if (feed.isAnswered && (this.#continuity.position(feed.name)?.seq ?? 0) > 0) this.#snapshots.add(feed.name)
  }

  #release(wish: Wish, hold: Hold): void {
    if (!wish.holds.delete(hold)) return
    for (const feed of this.#covered(wish)) feed.holders.delete(hold.holder)
    if (wish.holds.size === 0) this.#desk.end(wish)
  }

  #forget(channel: string): void {
    this.#feeds.delete(channel)
    this.#continuity.forget(channel)
  }

  #resumeOf(channel: string): HoldOptions['resume'] {
    const feed = this.#feeds.get(channel)
    if (feed === undefined || feed.awaitsSnapshot || this.#continuity.isBroken(channel)) return undefined
    const position = this.#continuity.position(channel)
    return position !== undefined && position.seq > 0 ? position : undefined
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
      for (const { holder } of [...(this.#wishes.get(channel)?.holds ?? [])]) holder.onAnswered(refusals.get(channel))
    }
    this.#flush()
  }

  #grant(answer: SubscribeAnswer & { readonly ok: true }, isResumed: boolean): void {
    const { channel, epoch, seq, source, quality, recovered } = answer
    const feed = this.#feeds.get(channel) ?? this.#adopt(channel)
    if (feed === undefined) return
    const isNew = this.#enter(feed, epoch, seq)
    const isBehind = !recovered && (this.#continuity.position(channel)?.seq ?? 0) < seq
    // Events tell by their numbers what is missing, once they come.
    if (!isNew && isResumed && isBehind && !feed.isEvent) feed.tellGap('resync')
    if (quality !== feed.quality) {
      Object.assign(feed, { quality, cause: quality === 'live' ? 'none' : 'unknown', sinceMs: Date.now() })
    }
    Object.assign(feed, { source, refusal: undefined, isAnswered: true, awaitsSnapshot: isBehind })
    this.#mark(feed)
  }

  #refuse(channel: string, error: CodedError): void {
    const wish = this.#wishes.get(channel)
    // A pattern stays open for channels that are declared later.
    if (wish?.matches !== undefined && error.name === 'unknownChannel') return
    const feed = this.#feeds.get(channel)
    if (feed !== undefined) {
      Object.assign(feed, { refusal: error, isAnswered: false, sinceMs: Date.now() })
      this.#mark(feed)
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
    if (this.#enter(feed, epoch, lastSeq)) feed.awaitsSnapshot = lastSeq > 0
    return [feed]
  }

  /** @returns true when the channel has begun a new life. */
  #enter(feed: Feed, epoch: string, seq: number): boolean {
    const isNew = feed.epoch !== undefined && feed.epoch !== epoch
    feed.epoch = epoch
    // The first event of a life is complete in itself, and need not be marked as a snapshot.
    if (isNew && seq === 0 && feed.isEvent) this.#continuity.resumeAt(feed.name, epoch, 0)
    else this.#continuity.enter(feed.name, epoch, seq)
    if (isNew) feed.tellGap('restart')
    return isNew
  }

  #take(update: Update, nowMs: number): void {
    const feed = this.#feeds.get(update.channel) ?? this.#adopt(update.channel)
    if (feed === undefined || !feed.isAnswered) return
    const isSnapshot = update.type === 'snapshot'
    const missed = isSnapshot ? this.#beforeSnapshot(feed, update) : 0
    const verdict = this.#continuity.take(update)
    if (verdict === 'apply') {
      feed.missed += missed
      feed.apply(update, nowMs)
    } else if (verdict === 'gap') {
      feed.sinceMs = nowMs
      this.#snapshots.add(feed.name)
      feed.tellGap('hole')
    } else if (isSnapshot && verdict === 'duplicate') {
      feed.awaitsSnapshot = false
      if (feed.newest === undefined) feed.apply(update, nowMs)
    } else return
    this.#mark(feed)
  }

  /** Tells what a snapshot skips. @returns the events that are known to be lost. */
  #beforeSnapshot(feed: Feed, { epoch, seq }: Update): number {
    if (epoch !== undefined && feed.epoch !== epoch) {
      if (feed.epoch !== undefined) feed.tellGap('restart')
      feed.epoch = epoch
    }
    const held = this.#continuity.position(feed.name)
    const isKnown = feed.newest !== undefined || (held?.seq ?? 0) > 0
    if (!feed.isEvent || held === undefined || !isKnown) return 0
    const missed = Math.max(0, held.epoch === epoch ? seq - held.seq - 1 : seq - 1)
    if (missed > 0 && !this.#continuity.isBroken(feed.name)) feed.tellGap('skipped', missed)
    return missed
  }

  #askSnapshot(channel: string): Promise<boolean> {
    return new Promise((resolve) => {
      this.#ask('snapshot', { channel }, (reply) => {
        const { error } = (reply ?? {}) as { readonly error?: CodedError }
        resolve(error?.temporary === true && this.#feeds.has(channel))
      })
    })
  }

  #doubtAll(doubt: Doubt): void {
    this.#doubt = doubt
    for (const feed of this.#feeds.values()) this.#mark(feed)
    this.#flush()
  }

  #mark(feed: Feed): void {
    if (feed.isDirty) return
    feed.isDirty = true
    this.#dirty.push(feed)
  }

  #flush(): void {
    const dirty = this.#dirty
    this.#dirty = []
    for (const feed of dirty) {
      feed.isDirty = false
      for (const holder of feed.holders) holder.onFlush(feed)
    }
  }
}

function isAbove(rateHz: number | undefined, before: number | undefined): boolean {
  return (rateHz ?? Number.POSITIVE_INFINITY) > (before ?? Number.POSITIVE_INFINITY)
}
