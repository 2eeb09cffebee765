import { presentOf } from '../broadcast/catch-up.ts'
import type { ChannelState } from '../broadcast/channel-state.ts'
import type { Gateway } from '../broadcast/gateway.ts'
import type { QueuedMessages } from '../broadcast/queue.ts'
import type { Message, Segment } from '../broadcast/segment.ts'
import type { Counters } from '../telemetry/counters.ts'
import { type Cohort, Cohorts } from './cohort.ts'
import { Frame } from './frame.ts'
import type { SlowClients } from './slow-clients.ts'
import type { Subscriber } from './subscriber.ts'
import { type MessageList, updatesEnd, updatesFrame } from './updates-frame.ts'

/** Longest time a flush writes before other work of the event loop has its turn, ms. */
const TURN_BUDGET_MS = 5
/** Writes between two looks at the clock. */
const WRITES_PER_LOOK = 16
/** Messages of a catch-up or of snapshots that are put in one frame; more go in several. */
const MESSAGES_PER_FRAME = 2_000

/** A change of one client's channels; changes take effect between two flushes, in order. */
export type Change = (fanOut: FanOut) => void

interface Bulletin {
  readonly cohort: Cohort
  readonly frames: readonly Frame[]
}

export interface FanOutOptions {
  readonly counters: Counters
  readonly slowClients: SlowClients
  /** Asks the emitter for a flush, so that changes take effect. */
  readonly wake: () => void
}

/**
 * Sends each flush to the clients: for every cohort one frame, handed to each of its members.
 *
 * Clients join, leave and change channels only at the start of a flush, when the queue is empty and the newest message
 * of a channel is the last one that was sent. So a snapshot and the stream after it join without a seam.
 */
export class FanOut implements Gateway {
  readonly cohorts = new Cohorts()
  readonly subscribers = new Set<Subscriber>()
  readonly #options: FanOutOptions
  #changes: Change[] = []
  #bulletins: Bulletin[] = []
  #present: { list: MessageList; end: Buffer } = { list: { segments: [], indexes: [] }, end: updatesEnd(0) }
  #flush = 0

  constructor(options: FanOutOptions) {
    this.#options = options
  }

  get isCongested(): boolean {
    return this.#options.slowClients.isCongested
  }

  /** Channels held by all clients together. */
  get subscriptions(): number {
    let sum = 0
    for (const { cohort } of this.subscribers) sum += cohort?.channels.size ?? 0
    return sum
  }

  /** Makes a change at the start of the next flush. */
  enqueue(change: Change): void {
    this.#changes.push(change)
    this.#options.wake()
  }

  /** Sends frames to all members of a cohort with the next flush, before its updates. */
  bulletin(cohort: Cohort, frames: readonly Frame[]): void {
    this.#bulletins.push({ cohort, frames })
    this.#options.wake()
  }

  publish(messages: QueuedMessages, done: () => void): void {
    this.#flush += 1
    for (const channel of messages.overflowed) append(messages, presentOf(channel))
    const { active, plain } = this.#route(messages)
    this.#present = { list: messages, end: updatesEnd(Date.now()) }
    this.#applyChanges()
    this.#advance(this.#deliver(active, plain), done)
  }

  /** Gives a client these channels, and the messages that bring it to the present on those new to it. */
  setChannels(subscriber: Subscriber, channels: ReadonlySet<ChannelState>, messages: MessageList): void {
    if (subscriber.isGone) return
    const { cohort } = subscriber
    if (cohort !== undefined && cohort.picks.length > 0) this.#writeCohortFrame(cohort, subscriber)
    this.cohorts.move(subscriber, channels)
    subscriber.joinedFlush = this.#flush
    if (subscriber.behind === undefined) this.sendMessages(subscriber, messages)
    else subscriber.behind = this.#options.slowClients.extended(subscriber.behind, channels)
  }

  /** Sends messages to one client, now. */
  sendMessages(subscriber: Subscriber, list: MessageList): void {
    const end = updatesEnd(Date.now())
    for (let from = 0; from < list.segments.length; from += MESSAGES_PER_FRAME) {
      const to = from + MESSAGES_PER_FRAME
      const part = { segments: list.segments.slice(from, to), indexes: list.indexes.slice(from, to) }
      this.#write(subscriber, updatesFrame(part, undefined, end))
    }
  }

