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
import type { MessageList } from './updates-frame.ts'

/** Time between two looks at the clients that are behind, ms. */
const LOOK_MS = 50

export interface SlowClientsOptions {
  readonly counters: Counters
  readonly journal: Journal
  /** Bytes the operating system has not taken, above which a client does not follow the stream any more. */
  readonly maxBacklogBytes: number
  /** Most bandwidth of one client, kbit/s; 0 for no cap. */
  readonly maxClientKbps: number
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

  /** True while a client holds more than a quarter of the allowed backlog. */
  get isCongested(): boolean {
    for (const subscriber of this.#congested) if (this.#isCalm(subscriber)) this.#congested.delete(subscriber)
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

  /** Looks at a client after `bytes` were handed to it. */
  watch(subscriber: Subscriber, bytes: number): void {
    if (this.#options.maxClientKbps > 0 && !this.#spend(subscriber, bytes)) this.#fallBehind(subscriber, 'bandwidth')
    const { backlogBytes } = subscriber.connection
    if (backlogBytes * 4 <= this.#options.maxBacklogBytes) return
    this.#congested.add(subscriber)
    if (backlogBytes > this.#options.maxBacklogBytes) this.#fallBehind(subscriber, 'backlog')
  }

  /** The positions of a client that is behind and was given other channels, or snapshots of those it holds. */
  extended(behind: Behind, subscriber: Subscriber, { segments, indexes }: MessageList): Behind {
    const places = new Map(behind.channels.map((channel, place) => [channel, place]))
    segments.forEach((segment, n) => {
      const index = indexes[n] ?? 0
      const channel = segment.isSnapshot(index) ? segment.channel(index) : undefined
      // Without a position it is sent from a snapshot on.
      if (channel !== undefined) places.delete(channel)
    })
    const channels = [...subscriber.channels()]
    return {
      channels,
      epochs: channels.map((channel) => behind.epochs[places.get(channel) ?? -1] ?? ''),
      seqs: Float64Array.from(channels, (channel) => behind.seqs[places.get(channel) ?? -1] ?? 0),
      untold: behind.untold,
      sinceMs: behind.sinceMs,
      reason: behind.reason
    }
  }

  #isCalm({ connection, isGone }: Subscriber): boolean {
    return isGone || connection.backlogBytes * 4 <= this.#options.maxBacklogBytes
  }

  /** Takes bytes from what the client may still be sent; false when it has used up more than that. */
  #spend(subscriber: Subscriber, bytes: number): boolean {
    const nowMs = this.#options.now()
    const bytesPerMs = this.#options.maxClientKbps / 8
    const earned = (nowMs - subscriber.earnedMs) * bytesPerMs
    // One second's worth may be saved up.
    subscriber.allowanceBytes = Math.min(subscriber.allowanceBytes + earned, bytesPerMs * 1_000) - bytes
    subscriber.earnedMs = nowMs
    return subscriber.allowanceBytes >= 0
  }

  #fallBehind(subscriber: Subscriber, reason: Behind['reason']): void {
    if (subscriber.behind !== undefined) return
    const channels: ChannelState[] = []
    const positions: { epoch: string; seq: number }[] = []
    for (const [lane, cohort] of subscriber.cohorts) {
      for (const channel of cohort.channels) {
        channels.push(channel)
        positions.push(lane.position(channel))
      }
    }
    subscriber.behind = {
      channels,
      epochs: positions.map(({ epoch }) => epoch),
      seqs: Float64Array.from(positions, ({ seq }) => seq),
      untold: new Set(),
      sinceMs: this.#options.now(),
      reason
    }
    this.#behind.add(subscriber)
    if (reason === 'bandwidth') this.#tellCap(subscriber)
    else {
      this.#options.counters.slowClientEpisodes += 1
      notify(subscriber, 'slowConsumer', 'reads too slowly; gets the newest state once it has caught up')
    }
  }

  /** Once per client: a cap that is reached is reached many times a second. */
  #tellCap(subscriber: Subscriber): void {
    this.#options.counters.bandwidthCaps += 1
    if (subscriber.isToldOfCap) return
    subscriber.isToldOfCap = true
    const { maxClientKbps } = this.#options
    notify(
      subscriber,
      'bandwidthCapped',
      `subscriptions need more than ${maxClientKbps} kbit/s; state is merged to fit`
    )
  }

  #look(fanOut: FanOut): void {
    for (const subscriber of this.#behind) {
      if (subscriber.isGone) this.#behind.delete(subscriber)
      else if (this.#isCalm(subscriber) && (subscriber.behind?.reason !== 'bandwidth' || this.#spend(subscriber, 0))) {
        this.#behind.delete(subscriber)
        fanOut.enqueue(() => this.#comeBack(subscriber, fanOut))
      } else this.#closeWhenLate(subscriber)
    }
  }

  #closeWhenLate(subscriber: Subscriber): void {
    const { now, slowCloseMs, counters } = this.#options
    const { behind } = subscriber
    if (behind === undefined || now() - behind.sinceMs < slowCloseMs) return
    // Who is only held to its bandwidth reads well.
    if (behind.reason === 'bandwidth' && this.#isCalm(subscriber)) return
    // Once: the connection may take its time to close.
    this.#behind.delete(subscriber)
    counters.slowClientsClosed += 1
    subscriber.connection.close('slowConsumerClosed')
  }

  #comeBack(subscriber: Subscriber, fanOut: FanOut): void {
    const { behind, isGone } = subscriber
    if (behind === undefined || isGone) return
    const { counters, journal } = this.#options
    const list: { segments: Segment[]; indexes: number[] } = { segments: [], indexes: [] }
    const gaps: string[] = []
    behind.channels.forEach((channel, place) => {
      if (!subscriber.holds(channel)) return
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
    const changed = [...behind.untold].filter((channel) => subscriber.holds(channel))
    for (const frame of statusFrames(changed)) subscriber.connection.send(frame)
    fanOut.sendMessages(subscriber, list)
    if (subscriber.behind === undefined && behind.reason === 'backlog')
      notify(subscriber, 'caughtUp', 'follows the stream again')
  }
}

function notify(subscriber: Subscriber, name: CodeName, message: string, channels?: readonly string[]): void {
  const notice: Notice = { code: CODES[name].code, name, message, ...(channels && { channels }) }
  subscriber.connection.send(Frame.ofEvent('notice', notice))
}
