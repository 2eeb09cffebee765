import type { Catalog } from '../broadcast/catalog.ts'
import { catchUp, presentOf } from '../broadcast/catch-up.ts'
import type { ChannelState } from '../broadcast/channel-state.ts'
import type { Journal } from '../broadcast/journal.ts'
import type { Message, Segment } from '../broadcast/segment.ts'
import { CHANNEL_GRAMMAR, isPattern, parseChannel, patternMatcher } from '../protocol/channel.ts'
import { type CodeName, codedError } from '../protocol/codes.ts'
import type { ChannelRefusal, DetailedWish, SubscribeAnswer, UnsubscribeAnswer } from '../protocol/requests.ts'
import type { Counters } from '../telemetry/counters.ts'
import type { FanOut } from './fan-out.ts'
import { channelsOf, countOf, drop, type Holding, holds, put } from './holding.ts'
import type { Lanes } from './lanes.ts'
import { MAX_PATTERNS } from './request-forms.ts'
import type { Position } from './return-stage.ts'
import { statusFrames } from './status-frames.ts'
import type { Subscriber } from './subscriber.ts'

export interface SubscriptionsOptions {
  readonly catalog: Catalog
  readonly journal: Journal
  readonly fanOut: FanOut
  readonly counters: Counters
  readonly lanes: Lanes
  readonly maxChannels: number
}

/** Who wants what: turns wishes into channels, and keeps patterns open for channels that are declared later. */
export class Subscriptions {
  readonly #options: SubscriptionsOptions
  readonly #patterns = new Map<string, { matches: (name: string) => boolean; subscribers: Set<Subscriber> }>()

  constructor(options: SubscriptionsOptions) {
    this.#options = options
  }

  /** Makes a subscription at the start of the next flush; `reply` is called before the snapshots are sent. */
  add(
    subscriber: Subscriber,
    wishes: readonly DetailedWish[],
    reply: (answers: readonly SubscribeAnswer[]) => void
  ): void {
    const { fanOut } = this.#options
    fanOut.changes.add(subscriber, () => {
      const wanted: Wanted = { holding: subscriber.holding(), messages: [], resumed: [] }
      const answers = new Map<string, SubscribeAnswer>()
      for (const wish of wishes) this.#grantAll(subscriber, wanted, wish, answers)
      reply([...answers.values()])
      fanOut.setHolding(subscriber, wanted.holding, listOf(wanted.messages), wanted.resumed)
    })
  }

