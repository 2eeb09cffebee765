import type { CodedError } from '../src/protocol/codes.ts'
import type { ChannelRefusal, DetailedWish, SubscribeAnswer, SubscriptionWish } from '../src/protocol/requests.ts'
import type { Notice, SourceStatus, Status, Update } from '../src/protocol/server-events.ts'
import type { TakeAnswer } from './connection.ts'
import { Continuity } from './continuity.ts'
import { Feed, type FeedHolder, type LiveQuality } from './feed.ts'
import type { Off } from './listeners.ts'
import { SnapshotRequests } from './snapshot-requests.ts'
import { type Hold, highestRateHz, Wish } from './wish.ts'

export interface HoldOptions {
  readonly maxRateHz?: number | undefined
  /** What the holder has already: the stream goes on from there where the server can prove that. Not for books. */
  readonly resume?: { readonly epoch: string; readonly seq: number } | undefined
}

/** The answer to `subscribe`, or its refusal as a whole. */
type Reply = { readonly channels: readonly SubscribeAnswer[] } | { readonly error: CodedError } | undefined

type Doubt = Pick<LiveQuality, 'quality' | 'cause' | 'sinceMs'>

type Ask = (name: string, payload: unknown, take: TakeAnswer) => void

/** Time until what was refused for now is asked for again, ms. */
const RETRY_REFUSED_MS = 5_000
/** Most names in one request, so that it stays far below the largest message a server takes. */
const MOST_NAMES = 5_000

/**
 * Channels by name: one subscription for all who hold a channel, and one unbroken picture for all of them.
 *
 * Changes of what is held are collected until the present task of the event loop is over, and asked for in one request.
 */
export class FeedHub {
  readonly #ask: Ask
  readonly #wishes = new Map<string, Wish>()
  readonly #patterns = new Set<Wish>()
  readonly #feeds = new Map<string, Feed>()
  readonly #continuity = new Continuity()
  readonly #snapshots = new SnapshotRequests((channel) => this.#askSnapshot(channel))
  readonly #toSubscribe = new Set<string>()
  readonly #toEnd = new Set<Wish>()
  readonly #refused = new Set<string>()
  #dirty: Feed[] = []
  #isConnected = false
  #isScheduled = false
  #retryTimer: ReturnType<typeof setTimeout> | undefined
  /** What concerns the whole connection: it is lost, or this client reads too slowly. */
  #doubt: Doubt = doubtNow('disconnected', 'connecting')

  constructor(ask: Ask) {
    this.#ask = ask
  }

