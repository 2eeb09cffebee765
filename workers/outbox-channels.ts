import { CHANNEL_GRAMMAR, parseChannel } from '../src/protocol/channel.ts'
import type { ChannelDeclaration } from '../src/protocol/feed-message.ts'
import type { DeclaredChannel } from '../src/protocol/port-messages.ts'
import type { BookDepths } from './compute/book-depths.ts'
import { OutboxChannel, type OutboxChannelOptions } from './outbox-channel.ts'

/** The channels of a producer, each told to main before its first message: those of its feed, and what they offer. */
export class OutboxChannels {
  readonly #depths: BookDepths
  readonly #tell: (channels: readonly DeclaredChannel[]) => void
  readonly #channels = new Map<string, OutboxChannel>()
  readonly #events = new Map<string, OutboxChannel>()
  #declared = 0

  /** @param tell Tells main of channels, in the order of their places. */
  constructor(depths: BookDepths, tell: (channels: readonly DeclaredChannel[]) => void) {
    this.#depths = depths
    this.#tell = tell
  }

  find(name: string): OutboxChannel | undefined {
    return this.#channels.get(name)
  }

  /** Declares channels of the feed, and the depths of its full books. */
  declare(declarations: readonly ChannelDeclaration[]): void {
    const added = declarations
      .filter(({ channel }) => !this.#channels.has(channel))
      .map(({ channel, contract }) => this.#add(channel, { contract }))
    this.#announce([...added, ...added.flatMap((channel) => this.#offer(channel))])
  }

  /**
   * The channel of a message of the feed; what it did not declare comes into being.
   *
   * @throws Error when the name does not follow the grammar.
   */
  ofFeed(name: string): OutboxChannel {
    const known = this.#channels.get(name)
    if (known?.isOnDemand === false) return known
    if (parseChannel(name) === undefined) {
      throw new Error(`bad channel name: expected ${CHANNEL_GRAMMAR}; found ${JSON.stringify(name)}`)
    }
    // What the feed publishes itself goes before what could be made of its other channels.
    this.#depths.leave(name)
    const channel = this.#add(name, { after: known?.seq ?? 0 })
    this.#announce([channel, ...this.#offer(channel)])
    return channel
  }

  /** The channel of plain events. */
  event(on: string): OutboxChannel {
    const known = this.#events.get(on)
    if (known !== undefined) return known
    const channel = new OutboxChannel(this.#declared++, on, 'plain')
    this.#events.set(on, channel)
    this.#announce([channel])
    return channel
  }

  /** The places of channels, with those of the depths of full books; unknown names are passed over. */
  indexesOf(names: readonly string[]): number[] {
    const all = names.flatMap((name) => [name, ...this.#depths.channelsOf(name)])
    return all.flatMap((name) => this.#channels.get(name)?.index ?? [])
  }

  #offer({ name, isBook }: OutboxChannel): OutboxChannel[] {
    if (!isBook || parseChannel(name)?.param !== undefined) return []
    const offered = this.#depths.offer(name, (channel) => this.#channels.has(channel))
    return offered.map((channel) => this.#add(channel, { isOnDemand: true }))
  }

  #add(name: string, options: OutboxChannelOptions): OutboxChannel {
    const channel = new OutboxChannel(this.#declared++, name, 'channel', options)
    this.#channels.set(name, channel)
    return channel
  }

  #announce(added: readonly OutboxChannel[]): void {
    if (added.length === 0) return
    this.#tell(
      added.map(({ name, form, contract, isOnDemand }) => ({ name, form, contract, ...(isOnDemand && { isOnDemand }) }))
    )
  }
}
