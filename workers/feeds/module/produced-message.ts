import { CHANNEL_GRAMMAR, parseChannel } from '../../../src/protocol/channel.ts'
import { CAUSES, type FeedMessage, QUALITIES } from '../../../src/protocol/feed-message.ts'
import { createPayloadCheck } from '../../../src/protocol/payload-check.ts'
import { isReservedEvent } from '../../../src/protocol/plain-event.ts'
import { findUnserialisable } from './unserialisable.ts'

type Fields = Readonly<Record<string, unknown>>

/**
 * Checks what a producer file publishes, and completes it to feed messages. From here on messages are trusted, so nothing
 * may pass that the server or a client would choke on.
 */
export class ProducedReader {
  readonly #checkPayload = createPayloadCheck()
  /** By channel; each name is taken apart once. */
  readonly #kinds = new Map<string, string>()

  /**
   * @param nowMs the time of messages that tell none, ms since the Unix epoch.
   * @throws Error that says what was expected, what was found, and what to do.
   */
  read(value: unknown, nowMs: number): FeedMessage {
    if (typeof value === 'object' && value !== null) {
      if ('channel' in value) return this.#readUpdate(value as Fields, nowMs)
      if ('on' in value) return readPlain(value as Fields)
      if ('quality' in value) return readQuality(value as Fields)
      if ('rewind' in value) return readRewind(value as Fields)
    }
    const found = value === null ? 'null' : Array.isArray(value) ? 'a nested array' : typeof value
    throw new Error(
      `Expected a message {channel, data} or {on, data}, found ${found}. Yield such messages one by one, or in one array`
    )
  }

  #readUpdate(fields: Fields, nowMs: number): FeedMessage {
    const { channel, data, exchangeTime = nowMs, isSnapshot } = fields
    const kind = typeof channel === 'string' ? (this.#kinds.get(channel) ?? this.#kindOf(channel)) : undefined
    if (typeof channel !== 'string' || kind === undefined) {
      throw new Error(`Expected a channel like ${CHANNEL_GRAMMAR}, found ${String(channel)}. Rename it`)
    }
    if (typeof data !== 'object' || data === null) {
      throw new Error(
        `${channel}: expected data to be an object, found ${data === null ? 'null' : typeof data}. Wrap it in one`
      )
    }
    if (typeof exchangeTime !== 'number' || !Number.isFinite(exchangeTime)) {
      throw new Error(
        `${channel}: expected exchangeTime in ms since 1970, found ${String(exchangeTime)}. Leave it out for now`
      )
    }
    const problem = this.#checkPayload(kind, data)
    if (problem !== undefined) {
      throw new Error(
        `${channel}: expected the payload of kind ${kind}, found that ${problem}. See the protocol, or use another kind`
      )
    }
    refuseUnserialisable(channel, data)
    return typeof isSnapshot === 'boolean'
      ? { channel, data, exchangeTime, isSnapshot }
      : { channel, data, exchangeTime }
  }

  #kindOf(channel: string): string | undefined {
    const kind = parseChannel(channel)?.kind
    if (kind !== undefined) this.#kinds.set(channel, kind)
    return kind
  }
}

function readPlain(fields: Fields): FeedMessage {
  const { on, data } = fields
  if (typeof on !== 'string' || on === '') {
    throw new Error(`Expected the name of an event in on, found ${on === '' ? 'an empty string' : typeof on}. Name it`)
  }
  if (isReservedEvent(on))
    throw new Error(`Expected an event of your own, found on: '${on}', which is taken. Rename it`)
  if (data === undefined) throw new Error(`Event ${on}: expected data, found none. Give any JSON value, or null`)
  refuseUnserialisable(`Event ${on}`, data)
  return { on, data }
}

function readQuality(fields: Fields): FeedMessage {
  const quality = QUALITIES.find((known) => known === fields.quality)
  const cause = CAUSES.find((known) => known === fields.cause)
  if (quality === undefined || cause === undefined) {
    throw new Error(
      `Expected quality ${QUALITIES.join(', ')} and cause ${CAUSES.join(', ')}, ` +
        `found ${String(fields.quality)} and ${String(fields.cause)}. Choose one of each`
    )
  }
  const { channels } = fields
  if (channels === undefined) return { quality, cause }
  if (
    !Array.isArray(channels) ||
    !channels.every((name) => typeof name === 'string' && parseChannel(name) !== undefined)
  ) {
    throw new Error(`Expected channels to be a list of names like ${CHANNEL_GRAMMAR}. Leave it out for all channels`)
  }
  return { quality, cause, channels: channels as readonly string[] }
}

function readRewind({ rewind }: Fields): FeedMessage {
  if (rewind === true) return { rewind }
  throw new Error(`Expected {rewind: true}, found rewind: ${String(rewind)}. Leave the message out where time goes on`)
}

function refuseUnserialisable(where: string, data: unknown): void {
  const found = findUnserialisable(data)
  if (found === undefined) return
  throw new Error(
    `${where}: expected data that JSON can hold, found that data${found}. Give strings, finite numbers, objects`
  )
}
