import type { Journal } from '../broadcast/journal.ts'
import type { Counters } from '../telemetry/counters.ts'
import { Allowance, SAVED_UP_MS } from './allowance.ts'
import type { FanOut } from './fan-out.ts'
import { notify } from './notify.ts'
import type { MessageList } from './placed-messages.ts'
import type { Position } from './return-stage.ts'
import { SharedStages } from './shared-stages.ts'
import type { Behind, Subscriber } from './subscriber.ts'
import { WayBack } from './way-back.ts'

/** Time between two looks at the clients that are behind, while there are any, ms. */
const LOOK_MS = 20
/** Time between two looks after which this thread was held up, ms. */
const MAX_LOOK_MS = 500
/** Who is held to its bandwidth is slow when it reads less than half of that in so long, ms. */
const CAPPED_READ_MS = 2 * SAVED_UP_MS

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
 * the newest state and the events it missed as far as the journal has them, a backlog's worth at a time, and follows the
 * stream again.
 */
export class SlowClients {
  readonly #options: SlowClientsOptions
  readonly #behind = new Set<Subscriber>()
  readonly #congested = new Set<Subscriber>()
  readonly #allowance: Allowance
  readonly #stages: SharedStages
  readonly #wayBack: WayBack
  #timer: NodeJS.Timeout | undefined
  #lookedMs = 0
  #fanOut: FanOut | undefined

  constructor(options: SlowClientsOptions) {
    this.#options = options
    this.#allowance = new Allowance(options)
    this.#stages = new SharedStages(options.journal)
    this.#wayBack = new WayBack(options, this.#stages, this.#allowance)
  }

