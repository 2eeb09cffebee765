import type { Segment } from '../broadcast/segment.ts'
import { UPDATES_EVENT } from '../protocol/server-events.ts'
import { Frame, type FrameSpace, put } from './frame.ts'

const OPEN = Buffer.from(`["${UPDATES_EVENT}",[`)
const COMMA = ','.charCodeAt(0)
/** Messages of a catch-up or of snapshots that are put in one frame; more go in several. */
const MESSAGES_PER_FRAME = 2_000

/** Messages in the order they are to be sent: message `i` is `indexes[i]` of `segments[i]`. */
export interface MessageList {
  readonly segments: readonly Segment[]
  readonly indexes: readonly number[]
}

/** Which messages of a list go into a frame. */
export interface Selection {
  /** Their places in the list, in order, of which the first `count` are meant; when absent, the first `count` of the list. */
  readonly places: readonly number[] | undefined
  readonly count: number
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
 * Messages that lie side by side in their segment, with the comma between them, are copied in one piece: a client that
 * takes everything costs one copy per batch.
 *
 * @param spaceFor Where the frame is put together, by the length of its JSON; by default in memory of its own.
 */
export function updatesFrame(
  list: MessageList,
  selection: Selection,
  end: Buffer,
  spaceFor: (jsonLength: number) => FrameSpace = Frame.allocate
): Frame {
  const { places, count } = selection
  const length = updatesLength(selection, end)
  const space = spaceFor(length)
  const { memory } = space
  let at = put(OPEN, memory, space.start + Frame.JSON_START)
  let run: Segment | undefined
  let runStart = 0
  let runEnd = 0
  for (let n = 0; n < count; n++) {
    const place = places === undefined ? n : (places[n] ?? 0)
    const segment = list.segments[place]
    const index = list.indexes[place] ?? 0
    if (segment === undefined) continue
    const start = segment.start(index)
    if (segment === run && start === runEnd + 1) {
      runEnd = segment.end(index)
      continue
    }
    if (run !== undefined) {
      at += run.bytes.copy(memory, at, runStart, runEnd)
      memory[at++] = COMMA
    }
    run = segment
    runStart = start
    runEnd = segment.end(index)
  }
  if (run !== undefined) at += run.bytes.copy(memory, at, runStart, runEnd)
  put(end, memory, at)
  return new Frame(space, length, count)
}

/** Puts many messages into as many updates events as they need. */
export function* updatesFrames({ segments, indexes }: MessageList, end: Buffer): Generator<Frame> {
  for (let from = 0; from < segments.length; from += MESSAGES_PER_FRAME) {
    const to = Math.min(from + MESSAGES_PER_FRAME, segments.length)
    const part = { segments: segments.slice(from, to), indexes: indexes.slice(from, to) }
    const sizeBytes = part.segments.reduce((sum, segment, n) => sum + segment.size(part.indexes[n] ?? 0), 0)
    yield updatesFrame(part, { places: undefined, count: to - from, sizeBytes }, end)
  }
}

/** The event of an `{on, data}` message. */
export function plainFrame(list: MessageList, place: number): Frame {
  const segment = list.segments[place]
  const index = list.indexes[place] ?? 0
  return Frame.ofJson(segment?.channel(index)?.name ?? '', segment?.json(index) ?? Buffer.from('null'))
}
