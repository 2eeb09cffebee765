import { catchUp } from '../broadcast/catch-up.ts'
import type { ChannelState } from '../broadcast/channel-state.ts'
import type { Journal } from '../broadcast/journal.ts'
import type { Segment } from '../broadcast/segment.ts'
import { CODES, type CodeName } from '../protocol/codes.ts'
import type { Notice } from '../protocol/server-events.ts'
import type { Counters } from '../telemetry/counters.ts'
import type { FanOut } from './fan-out.ts'
import { Frame } from './frame.ts'
import { statusFrames } from './status-frames.ts'
import type { Behind, Subscriber } from './subscriber.ts'

/** Time between two looks at the clients that are behind, ms. */
const LOOK_MS = 50

export interface SlowClientsOptions {
  readonly counters: Counters
  readonly journal: Journal
  /** Bytes the operating system has not taken, above which a client does not follow the stream any more. */
  readonly maxBacklogBytes: number
  /** Time after which a client that is still behind is closed, ms. */
  readonly slowCloseMs: number
  /** Monotonic clock, ms. */
  readonly now: () => number
}

/**
 * Looks after clients that read more slowly than their channels publish.
 *
 * Such a client is only a position per channel. Nothing is sent to it until it has read what it was sent; then it gets
 * the newest state, the events it missed as far as the journal has them, and follows the stream again.
 */
export class SlowClients {
  readonly #options: SlowClientsOptions
  readonly #behind = new Set<Subscriber>()
  readonly #congested = new Set<Subscriber>()
  #timer: NodeJS.Timeout | undefined

  constructor(options: SlowClientsOptions) {
    this.#options = options
  }

  /** Clients that do not follow the stream now. */
  get count(): number {
    return this.#behind.size
  }

  /** True while a client that follows the stream holds more than a quarter of the allowed backlog. */
  get isCongested(): boolean {
    for (const subscriber of this.#congested) {
      if (this.#isCalm(subscriber) || subscriber.behind !== undefined) this.#congested.delete(subscriber)
    }
    return this.#congested.size > 0
  }

  start(fanOut: FanOut): void {
    this.#timer = setInterval(() => this.#look(fanOut), LOOK_MS)
    this.#timer.unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** False when nothing more may be handed to a client that is not part of the stream. */
  hasRoom({ connection }: Subscriber): boolean {
    return connection.backlogBytes <= this.#options.maxBacklogBytes
  }

  /** Looks at a client after a write. */
  watch(subscriber: Subscriber): void {
    const { backlogBytes } = subscriber.connection
    if (backlogBytes * 4 <= this.#options.maxBacklogBytes) return
    this.#congested.add(subscriber)
    if (backlogBytes > this.#options.maxBacklogBytes) this.#fallBehind(subscriber)
  }

  /** The positions of a client that is behind, for a changed set of channels. */
  extended(behind: Behind, channels: ReadonlySet<ChannelState>): Behind {
    const places = new Map(behind.channels.map((channel, place) => [channel, place]))
    const list = [...channels]
    return {
      channels: list,
      epochs: list.map((channel) => behind.epochs[places.get(channel) ?? -1] ?? ''),
      seqs: Float64Array.from(list, (channel) => behind.seqs[places.get(channel) ?? -1] ?? 0),
      sinceMs: behind.sinceMs,
      sinceTime: behind.sinceTime
    }
  }

  #isCalm({ connection, isGone }: Subscriber): boolean {
    return isGone || connection.backlogBytes * 4 <= this.#options.maxBacklogBytes
  }

  #fallBehind(subscriber: Subscriber): void {
    const channels = [...(subscriber.cohort?.channels ?? [])]
    subscriber.behind = {
      channels,
      epochs: channels.map(({ epoch }) => epoch),
      seqs: Float64Array.from(channels, ({ flushedSeq }) => flushedSeq),
      sinceMs: this.#options.now(),
      sinceTime: Date.now()
    }
    this.#behind.add(subscriber)
    this.#options.counters.slowClientEpisodes += 1
    notify(subscriber, 'slowConsumer', 'reads too slowly; gets only the newest state once it has caught up')
  }

  #look(fanOut: FanOut): void {
    for (const subscriber of this.#behind) {
      if (subscriber.isGone) this.#behind.delete(subscriber)
      else if (this.#isCalm(subscriber)) {
        this.#behind.delete(subscriber)
        fanOut.enqueue(() => this.#comeBack(subscriber, fanOut))
      } else this.#closeWhenLate(subscriber)
    }
  }

  #closeWhenLate(subscriber: Subscriber): void {
    const { now, slowCloseMs, counters } = this.#options
    if (subscriber.behind === undefined || now() - subscriber.behind.sinceMs < slowCloseMs) return
    counters.slowClientsClosed += 1
    subscriber.connection.close('slowConsumerClosed')
  }

  #comeBack(subscriber: Subscriber, fanOut: FanOut): void {
    const { behind, cohort, isGone } = subscriber
    if (behind === undefined || isGone) return
    const { counters, journal } = this.#options
    const list: { segments: Segment[]; indexes: number[] } = { segments: [], indexes: [] }
    const gaps: string[] = []
    behind.channels.forEach((channel, place) => {
      if (cohort?.channels.has(channel) !== true) return
      const missed = catchUp(channel, behind.epochs[place] ?? '', behind.seqs[place] ?? 0, journal)
      counters.clientUpdatesMerged += missed.merged
      counters.clientUpdatesDropped += missed.dropped
      if (missed.dropped > 0) gaps.push(channel.name)
      for (const { segment, index } of missed.messages) {
        list.segments.push(segment)
        list.indexes.push(index)
      }
    })
    fanOut.follow(subscriber)
    counters.clientGaps += gaps.length
    if (gaps.length > 0) notify(subscriber, 'eventGap', 'event messages were not sent', gaps)
    const changed = behind.channels.filter((channel) => channel.since >= behind.sinceTime)
    for (const frame of statusFrames(changed)) subscriber.connection.send(frame)
    fanOut.sendMessages(subscriber, list)
    if (subscriber.behind === undefined) notify(subscriber, 'caughtUp', 'follows the stream again')
  }
}

function notify(subscriber: Subscriber, name: CodeName, message: string, channels?: readonly string[]): void {
  const notice: Notice = { code: CODES[name].code, name, message, ...(channels && { channels }) }
  subscriber.connection.send(Frame.ofEvent('notice', notice))
}
