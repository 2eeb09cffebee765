import type { Contract } from '../protocol/channel.ts'
import type { Cause, Quality } from '../protocol/feed-message.ts'
import type { Message, Segment } from './segment.ts'

/** What the main thread knows of one channel; one object for the life of the process, whoever produces it. */
export class ChannelState {
  /** Dense number, from 0, for arrays indexed by channel. */
  readonly id: number
  readonly name: string
  /** `plain` channels carry the `{on, data}` events and have no subscribers: they go to every client. */
  readonly form: 'channel' | 'plain'
  readonly kind: string
  readonly venue: string
  readonly symbol: string
  /** Levels a side of a book, as the last part of its name tells, or `full`; `undefined` for other channels. */
  readonly depth: number | 'full' | undefined
  /** True when messages change a part of the state, and only make sense after a snapshot. */
  readonly hasDeltas: boolean
  contract: Contract
  /** Name of the producer that owns the channel. */
  source: string
  epoch: string
  /** Newest sequence number taken in; 0 before the first message of the epoch. */
  seq = 0
  /** Newest sequence number that left the queue: what followers have been sent. */
  flushedSeq = 0
  /** The newest message; `undefined` before the first of the epoch. */
  lastSegment: Segment | undefined
  lastIndex = 0
  /** For channels of deltas: the last snapshot and every delta since, oldest first; empty for other channels. */
  tail: Message[] = []
  /** When the newest message was taken in by its producer, ms; 0 before the first. */
  ingestTime = 0
  quality: Quality = 'recovering'
  cause: Cause = 'starting'
  since = 0
  /** True for a channel that its producer publishes only while somebody holds it. */
  isOnDemand = false
  /** True for a dormant channel whose producer has ended: nothing wakes it. */
  hasEnded = false
  /** True once something was published; false again in a new epoch, and when a channel on demand has come to rest. */
  hasBegun = false
  /** True from a change of epoch until its first message, which then is sent as a snapshot. */
  isEpochNew = false
  /** Where the newest message of the channel waits in the queue, as long as `queuedDrain` is the queue's count. */
  queuedPlace = 0
  queuedDrain = -1

  constructor(id: number, name: string, form: 'channel' | 'plain', contract: Contract, source: string, epoch: string) {
    const [kind = '', venue = '', symbol = '', param = ''] = form === 'channel' ? name.split(':') : []
    this.id = id
    this.name = name
    this.form = form
    this.kind = kind
    this.venue = venue
    this.symbol = symbol
    this.depth = kind === 'book' ? (/^[1-9][0-9]*$/.test(param) ? Number(param) : 'full') : undefined
    this.hasDeltas = kind === 'book'
    this.contract = contract
    this.source = source
    this.epoch = epoch
  }

  /** True while a channel on demand is not published: what was its state is past, and its next message is a snapshot. */
  get isDormant(): boolean {
    return this.isOnDemand && !this.hasBegun
  }

  /** Forgets the newest state, as a channel on demand does that comes to rest; the sequence goes on. */
  rest(): void {
    this.hasBegun = false
    this.lastSegment = undefined
    this.lastIndex = 0
    this.tail = []
  }

  /** Hands the channel to a new owner: sequence numbers start again, nothing of the old life is kept. */
  beginEpoch(source: string, epoch: string, contract: Contract): void {
    this.isEpochNew = this.isEpochNew || this.seq > 0
    this.source = source
    this.epoch = epoch
    this.contract = contract
    this.seq = 0
    this.flushedSeq = 0
    this.hasEnded = false
    this.rest()
  }

  /** What a client needs to hold the whole present state, oldest first; empty when nothing was published. */
  present(): readonly Message[] {
    if (this.tail.length > 0) return this.tail
    return this.lastSegment === undefined ? [] : [{ segment: this.lastSegment, index: this.lastIndex }]
  }
}