  /** True while a client holds more than a quarter of the allowed backlog, or is on its way back from that. */
  get isCongested(): boolean {
    for (const subscriber of this.#congested) {
      const isBack = subscriber.isGone || subscriber.behind?.reason !== 'backlog'
      if (isBack && this.#isCalm(subscriber)) this.#congested.delete(subscriber)
    }
    return this.#congested.size > 0
  }

  start(fanOut: FanOut): void {
    this.#fanOut = fanOut
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#fanOut = undefined
  }

  /**
   * False when nothing more may be handed to a client that is not part of the stream. A wire that seems clear is believed: at
   * worst one frame too many waits in it.
   */
  hasRoom({ connection }: Subscriber): boolean {
    return connection.wire?.isClear === true || connection.backlogBytes <= this.#options.maxBacklogBytes
  }

  /** Says whether a client does not read what it was sent: it cannot be expected to answer pings. */
  isSlow(subscriber: Subscriber): boolean {
    const { behind, isGone } = subscriber
    return !isGone && behind !== undefined && (behind.reason === 'backlog' || !this.#isCalm(subscriber))
  }

  /** Says whether what each client is sent is counted against a cap. */
  get isCapped(): boolean {
    return this.#allowance.isCapped
  }

  /** Counts bytes beside the updates against the cap, if there is one; they were sent whatever is left of it. */
  charge(subscriber: Subscriber, bytes: number): void {
    if (this.isCapped) this.#allowance.charge(subscriber, bytes)
  }

  /** Looks at a client after `bytes` were handed to it. */
  watch(subscriber: Subscriber, bytes: number): void {
    if (this.isCapped && !this.#allowance.spend(subscriber, bytes)) this.#fallBehind(subscriber, 'bandwidth')
    const { backlogBytes } = subscriber.connection
    if (this.#isLittle(backlogBytes)) return
    this.#congested.add(subscriber)
    // However much came at once, who had read what came before is not slow.
    const wasCalm = this.#isLittle(backlogBytes - bytes)
    if (backlogBytes > this.#options.maxBacklogBytes && !wasCalm) this.#fallBehind(subscriber, 'backlog')
  }

  /**
   * The positions of a client that is behind and was given other channels, or snapshots of those it holds.
   *
   * @param resumed where it is on channels that it resumes.
   */
  extended(
    behind: Behind,
    subscriber: Subscriber,
    { segments, indexes }: MessageList,
    resumed: readonly Position[]
  ): Behind {
    const held = new Set(subscriber.channels())
    // In their order, so that each has its turn whatever is asked for meanwhile.
    const known = new Map(behind.positions.map((position) => [position.channel, position]))
    segments.forEach((segment, n) => {
      const index = indexes[n] ?? 0
      const channel = segment.isSnapshot(index) ? segment.channel(index) : undefined
      // Without a position it is sent from a snapshot on; of events nothing is skipped for that.
      if (channel?.contract === 'state') known.set(channel, { channel, epoch: '', seq: 0 })
    })
    for (const position of resumed) known.set(position.channel, position)
    for (const channel of held) if (!known.has(channel)) known.set(channel, { channel, epoch: '', seq: 0 })
    const positions = [...known.values()].filter(({ channel }) => held.has(channel))
    return { ...behind, positions }
  }

  #isCalm({ connection, isGone }: Subscriber): boolean {
    return isGone || this.#isLittle(connection.backlogBytes)
  }

  #isLittle(bytes: number): boolean {
    return bytes * 4 <= this.#options.maxBacklogBytes
  }

  #fallBehind(subscriber: Subscriber, reason: Behind['reason']): void {
    if (subscriber.behind !== undefined) return
    const positions = this.#stages.positionsOf(subscriber, this.#fanOut?.flush ?? 0)
    const since = { sinceMs: this.#options.now(), readMs: 0, takenBytes: 0 }
    const isToldSlow = reason === 'backlog'
    subscriber.behind = { positions, untold: new Set(), ...since, sent: undefined, reason, isToldSlow }
    this.#lookAfter(subscriber)
    if (reason === 'bandwidth') this.#tellCap(subscriber)
    else this.#tellSlow(subscriber)
  }

  #tellSlow(subscriber: Subscriber): void {
    this.#options.counters.slowClientEpisodes += 1
    notify(subscriber, 'slowConsumer', 'reads too slowly; gets the newest state once it has caught up')
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

  #lookAfter(subscriber: Subscriber): void {
    this.#noteReading(subscriber)
    this.#behind.add(subscriber)
    if (this.#timer === undefined) this.#lookedMs = this.#options.now()
    this.#timer ??= setTimeout(() => this.#look(), LOOK_MS).unref()
  }

  #look(): void {
    const fanOut = this.#fanOut
    const nowMs = this.#options.now()
    // What was not read while this thread itself was held up tells nothing.
    const wasHeldUp = nowMs - this.#lookedMs > MAX_LOOK_MS
    this.#lookedMs = nowMs
    this.#timer = undefined
    if (fanOut === undefined) return
    for (const subscriber of this.#behind) {
      if (wasHeldUp) this.#noteReading(subscriber)
      if (subscriber.isGone) this.#behind.delete(subscriber)
      else if (this.#mayComeBack(subscriber)) {
        this.#behind.delete(subscriber)
        fanOut.changes.addOwn(subscriber, () => {
          if (!this.#wayBack.advance(subscriber, fanOut)) this.#lookAfter(subscriber)
        })
      }
    }
    if (this.#behind.size > 0) this.#timer = setTimeout(() => this.#look(), LOOK_MS).unref()
  }

  /** Says whether a client has read what it was sent, and goes the next step with one that has not. */
  #mayComeBack(subscriber: Subscriber): boolean {
    const { now, slowCloseMs } = this.#options
    const { behind } = subscriber
    if (behind === undefined) return false
    const isCalm = this.#isCalm(subscriber)
    if (behind.reason === 'bandwidth') this.#judge(subscriber, behind, isCalm)
    else if (!isCalm && now() - behind.sinceMs >= slowCloseMs) this.#close(subscriber)
    // Who reads again is held to its bandwidth on its way back, too.
    else if (isCalm && this.isCapped) {
      subscriber.behind = { ...behind, reason: 'bandwidth' }
      this.#noteReading(subscriber)
    }
    return isCalm && (!this.isCapped || this.#allowance.spend(subscriber, 0))
  }

  /** Who is held to its bandwidth and does not read even that is slow like any other. */
  #judge(subscriber: Subscriber, behind: Behind, isCalm: boolean): void {
    const nowMs = this.#options.now()
    const takenBytes = subscriber.connection.takenBytes - behind.takenBytes
    const waitedMs = nowMs - behind.readMs
    if (!isCalm && waitedMs < CAPPED_READ_MS) return
    if (isCalm || takenBytes >= this.#allowance.bytesIn(waitedMs) / 2) {
      this.#noteReading(subscriber)
      return
    }
    subscriber.behind = { ...behind, reason: 'backlog', sinceMs: nowMs, sent: undefined, isToldSlow: true }
    if (!behind.isToldSlow) this.#tellSlow(subscriber)
  }

  #noteReading({ behind, connection }: Subscriber): void {
    if (behind === undefined) return
    behind.readMs = this.#options.now()
    behind.takenBytes = connection.takenBytes
  }

  #close(subscriber: Subscriber): void {
    // Once: the connection may take its time to close.
    this.#behind.delete(subscriber)
    this.#options.counters.slowClientsClosed += 1
    subscriber.connection.close('slowConsumerClosed')
  }
}
