import { FLAG, RECORD } from '../protocol/port-messages.ts'
import { type Message, Segment } from './segment.ts'

/** What is added to the head of a message that does not go out as its producer made it. */
export interface Stamp {
  /** The message stands for `(prev, seq]`. */
  readonly prev?: number
  /** Makes the message a snapshot of this epoch: it clears and sets. */
  readonly snapshotOf?: string
}

/**
 * Copies a message with a stamp in its head, without parsing it:
 * `{"channel":"quote:SIM:AAPL","seq":7` + `,"prev":4` + `,"exchangeTime":…`.
 *
 * Producers make every message with this head, and channel names are ASCII, so where the head ends is arithmetic.
 */
export function stamped({ segment, index }: Message, stamp: Stamp): Message {
  const channel = segment.channel(index)
  if (channel === undefined) throw new Error(`message ${index} of segment ${segment.id} has no channel`)
  const seq = segment.seq(index)
  const headLength = '{"channel":"'.length + channel.name.length + '","seq":'.length + String(seq).length
  const source = segment.json(index)
  const isSnapshot = stamp.snapshotOf !== undefined && !segment.isSnapshot(index)
  const prev = stamp.prev ?? segment.prev(index)
  const added =
    (prev !== seq - 1 ? `,"prev":${prev}` : '') +
    (isSnapshot ? `,"type":"snapshot","epoch":${JSON.stringify(stamp.snapshotOf)}` : '')
  const rest = skipPrev(source, headLength)
  const bytes = Buffer.concat([source.subarray(0, headLength), Buffer.from(added), source.subarray(rest)])
  return privateMessage({ segment, index }, bytes, prev, isSnapshot)
}

/** Copies a message into memory of its own, so that the segment it came with can be let go. */
export function copied(message: Message): Message {
  const { segment, index } = message
  return privateMessage(message, Buffer.from(segment.json(index)), segment.prev(index), false)
}

function privateMessage({ segment, index }: Message, bytes: Buffer, prev: number, isSnapshot: boolean): Message {
  const records = segment.record(index)
  records[RECORD.start] = 0
  records[RECORD.end] = bytes.length
  records[RECORD.prev] = prev
  if (isSnapshot) records[RECORD.flags] = FLAG.snapshot | ((records[RECORD.flags] ?? 0) & FLAG.final)
  return { segment: new Segment(-1, bytes, records, segment.channels), index: 0 }
}

/** Where the message goes on after a `prev` that its producer already put there. */
function skipPrev(source: Buffer, headLength: number): number {
  const mark = ',"prev":'
  if (source.toString('latin1', headLength, headLength + mark.length) !== mark) return headLength
  return source.indexOf(',', headLength + 1)
}
