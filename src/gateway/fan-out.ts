import { presentOf } from '../broadcast/catch-up.ts'
import type { ChannelState } from '../broadcast/channel-state.ts'
import type { Gateway } from '../broadcast/gateway.ts'
import type { Journal } from '../broadcast/journal.ts'
import type { QueuedMessages } from '../broadcast/queue.ts'
import type { Counters } from '../telemetry/counters.ts'
import { Bulletins } from './bulletins.ts'
import { ChangeQueue } from './change-queue.ts'
import type { Cohort } from './cohort.ts'
import type { Frame } from './frame.ts'
import type { FrameGroup } from './frame-group.ts'
import type { HeartbeatTimes } from './heartbeat-times.ts'
import type { Holding } from './holding.ts'
import type { Interest } from './interest.ts'
import type { Lanes } from './lanes.ts'
import { Memberships } from './memberships.ts'
import type { MessageList } from './placed-messages.ts'
import type { Position } from './return-stage.ts'
import { routeFlush } from './route-flush.ts'
import type { SlowClients } from './slow-clients.ts'
import { StreamWriter } from './stream-writer.ts'
import type { Subscriber } from './subscriber.ts'
import { inTurns } from './turns.ts'
import { plainFrame, updatesEnd, updatesFrames } from './updates-frame.ts'
import { WRITES_PER_BATCH, WriteBatch } from './write-batch.ts'

export interface FanOutOptions {
  readonly counters: Counters
  readonly journal: Journal
  readonly lanes: Lanes
  readonly interest: Pick<Interest, 'retain'>
  readonly slowClients: SlowClients
  readonly heartbeatTimes: HeartbeatTimes
  /** Makes a heartbeat of this moment. */
  readonly heartbeat: () => Frame
  /** Asks the emitter for a flush, so that changes take effect. */
  readonly wake: () => void
  /** Monotonic clock, ms. */
  readonly now: () => number
}

/**
 * Sends each flush to the clients: for every cohort one frame, handed to each of its members.
 *
 * Clients join, leave and change channels only at the start of a flush, when the queue is empty and the newest message
 * of a channel is the last one that was sent. So a snapshot and the stream after it join without a seam.
 */
export class FanOut implements Gateway {
  readonly subscribers = new Set<Subscriber>()
  readonly changes: ChangeQueue
  readonly #options: FanOutOptions
  readonly #writer: StreamWriter
  readonly #batch: WriteBatch
  readonly #memberships: Memberships
  #bulletins = new Bulletins()
  #flush = 0
  /** How long the last flush took to be written, ms. */
  #deliveryMs = 0

  constructor(options: FanOutOptions) {
    this.#options = options
    const { slowClients, wake } = options
    this.changes = new ChangeQueue({ hasRoom: (subscriber) => slowClients.hasRoom(subscriber), wake })
    this.#writer = new StreamWriter(options)
    this.#batch = new WriteBatch(this.#writer, (cohort, member) => this.#follows(cohort, member))
    this.#memberships = new Memberships(options.interest)
  }

  get isCongested(): boolean {
    return this.#options.slowClients.isCongested
  }

  /** The number of the flush under way, or of the last one. */
  get flush(): number {
    return this.#flush
  }

  /** Channels held by all clients together. */
  get subscriptions(): number {
    let sum = 0
    for (const { channelCount } of this.subscribers) sum += channelCount
    return sum
  }

  /** Clients that do not follow the stream now. */
  get behindCount(): number {
    let count = 0
    for (const { behind } of this.subscribers) if (behind !== undefined) count += 1
    return count
  }

  stop(): void {
    this.changes.stop()
    this.#options.lanes.stop()
  }

  /** Tells all members of a cohort what is new of these channels, with the next flush and before its updates. */
  bulletin(cohort: Cohort, channels: readonly ChannelState[], news: FrameGroup): void {
    this.#bulletins.add(cohort, channels, news)
    this.#options.wake()
  }

  publish(messages: QueuedMessages, done: () => void): void {
    const { lanes, journal, counters, now, wake } = this.#options
    this.#flush += 1
    journal.flushBegins()
    this.#writer.begin(updatesEnd(Date.now()))
    for (const channel of messages.overflowed) {
      for (const { segment, index } of presentOf(channel)) {
        messages.segments.push(segment)
        messages.indexes.push(index)
      }
    }
    const { active, plain } = routeFlush(messages, lanes.full)
    for (const cohort of lanes.collect(messages, journal, now(), counters)) active.push(cohort)
    this.changes.make(this.#deliveryMs)
    lanes.schedule(now(), wake)
    const startedMs = performance.now()
    inTurns(this.#deliver(messages, active, plain), () => {
      this.#deliveryMs = performance.now() - startedMs
      journal.flushEnds()
      done()
    })
  }

