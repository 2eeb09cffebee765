import { readLevels } from '../../../src/market/levels.ts'
import { parseChannel } from '../../../src/protocol/channel.ts'
import type { FeedMessage } from '../../../src/protocol/feed-message.ts'
import { isReservedEvent } from '../../../src/protocol/plain-event.ts'
import { RECORDING_VERSION } from '../../../src/protocol/recording.ts'
import type { LineOutcome, Normaliser, RecordingForm } from './normaliser.ts'
import { RecordedBook } from './recorded-book.ts'

/** Channels of one session; updates of further ones are input errors. */
export const RECORDED_CHANNEL_LIMIT = 100_000

/**
 * tickcast's own recordings, see `src/protocol/recording.ts`. Updates become messages of their channels again, numbered
 * anew; plain events stay plain events. What the protocol itself sent (`status`, `heartbeat`, …) is passed over: it
 * told how the recorded server fared.
 */
export const TICKCAST_RECORDING: RecordingForm = {
  name: 'a tickcast recording (first line {"tickcast":1,…})',
  accepts: (firstLines) => firstLines.some((line) => line.startsWith('{') && isHeader(parse(line))),
  createNormaliser: (recovering) => new TickcastRecording(recovering)
}

type Fields = Readonly<Record<string, unknown>>

class TickcastRecording implements Normaliser {
  readonly channels = new Set<string>()
  readonly #books = new Map<string, RecordedBook>()
  readonly #recovering: ReadonlySet<string>
  #ignoredCount = 0

  constructor(recovering: ReadonlySet<string>) {
    this.#recovering = recovering
  }

  get ignoredCount(): number {
    return this.#ignoredCount
  }

  push(line: string): LineOutcome {
    const fields = parse(line)
    if (fields === undefined) return { problem: 'expected a JSON object' }
    const { t, e, u, d } = fields
    if (typeof t !== 'number' || typeof e !== 'string') {
      return isHeader(fields) ? { messages: [] } : { problem: 'expected a header, or an event with t and e' }
    }
    if (e === 'updates') return this.#updates(t, u)
    if (isReservedEvent(e)) return { receiveTimeMs: t, messages: this.#counted([]) }
    if (d === undefined) return { problem: `expected event ${e} with d` }
    return { receiveTimeMs: t, messages: [{ on: e, data: d }] }
  }

  #updates(receiveTimeMs: number, updates: unknown): LineOutcome {
    if (!Array.isArray(updates)) return { problem: 'expected updates with a list u' }
    const messages: FeedMessage[] = []
    for (const update of updates as readonly unknown[]) {
      const published = this.#update(update as Fields | null)
      if (published === undefined) return { problem: 'expected updates with channel, seq, exchangeTime and data' }
      messages.push(...published)
    }
    return { receiveTimeMs, messages }
  }

  #update(update: Fields | null): readonly FeedMessage[] | undefined {
    const { channel, seq, prev, type, exchangeTime, data } = update ?? {}
    if (typeof channel !== 'string' || typeof seq !== 'number' || typeof exchangeTime !== 'number') return undefined
    if (!Number.isFinite(exchangeTime)) return undefined
    if (typeof data !== 'object' || data === null || !this.#knows(channel)) return undefined
    const book = this.#books.get(channel)
    if (book === undefined) return [{ channel, exchangeTime, data }]
    const { bids, asks } = data as Fields
    if (readLevels(bids) === undefined || readLevels(asks) === undefined) return undefined
    const message = { channel, exchangeTime, data, isSnapshot: type === 'snapshot' }
    return this.#counted(book.follow(message, { seq, prev: typeof prev === 'number' ? prev : seq - 1 }))
  }

  /** Checks a channel's name, at its first update only. */
  #knows(channel: string): boolean {
    if (this.channels.has(channel)) return true
    const name = parseChannel(channel)
    if (name === undefined || this.channels.size >= RECORDED_CHANNEL_LIMIT) return false
    this.channels.add(channel)
    if (name.kind === 'book') this.#books.set(channel, new RecordedBook(this.#recovering.has(channel)))
    return true
  }

  #counted(messages: readonly FeedMessage[]): readonly FeedMessage[] {
    if (messages.length === 0) this.#ignoredCount += 1
    return messages
  }
}

function parse(line: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? (value as Fields) : undefined
  } catch {
    return undefined
  }
}

function isHeader(fields: Fields | undefined): boolean {
  return fields?.tickcast === RECORDING_VERSION
}
