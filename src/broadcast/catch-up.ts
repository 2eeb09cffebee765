import type { ChannelState } from './channel-state.ts'
import type { Journal } from './journal.ts'
import type { Message } from './segment.ts'
import { stamped } from './stamp.ts'

/**
 * Most event messages, or deltas, of one channel that a client is sent one by one when it catches up: as many as the
 * queue holds by default, so that a feed that pauses for a slow client loses nothing for it.
 */
export const CATCH_UP_LIMIT = 5_000

/** What brings a client from a position to the present. */
export interface CatchUp {
  /** In order; the first is a snapshot unless `isRecovered`, and for a client that has nothing of the epoch. */
  readonly messages: readonly Message[]
  /** True when, with these messages, the client misses nothing that the contract of the channel promises. */
  readonly isRecovered: boolean
  /** State messages that the newest one stands for. */
  readonly merged: number
  /** Event messages that are gone for this client. */
  readonly dropped: number
}

/** The whole present state, the first message marked as the snapshot it is. */
export function presentOf(channel: ChannelState): Message[] {
  return fromSnapshot(channel, channel.present())
}

/**
 * What a client at `(epoch, seq)` needs: nothing, the newest state with the range it stands for, the events it missed,
 * or, when that cannot be proven from the journal, a snapshot.
 *
 * @param limit Most event messages.
 */
export function catchUp(
  channel: ChannelState,
  epoch: string,
  seq: number,
  journal: Journal,
  limit = CATCH_UP_LIMIT
): CatchUp {
  const missed = channel.seq - seq
  if (epoch !== channel.epoch || missed < 0) {
    return { messages: presentOf(channel), isRecovered: false, merged: 0, dropped: 0 }
  }
  // The messages of a dormant channel end where its book went on.
  if (missed === 0) return { messages: [], isRecovered: !channel.isDormant, merged: 0, dropped: 0 }
  const { hasDeltas } = channel
  // Who has nothing of this epoch may still hold the end of the one before, and only a snapshot clears that.
  const isNew = seq === 0
  if (channel.contract === 'state' && !hasDeltas) {
    const kept = channel.kind === 'candle' ? closedAndNewest(channel, seq, journal) : undefined
    const newest = inRanges(kept ?? channel.present(), seq)
    const isRecovered = channel.kind !== 'candle' || kept !== undefined
    const messages = isNew || !isRecovered ? fromSnapshot(channel, newest) : newest
    return { messages, isRecovered, merged: missed - newest.length, dropped: 0 }
  }
  const recent = journal.since(channel, seq, hasDeltas ? CATCH_UP_LIMIT : limit)
  const { isComplete } = recent
  const messages = isNew || (!isComplete && !hasDeltas) ? fromSnapshot(channel, recent.messages) : recent.messages
  const isShorter = !hasDeltas || sizeBytes(messages) < sizeBytes(channel.tail)
  if (isComplete && isShorter) return { messages, isRecovered: true, merged: 0, dropped: 0 }
  if (hasDeltas) return { messages: presentOf(channel), isRecovered: false, merged: missed, dropped: 0 }
  return { messages, isRecovered: false, merged: 0, dropped: missed - messages.length }
}

/** The closed candles after a position and the newest message; `undefined` when some may be gone. */
function closedAndNewest(channel: ChannelState, seq: number, journal: Journal): readonly Message[] | undefined {
  const { messages, isComplete } = journal.since(channel, seq, CATCH_UP_LIMIT)
  if (!isComplete) return undefined
  return messages.filter(({ segment, index }, place) => segment.isFinal(index) || place === messages.length - 1)
}

/** Each message standing for all after the one before it. */
function inRanges(messages: readonly Message[], seq: number): Message[] {
  let prev = seq
  return messages.map((message) => {
    const ranged = stamped(message, { prev })
    prev = message.segment.seq(message.index)
    return ranged
  })
}

function fromSnapshot(channel: ChannelState, [first, ...rest]: readonly Message[]): Message[] {
  return first === undefined ? [] : [stamped(first, { snapshotOf: channel.epoch }), ...rest]
}

function sizeBytes(messages: readonly Message[]): number {
  return messages.reduce((sum, { segment, index }) => sum + segment.size(index), 0)
}