  /** Holds a channel or pattern; what is known of it is given to the holder before this returns. */
  hold(name: string, holder: FeedHolder, { maxRateHz, resume }: HoldOptions = {}): Off {
    const wish = this.#wishOf(name)
    const rateBefore = wish.isSent ? highestRateHz([wish]) : 0
    const hold: Hold = { holder, maxRateHz }
    wish.holds.add(hold)
    this.#toEnd.delete(wish)
    const isNew = !this.#feeds.has(name)
    if (wish.matches === undefined && isNew) this.#add(name)
    if (resume !== undefined && isNew) this.#resumeAt(name, resume)
    for (const feed of this.#covered(wish)) this.#join(feed, holder)
    if (!wish.isSent || isAbove(highestRateHz([wish]), rateBefore)) {
      this.#toSubscribe.add(name)
      this.#schedule()
    }
    return () => this.#release(wish, hold)
  }

  feed(channel: string): Feed | undefined {
    return this.#feeds.get(channel)
  }

  /** How far the newest value of a channel can be trusted now. */
  qualityOf(feed: Feed): LiveQuality {
    const { name, refusal, isAnswered, awaitsSnapshot, receivedMs: lastUpdateMs, quality, cause, sinceMs } = feed
    const doubt = this.#doubt
    if (doubt.quality === 'disconnected') return { ...doubt, lastUpdateMs }
    if (refusal !== undefined) return { quality: 'stale', cause: refusal.name, sinceMs, lastUpdateMs }
    const missing = this.#continuity.isBroken(name)
      ? 'gap'
      : !isAnswered || awaitsSnapshot
        ? lastUpdateMs === undefined
          ? 'starting'
          : 'resync'
        : undefined
    if (missing !== undefined) return { quality: 'recovering', cause: missing, sinceMs, lastUpdateMs }
    if (doubt.quality === 'delayed' && quality === 'live') return { ...doubt, lastUpdateMs }
    return { quality, cause, sinceMs, lastUpdateMs }
  }

  onConnected(): void {
    this.#isConnected = true
    this.#doubt = doubtNow('live', 'none')
    this.#continuity.reconnected()
    this.#snapshots.clear()
    for (const feed of this.#feeds.values()) {
      feed.isAnswered = false
      this.#mark(feed)
    }
    for (const wish of this.#wishes.values()) {
      wish.isSent = wish.isAnswered = false
      this.#toSubscribe.add(wish.name)
    }
    this.#send()
    this.#flush()
  }

  onDown(reason: string): void {
    this.#isConnected = false
    clearTimeout(this.#retryTimer)
    this.#refused.clear()
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

  #wishOf(name: string): Wish {
    const known = this.#wishes.get(name)
    if (known !== undefined) return known
    const wish = new Wish(name)
    this.#wishes.set(name, wish)
    if (wish.matches !== undefined) this.#patterns.add(wish)
    return wish
  }

  *#covered(wish: Wish): Generator<Feed> {
    if (wish.matches !== undefined) {
      for (const feed of this.#feeds.values()) if (wish.matches(feed.name)) yield feed
      return
    }
    const feed = this.#feeds.get(wish.name)
    if (feed !== undefined) yield feed
  }

  /** Everything that asks for a channel: the channel itself, and patterns. */
  #wishesFor(channel: string): Wish[] {
    const own = this.#wishes.get(channel)
    const patterns = [...this.#patterns].filter((wish) => wish.covers(channel))
    return own === undefined ? patterns : [own, ...patterns]
  }

  #add(channel: string): Feed {
    const feed = new Feed(channel)
    this.#feeds.set(channel, feed)
    for (const wish of this.#patterns) {
      if (wish.covers(channel)) for (const { holder } of wish.holds) feed.holders.add(holder)
    }
    return feed
  }

  #join(feed: Feed, holder: FeedHolder): void {
    feed.holders.add(holder)
    const present = feed.present()
    if (present !== undefined) holder.onUpdate(present)
    // Somebody else continued the channel from what they had of it, so that its state was never sent.
    else if (feed.isAnswered && this.#continuity.position(feed.name) !== undefined) this.#snapshots.add(feed.name)
  }

  #release(wish: Wish, hold: Hold): void {
    if (!wish.holds.delete(hold)) return
    for (const feed of this.#covered(wish)) feed.holders.delete(hold.holder)
    if (wish.holds.size > 0) return
    this.#toEnd.add(wish)
    this.#schedule()
  }

  #resumeAt(name: string, { epoch, seq }: { readonly epoch: string; readonly seq: number }): void {
    const feed = this.#feeds.get(name)
    if (feed === undefined || feed.book !== undefined) return
    feed.epoch = epoch
    this.#continuity.resumeAt(name, epoch, seq)
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    queueMicrotask(() => this.#send())
  }

  /** Tells the server what is wanted and what is not any more. */
  #send(): void {
    this.#isScheduled = false
    const names = new Set<string>()
    const ended = this.#end(names)
    const patterns: string[] = []
    for (const name of this.#toSubscribe) {
      const wish = this.#wishes.get(name)
      if (wish === undefined) continue
      if (wish.matches === undefined) names.add(name)
      else {
        // Named before the pattern and with their own rate, the channels that are held already just go on.
        for (const feed of this.#covered(wish)) names.add(feed.name)
        patterns.push(name)
      }
    }
    if (!this.#isConnected) return
    this.#toSubscribe.clear()
    if (ended.length > 0) this.#ask('unsubscribe', { channels: ended }, () => undefined)
    const wishes = [...Array.from(names, (name) => this.#detailed(name)), ...patterns.map((name) => this.#rated(name))]
    for (let start = 0; start < wishes.length; start += MOST_NAMES) {
      this.#subscribe(wishes.slice(start, start + MOST_NAMES))
    }
  }

  /** Forgets what nobody holds any more; a pattern takes channels with it that others hold, which go into `again`. */
  #end(again: Set<string>): string[] {
    const ended: string[] = []
    const wishes = [...this.#toEnd]
    this.#toEnd.clear()
    for (const wish of wishes) {
      this.#wishes.delete(wish.name)
      this.#patterns.delete(wish)
    }
    for (const wish of wishes) {
      let isNeeded = false
      for (const feed of [...this.#covered(wish)]) {
        if (this.#wishesFor(feed.name).length === 0) {
          this.#feeds.delete(feed.name)
          this.#continuity.forget(feed.name)
        } else {
          isNeeded = true
          if (wish.matches !== undefined && wish.isSent) again.add(feed.name)
        }
      }
      if (wish.isSent && (wish.matches !== undefined || !isNeeded)) ended.push(wish.name)
    }
    return ended
  }

  #detailed(name: string): SubscriptionWish {
    const feed = this.#feeds.get(name)
    const isWhole = feed !== undefined && !feed.awaitsSnapshot && !this.#continuity.isBroken(name)
    const resume = isWhole ? this.#continuity.position(name) : undefined
    return { ...this.#rated(name), ...(resume !== undefined && resume.seq > 0 && { resume }) }
  }

  #rated(name: string): DetailedWish {
    const own = this.#wishes.get(name)
    const maxRateHz = highestRateHz(own?.matches === undefined ? this.#wishesFor(name) : [own])
    return { channel: name, ...(maxRateHz !== undefined && { maxRateHz }) }
  }

  #subscribe(channels: readonly SubscriptionWish[]): void {
    const asked = channels as readonly DetailedWish[]
    for (const { channel } of asked) {
      const wish = this.#wishes.get(channel)
      if (wish !== undefined) wish.isSent = true
    }
    this.#ask('subscribe', { channels }, (reply) => this.#answered(asked, reply as Reply))
  }

  #answered(asked: readonly DetailedWish[], reply: Reply): void {
    if (reply === undefined) return
    if ('error' in reply) {
      for (const { channel } of asked) this.#refuse({ channel, ok: false, error: reply.error })
    } else {
      for (const { channel } of asked) {
        const wish = this.#wishes.get(channel)
        if (wish !== undefined) wish.isAnswered = true
      }
      const resumed = new Set(asked.filter(({ resume }) => resume !== undefined).map(({ channel }) => channel))
      for (const answer of reply.channels) {
        if (answer.ok) this.#grant(answer, resumed.has(answer.channel))
        else this.#refuse(answer)
      }
    }
    this.#flush()
  }

  #grant(answer: SubscribeAnswer & { readonly ok: true }, isResumed: boolean): void {
    const { channel, epoch, seq, source, quality, recovered } = answer
    const feed = this.#feeds.get(channel) ?? this.#adopt(channel)
    if (feed === undefined) return
    // Events tell by their numbers what is missing, once they come.
    if (!this.#enter(feed, epoch, seq) && isResumed && !recovered && !feed.isEvent) feed.tellGap('resync')
    if (quality !== feed.quality) {
      Object.assign(feed, { quality, cause: quality === 'live' ? 'none' : 'unknown', sinceMs: Date.now() })
    }
    feed.source = source
    feed.refusal = undefined
    feed.isAnswered = true
    feed.awaitsSnapshot = seq > 0 && !recovered
    this.#mark(feed)
  }

  #refuse({ channel, error }: ChannelRefusal): void {
    const wish = this.#wishes.get(channel)
    // A pattern stays open for channels that are declared later.
    if (wish?.matches !== undefined && error.name === 'unknownChannel') return
    const feed = this.#feeds.get(channel)
    if (feed !== undefined) {
      Object.assign(feed, { refusal: error, isAnswered: false, sinceMs: Date.now() })
      this.#mark(feed)
    }
    const holders = feed?.holders ?? Array.from(wish?.holds ?? [], ({ holder }) => holder)
    for (const holder of [...holders]) holder.onRefused(channel, error)
    if (wish === undefined || !error.temporary) return
    wish.isSent = false
    if (this.#refused.size === 0) this.#retryTimer = setTimeout(() => this.#retry(), RETRY_REFUSED_MS)
    this.#refused.add(channel)
  }

  #retry(): void {
    for (const name of this.#refused) this.#toSubscribe.add(name)
    this.#refused.clear()
    this.#send()
  }

  /** Takes in a channel of a pattern that is open. */
  #adopt(channel: string): Feed | undefined {
    const isOurs = this.#wishesFor(channel).some((wish) => wish.isAnswered)
    if (!isOurs) return undefined
    const feed = this.#add(channel)
    feed.isAnswered = true
    return feed
  }

  /** The channel that a status is about, in its epoch. */
  #told({ channel, source, epoch, lastSeq }: Status): Feed[] {
    const feed = this.#feeds.get(channel) ?? this.#adopt(channel)
    if (feed === undefined) return []
    // A channel of an open pattern may be refused by its name, and come back.
    if (!feed.isAnswered && !this.#wishesFor(channel).some((wish) => wish.isAnswered)) return []
    Object.assign(feed, { source, isAnswered: true, refusal: undefined })
    if (this.#enter(feed, epoch, lastSeq)) feed.awaitsSnapshot = lastSeq > 0
    return [feed]
  }

  /** @returns true when the channel has begun a new life. */
  #enter(feed: Feed, epoch: string, seq: number): boolean {
    const isNew = feed.epoch !== undefined && feed.epoch !== epoch
    feed.epoch = epoch
    this.#continuity.enter(feed.name, epoch, seq)
    if (isNew) feed.tellGap('restart')
    return isNew
  }

  #take(update: Update, nowMs: number): void {
    const feed = this.#feeds.get(update.channel) ?? this.#adopt(update.channel)
    if (feed === undefined || !feed.isAnswered) return
    const isSnapshot = update.type === 'snapshot'
    const wasBroken = isSnapshot && this.#continuity.isBroken(feed.name)
    if (isSnapshot && update.epoch !== undefined) this.#noteEpoch(feed, update.epoch)
    const held = isSnapshot && feed.isEvent ? this.#continuity.position(feed.name) : undefined
    const verdict = this.#continuity.take(update)
    if (verdict === 'apply') {
      const isKnown = feed.newest !== undefined || (held?.seq ?? 0) > 0
      if (held !== undefined && isKnown) skipEvents(feed, held, update, wasBroken)
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

  #noteEpoch(feed: Feed, epoch: string): void {
    if (feed.epoch !== undefined && feed.epoch !== epoch) feed.tellGap('restart')
    feed.epoch = epoch
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

function doubtNow(quality: LiveQuality['quality'], cause: string): Doubt {
  return { quality, cause, sinceMs: Date.now() }
}

function isAbove(rateHz: number | undefined, before: number | undefined): boolean {
  return (rateHz ?? Number.POSITIVE_INFINITY) > (before ?? Number.POSITIVE_INFINITY)
}

/** Counts the events between what was held and the snapshot that goes on after them. */
function skipEvents(
  feed: Feed,
  held: { readonly epoch: string; readonly seq: number },
  { epoch, seq }: Update,
  wasBroken: boolean
): void {
  const missed = held.epoch === epoch ? seq - held.seq - 1 : seq - 1
  if (missed <= 0) return
  feed.missed += missed
  if (!wasBroken) feed.tellGap('skipped', missed)
}