  /** The client has everything up to this flush, from elsewhere. */
  follow(subscriber: Subscriber): void {
    subscriber.behind = undefined
    subscriber.joinedFlush = this.#flush
  }

  /** Hands a frame beside the stream to one client, unless its backlog is full. */
  writeAside(subscriber: Subscriber, frame: Frame): void {
    if (subscriber.behind === undefined && this.#options.slowClients.hasRoom(subscriber)) this.#hand(subscriber, frame)
    else this.#options.counters.clientUpdatesDropped += frame.updates
  }

  /** Hands a frame of the stream to one client, unless it is behind; notes when it falls behind by it. */
  #write(subscriber: Subscriber, frame: Frame): void {
    if (subscriber.behind !== undefined || subscriber.isGone) return
    this.#hand(subscriber, frame)
    this.#options.slowClients.watch(subscriber)
  }

  #hand(subscriber: Subscriber, frame: Frame): void {
    const { counters } = this.#options
    subscriber.connection.send(frame)
    counters.framesWritten += 1
    counters.bytesWritten += frame.jsonLength
    counters.updatesDelivered += frame.updates
  }

  /** Notes for each cohort which messages are for it. */
  #route(list: MessageList): { active: Cohort[]; plain: number[] } {
    const active: Cohort[] = []
    const plain: number[] = []
    for (let place = 0; place < list.segments.length; place++) {
      const segment = list.segments[place]
      const index = list.indexes[place] ?? 0
      const channel = segment?.channel(index)
      if (segment === undefined || channel === undefined) continue
      if (channel.form === 'plain') {
        plain.push(place)
        continue
      }
      channel.flushedSeq = segment.seq(index)
      for (const cohort of this.cohorts.of(channel)) {
        if (cohort.picks.push(place) === 1) active.push(cohort)
      }
    }
    return { active, plain }
  }

  #applyChanges(): void {
    const startedMs = performance.now()
    let applied = 0
    for (const change of this.#changes) {
      applied += 1
      change(this)
      if (performance.now() - startedMs > TURN_BUDGET_MS) break
    }
    this.#changes = this.#changes.slice(applied)
    if (this.#changes.length > 0) this.#options.wake()
  }

  *#deliver(active: readonly Cohort[], plain: readonly number[]): Generator<void> {
    const bulletins = this.#bulletins
    this.#bulletins = []
    for (const { cohort, frames } of bulletins) {
      for (const member of cohort.members) {
        for (const frame of frames) this.writeAside(member, frame)
        yield
      }
    }
    for (const place of plain) {
      const frame = this.#plainFrame(place)
      for (const subscriber of this.subscribers) {
        this.writeAside(subscriber, frame)
        yield
      }
    }
    for (const cohort of active) {
      for (const member of cohort.members) {
        this.#writeCohortFrame(cohort, member)
        yield
      }
      cohort.picks = []
      cohort.frame = undefined
    }
  }

  #plainFrame(place: number): Frame {
    const { list } = this.#present
    const segment = list.segments[place]
    const index = list.indexes[place] ?? 0
    return Frame.ofJson(segment?.channel(index)?.name ?? '', segment?.json(index) ?? Buffer.from('null'))
  }

  /** Writes what the present flush has for a cohort, unless the client joined in this flush. */
  #writeCohortFrame(cohort: Cohort, member: Subscriber): void {
    if (member.joinedFlush === this.#flush) return
    const { list, end } = this.#present
    const { picks } = cohort
    cohort.frame ??= updatesFrame(list, picks.length === list.segments.length ? undefined : picks, end)
    this.#write(member, cohort.frame)
  }

  /** Runs the deliveries, a turn's budget at a time. */
  #advance(deliveries: Generator<void>, done: () => void): void {
    const startedMs = performance.now()
    let writes = 0
    while (deliveries.next().done !== true) {
      writes += 1
      if (writes % WRITES_PER_LOOK !== 0 || performance.now() - startedMs < TURN_BUDGET_MS) continue
      setImmediate(() => this.#advance(deliveries, done))
      return
    }
    done()
  }
}

function append(list: { segments: Segment[]; indexes: number[] }, messages: readonly Message[]): void {
  for (const { segment, index } of messages) {
    list.segments.push(segment)
    list.indexes.push(index)
  }
}
