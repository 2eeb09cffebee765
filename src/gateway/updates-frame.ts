import { UPDATES_EVENT } from '../protocol/server-events.ts'
import { Frame, type FrameSpace, put } from './frame.ts'
import { type MessageList, type Picked, PlacedMessages } from './placed-messages.ts'

const OPEN = Buffer.from(`["${UPDATES_EVENT}",[`)
/** Messages of a catch-up or of snapshots that are put in one frame; more go in several. */
const MESSAGES_PER_FRAME = 2_000

/** Which messages go into a frame. */
export interface Selection extends Picked {
  /** Of their JSON, without commas. */
  readonly sizeBytes: number
}

/** Bytes of JSON of an updates event with `count` messages of `sizeBytes` together. */
export function updatesLength({ count, sizeBytes }: Pick<Selection, 'count' | 'sizeBytes'>, end: Buffer): number {
  return OPEN.length + sizeBytes + Math.max(0, count - 1) + end.length
}

/** The end of every updates event of one flush. */
export function updatesEnd(emitTime: number): Buffer {
  return Buffer.from(`],{"emitTime":${emitTime}}]`)
}

/**
 * Puts an updates event together by copying bytes.
 *
 * @param spaceFor Where the frame is put together, by the length of its JSON; by default in memory of its own.
 */
export function updatesFrame(
  messages: PlacedMessages,
  selection: Selection,
  end: Buffer,
  spaceFor: (jsonLength: number) => FrameSpace = Frame.allocate
): Frame {
  const length = updatesLength(selection, end)
  const space = spaceFor(length)
  const { memory } = space
  const begin = put(OPEN, memory, space.start + Frame.JSON_START)
  put(end, memory, messages.copy(selection, memory, begin))
  return new Frame(space, length, selection.count)
}

/** Puts many messages into as many updates events as they need. */
export function* updatesFrames(list: MessageList, end: Buffer): Generator<Frame> {
  for (let from = 0; from < list.segments.length; from += MESSAGES_PER_FRAME) {
    const to = Math.min(from + MESSAGES_PER_FRAME, list.segments.length)
    const part = PlacedMessages.of(list, from, to)
    let sizeBytes = 0
    for (let place = 0; place < part.count; place++) sizeBytes += part.size(place)
    yield updatesFrame(part, { picks: undefined, from: 0, count: part.count, sizeBytes }, end)
  }
}

/** The event of an `{on, data}` message. */
export function plainFrame(list: MessageList, place: number): Frame {
  const segment = list.segments[place]
  const index = list.indexes[place] ?? 0
  return Frame.ofJson(segment?.channel(index)?.name ?? '', segment?.json(index) ?? Buffer.from('null'))
}