  /** Ends subscriptions; `reply` is called when nothing more will arrive on them. */
  remove(
    subscriber: Subscriber,
    names: readonly string[],
    reply: (answers: readonly UnsubscribeAnswer[]) => void
  ): void {
    this.#options.fanOut.changes.add(subscriber, () => {
      const holding = subscriber.holding()
      const answers: UnsubscribeAnswer[] = []
      for (const name of names) {
        const wasOpen = this.#closePattern(subscriber, name)
        const gone = this.#held(holding, name)
        for (const channel of gone) {
          drop(holding, channel)
          answers.push({ channel: channel.name, ok: true })
        }
        if (gone.length > 0) continue
        answers.push(
          wasOpen ? { channel: name, ok: true } : refusal(name, 'notSubscribed', 'the connection does not hold it')
        )
      }
      this.#options.fanOut.setHolding(subscriber, holding, listOf([]))
      reply(answers)
    })
  }

  /** Tells what a client holds once all that it asked for before was done. */
  list(subscriber: Subscriber, reply: (channels: readonly string[], patterns: readonly string[]) => void): void {
    this.#options.fanOut.changes.add(subscriber, () => {
      reply(
        Array.from(subscriber.channels(), ({ name }) => name),
        [...subscriber.patterns.keys()]
      )
    })
  }

  /** Sends the present state of one channel again. */
  resend(subscriber: Subscriber, channel: ChannelState): void {
    const { fanOut } = this.#options
    fanOut.changes.add(subscriber, () => {
      const messages = listOf(this.#snapshot(channel))
      // Who does not hold it has no place in its stream that it could come back to.
      if (subscriber.holds(channel)) fanOut.setHolding(subscriber, subscriber.holding(), messages)
      else fanOut.sendMessages(subscriber, messages)
    })
  }

  /** Gives newly declared channels to everybody whose patterns take them in. */
  onDeclared(channels: readonly ChannelState[]): void {
    for (const [pattern, { matches, subscribers }] of this.#patterns) {
      const taken = channels.filter((channel) => matches(channel.name))
      if (taken.length === 0) continue
      for (const subscriber of subscribers) {
        if (taken.some((channel) => !subscriber.holds(channel))) this.#join(subscriber, taken, pattern)
      }
    }
  }

  /** Forgets a client that is gone. */
  forget(subscriber: Subscriber): void {
    for (const pattern of [...subscriber.patterns.keys()]) this.#closePattern(subscriber, pattern)
  }

  #join(subscriber: Subscriber, channels: readonly ChannelState[], pattern: string): void {
    const { fanOut, lanes, maxChannels } = this.#options
    fanOut.changes.add(subscriber, () => {
      if (!subscriber.patterns.has(pattern)) return
      const holding = subscriber.holding()
      const room = maxChannels - subscriber.channelCount
      const added = channels.filter((channel) => !subscriber.holds(channel)).slice(0, room)
      for (const channel of added) put(holding, channel, lanes.grant(channel, subscriber.patterns.get(pattern)))
      // Nobody asked by name, so that nothing is answered; the status tells epoch, source and quality.
      fanOut.tell(subscriber, added, statusFrames(added))
      fanOut.setHolding(subscriber, holding, listOf(added.flatMap((channel) => this.#snapshot(channel))))
    })
  }

  /** The channels a wish stands for; refusals go into `answers`. */
  #resolve(
    subscriber: Subscriber,
    { channel: name, maxRateHz }: DetailedWish,
    answers: Map<string, SubscribeAnswer>
  ): ChannelState[] {
    const { catalog } = this.#options
    if (isPattern(name)) {
      if (!subscriber.patterns.has(name) && subscriber.patterns.size >= MAX_PATTERNS) {
        answers.set(name, refusal(name, 'tooManyChannels', `expected at most ${MAX_PATTERNS} patterns on a connection`))
        return []
      }
      this.#openPattern(subscriber, name, maxRateHz)
      const matching = catalog.matching(name).filter(({ hasEnded }) => !hasEnded)
      if (matching.length === 0) answers.set(name, refusal(name, 'unknownChannel', NOTHING_YET))
      return matching
    }
    const channel = catalog.find(name)
    if (channel?.hasEnded === false) return [channel]
    const isWellFormed = parseChannel(name) !== undefined
    answers.set(
      name,
      isWellFormed
        ? refusal(name, 'unknownChannel', 'no producer publishes this channel; see GET /api/v1/channels')
        : refusal(name, 'badChannel', `expected ${CHANNEL_GRAMMAR}; found ${JSON.stringify(name.slice(0, 120))}`)
    )
    return []
  }

  /** What a pattern takes in beyond the limit is refused once: it can be many times more than one may hold. */
  #grantAll(subscriber: Subscriber, wanted: Wanted, wish: DetailedWish, answers: Map<string, SubscribeAnswer>): void {
    let refused = 0
    for (const channel of this.#resolve(subscriber, wish, answers)) {
      if (answers.has(channel.name)) continue
      const answer = this.#grant(wanted, channel, wish)
      if (!answer.ok) refused += 1
      if (answer.ok || refused === 1) answers.set(channel.name, answer)
    }
  }

  #grant({ holding, messages, resumed }: Wanted, channel: ChannelState, wish: DetailedWish): SubscribeAnswer {
    const { maxChannels, lanes, journal, counters } = this.#options
    const { name, epoch, seq, quality, cause, since, source, depth } = channel
    drop(holding, channel)
    if (countOf(holding) >= maxChannels) {
      return refusal(name, 'tooManyChannels', `expected at most ${maxChannels} channels on a connection`)
    }
    const lane = lanes.grant(channel, wish.maxRateHz)
    put(holding, channel, lane)
    // A position belongs to one channel; each channel of a pattern begins with its snapshot.
    const resume = wish.channel === name ? wish.resume : undefined
    const missed = resume === undefined ? undefined : catchUp(channel, resume.epoch, resume.seq, journal)
    messages.push(...(missed?.messages ?? this.#snapshot(channel)))
    const granted = { maxRateHz: lane.rateHz, ...(depth !== undefined && { depth }) }
    const recovered = missed?.isRecovered ?? false
    if (resume !== undefined) {
      if (recovered) counters.resumesRecovered += 1
      else counters.resumesRefused += 1
      // Of events that are not all there, what is missing is told on its way back.
      const isPosition = recovered || (channel.contract === 'event' && resume.epoch === epoch && resume.seq <= seq)
      if (isPosition) resumed.push({ channel, epoch: resume.epoch, seq: resume.seq })
    }
    return { channel: name, ok: true, epoch, seq, quality, cause, since, source, recovered, granted }
  }

  /** The channels held that a name or pattern stands for. */
  #held(holding: Holding, name: string): ChannelState[] {
    if (isPattern(name)) {
      const matches = patternMatcher(name)
      return [...channelsOf(holding)].filter((channel) => matches(channel.name))
    }
    const channel = this.#options.catalog.find(name)
    return channel !== undefined && holds(holding, channel) ? [channel] : []
  }

  #snapshot(channel: ChannelState): Message[] {
    if (channel.lastSegment !== undefined) this.#options.counters.snapshotsSent += 1
    return presentOf(channel)
  }

  #openPattern(subscriber: Subscriber, pattern: string, maxRateHz: number | undefined): void {
    if (subscriber.isGone) return
    const open = this.#patterns.get(pattern) ?? { matches: patternMatcher(pattern), subscribers: new Set() }
    open.subscribers.add(subscriber)
    subscriber.patterns.set(pattern, maxRateHz)
    subscriber.hasSubscribed = true
    this.#patterns.set(pattern, open)
  }

  #closePattern(subscriber: Subscriber, pattern: string): boolean {
    const open = this.#patterns.get(pattern)
    open?.subscribers.delete(subscriber)
    if (open?.subscribers.size === 0) this.#patterns.delete(pattern)
    return subscriber.patterns.delete(pattern)
  }
}

/** What a client asks for, as far as it was granted by now. */
interface Wanted {
  readonly holding: Holding
  /** What brings it to the present on channels new to it. */
  readonly messages: Message[]
  /** Where it is on those that it resumes. */
  readonly resumed: Position[]
}

const NOTHING_YET = 'no channel matches now; those declared later are taken in'

function refusal(channel: string, name: CodeName, detail: string): ChannelRefusal {
  return { channel, ok: false, error: codedError(name, detail) }
}

function listOf(messages: readonly Message[]): { segments: Segment[]; indexes: number[] } {
  return { segments: messages.map(({ segment }) => segment), indexes: messages.map(({ index }) => index) }
}