  /**
   * Gives a client these channels, and the messages that bring it to the present on those new to it.
   *
   * @param resumed where it is on channels that it resumes, of which those messages are what it misses.
   */
  setHolding(subscriber: Subscriber, holding: Holding, messages: MessageList, resumed: readonly Position[] = []): void {
    if (subscriber.isGone) return
    // What is on its way to the client as a member of its old cohorts.
    const olds = new Set(subscriber.cohorts.values())
    for (const cohort of olds) {
      const bulletin = this.#bulletins.of(cohort)
      if (bulletin !== undefined) this.tell(subscriber, bulletin.channels, bulletin.news)
    }
    for (const cohort of olds) this.#writeCohort(cohort, subscriber)
    for (const lane of new Set([...subscriber.cohorts.keys(), ...holding.keys()])) {
      this.#memberships.move(subscriber, lane, holding.get(lane))
    }
    subscriber.joinedFlush = this.#flush
    subscriber.hasSubscribed ||= subscriber.cohorts.size > 0
    const { behind } = subscriber
    if (behind === undefined) this.sendMessages(subscriber, messages)
    else subscriber.behind = this.#options.slowClients.extended(behind, subscriber, messages, resumed)
  }

  /** Takes a client that is gone out of everything. */
  remove(subscriber: Subscriber): void {
    subscriber.isGone = true
    this.subscribers.delete(subscriber)
    for (const lane of [...subscriber.cohorts.keys()]) this.#memberships.move(subscriber, lane, undefined)
  }

  /** Sends messages to one client, now. */
  sendMessages(subscriber: Subscriber, list: MessageList): void {
    this.sendFrames(subscriber, updatesFrames(list, updatesEnd(Date.now())))
  }

  /** Sends frames of updates to one client, now. */
  sendFrames(subscriber: Subscriber, frames: Iterable<Frame>): void {
    if (subscriber.isGone) return
    let bytes = 0
    for (const frame of frames) {
      this.#writer.hand(subscriber, frame)
      bytes += frame.jsonLength
    }
    if (bytes > 0) this.#options.heartbeatTimes.noteFrame(subscriber.place)
    // Only now: a client that falls behind has had everything up to its positions.
    this.#options.slowClients.watch(subscriber, bytes)
  }

  /** Tells a client what is new of channels, now or, when it reads too slowly, once it has caught up. */
  tell(subscriber: Subscriber, channels: readonly ChannelState[], news: FrameGroup): void {
    if (subscriber.isGone) return
    if (subscriber.behind === undefined) subscriber.followedFlush = this.#flush
    this.#options.slowClients.watch(subscriber, 0)
    if (this.#isReading(subscriber)) this.handAll(subscriber, news)
    else for (const channel of channels) subscriber.behind?.untold.add(channel)
  }

  /** Hands events beside the updates, which belong together, to a client. */
  handAll(subscriber: Subscriber, news: FrameGroup): void {
    this.#writer.handAll(subscriber, news)
    this.#options.slowClients.charge(subscriber, news.jsonLength)
  }

  /** The client has everything up to this flush, from elsewhere. */
  follow(subscriber: Subscriber): void {
    subscriber.behind = undefined
    subscriber.joinedFlush = this.#flush
  }

  /** Hands a frame beside the stream to one client, unless it reads too slowly. */
  writeAside(subscriber: Subscriber, frame: Frame): void {
    const { slowClients, counters } = this.#options
    if (this.#isReading(subscriber)) {
      this.#writer.hand(subscriber, frame)
      slowClients.charge(subscriber, frame.jsonLength)
    } else counters.clientUpdatesDropped += frame.updates
  }

  /** Who is held to its bandwidth still hears heartbeats: silence would mean a dead connection. */
  #isReading(subscriber: Subscriber): boolean {
    return subscriber.behind?.reason !== 'backlog' && this.#options.slowClients.hasRoom(subscriber)
  }

  *#deliver(list: MessageList, active: readonly Cohort[], plain: readonly number[]): Generator<void> {
    const bulletins = this.#bulletins
    this.#bulletins = new Bulletins()
    let written = 0
    for (const [cohort, { channels, news }] of bulletins.all()) {
      for (const member of cohort.members) {
        this.tell(member, channels, news)
        if (++written % WRITES_PER_BATCH === 0) yield
      }
    }
    for (const place of plain) {
      const frame = plainFrame(list, place)
      for (const subscriber of this.subscribers) {
        this.writeAside(subscriber, frame)
        if (++written % WRITES_PER_BATCH === 0) yield
      }
    }
    const batch = this.#batch
    for (const cohort of active) {
      const { members } = cohort
      if (members.length === 0) cohort.clear()
      for (let n = 0; n < members.length; n++) {
        batch.add(cohort, members[n] as Subscriber, n === members.length - 1)
        if (!batch.isFull) continue
        batch.write()
        yield
      }
    }
    batch.write()
    batch.forget()
  }

  /**
   * Says whether a client gets what the present flush has for a cohort: not if it joined in this flush or is behind. With what
   * it gets it follows the flush.
   */
  #follows(cohort: Cohort, member: Subscriber): boolean {
    if (member.joinedFlush === this.#flush || member.isGone || cohort.count === 0) return false
    // Who falls behind in a flush gets all of it: its positions are those after the flush, in every lane.
    if (member.behind !== undefined && member.followedFlush !== this.#flush) return false
    member.followedFlush = this.#flush
    return true
  }

  #writeCohort(cohort: Cohort, member: Subscriber): void {
    const frame = this.#follows(cohort, member) ? this.#writer.frameFor(cohort) : undefined
    if (frame !== undefined) this.#writer.send(member, frame, this.#writer.beatFor(member))
  }
}
