import { CATCH_UP_LIMIT, catchUp } from '../broadcast/catch-up.ts'
import type { ChannelState } from '../broadcast/channel-state.ts'
import type { Journal } from '../broadcast/journal.ts'
import type { Message, Segment } from '../broadcast/segment.ts'
import type { MessageList } from './placed-messages.ts'

/** Events of all its channels together that a client is sent late, one by one; of older ones it is told that they are gone. */
const MAX_EVENTS = 20_000
/** Of each channel at least so many, however many there are. */
const MIN_EVENTS = 50

/** Where a client is on a channel: it has everything of the epoch up to `seq`. */
export interface Position {
  readonly channel: ChannelState
  readonly epoch: string
  readonly seq: number
}

/** What a client that was behind is sent at once, on its way back to the present. */
export interface ReturnStage {
  readonly list: MessageList
  /** Where it is after that, those first that are not at the present; their order is kept, so that each has its turn. */
  readonly positions: readonly Position[]
  /** True when every position is at the present. */
  readonly isLast: boolean
  /** State messages that newer ones stand for. */
  readonly merged: number
  /** Event messages that are gone for this client. */
  readonly dropped: number
  /** Names of the channels in which events are gone. */
  readonly gaps: readonly string[]
}

/**
 * The next part of what was missed, no more than `room` bytes where it can be cut: between channels, and between the
 * events of one channel. So a client on its way back takes no more memory than one that is behind.
 *
 * State comes first, because it is short, and what is newest of it is what a person looks at. But no more than half of the
 * room is for it while events wait: where it changes faster than the room allows, they would never come.
 *
 * @param room bytes; something is sent however little it is.
 */
export function returnStage(from: readonly Position[], journal: Journal, room: number): ReturnStage {
  const list: { segments: Segment[]; indexes: number[] } = { segments: [], indexes: [] }
  const gaps: string[] = []
  const done: Position[] = []
  const due: Position[] = []
  const total = { bytes: 0, merged: 0, dropped: 0 }
  const isState = ({ channel }: Position) => channel.contract === 'state'
  const states = from.filter(isState)
  const events = from.filter((position) => !isState(position))
  const limit = Math.min(CATCH_UP_LIMIT, Math.max(MIN_EVENTS, Math.ceil(MAX_EVENTS / events.length)))
  /** Takes what a channel has to send; false when that would be beyond so many bytes. */
  const take = (position: Position, mostBytes: number): boolean => {
    if (total.bytes >= mostBytes) return false
    const { channel, epoch, seq } = position
    const missed = catchUp(channel, epoch, seq, journal, limit)
    total.merged += missed.merged
    total.dropped += missed.dropped
    if (missed.dropped > 0) gaps.push(channel.name)
    let last: Message | undefined
    for (const message of missed.messages) {
      if (!isState(position) && last !== undefined && total.bytes >= room) break
      list.segments.push(message.segment)
      list.indexes.push(message.index)
      total.bytes += message.segment.size(message.index)
      last = message
    }
    const isWhole = last === missed.messages.at(-1)
    const reached = isWhole ? channel.seq : (last?.segment.seq(last.index) ?? seq)
    const after = { channel, epoch: channel.epoch, seq: reached }
    if (isWhole) done.push(after)
    else due.push(after)
    return true
  }
  const left = states.filter((position) => !take(position, events.length > 0 ? room / 2 : room))
  // Something of events, however large a state was.
  const roomOfEvents = Math.max(room, total.bytes + 1)
  due.push(...events.filter((position) => !take(position, roomOfEvents)))
  due.push(...left.filter((position) => !take(position, room)))
  const { merged, dropped } = total
  return { list, positions: [...due, ...done], isLast: due.length === 0, merged, dropped, gaps }
}
