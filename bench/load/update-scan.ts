/** What do the updates of an event say? Found by looking at bytes, since `JSON.parse` would cost more than the server. */
import { CHANNEL_DIGITS } from '../producers/plan.ts'

const HEAD = Buffer.from('{"channel":"')
const SEQ = '","seq":'.length
const PREV = ',"prev":'.length
const TIME = Buffer.from(',"exchangeTime":')
const [QUOTE, COMMA, ZERO, SMALL_P, SMALL_T, SMALL_C] = [0x22, 0x2c, 0x30, 0x70, 0x74, 0x63]
const CLOSING_BRACKET = 0x5d

/** Told of each update: it stands for `(prev, seq]` of its channel, and was due at `scheduledTime`. */
export interface UpdateSink {
  update(channel: number, prev: number, seq: number, isSnapshot: boolean, scheduledTime: number): void
}

/**
 * Tells `sink` of every update in the bytes of an event.
 *
 * All payloads of a run have the same length, so that the next update is tried where the last one's length puts it, and
 * looked for when it is not there.
 */
export function scanUpdates(bytes: Buffer, sink: UpdateSink): void {
  let tail = 0
  let at = bytes.indexOf(HEAD)
  while (at >= 0) {
    let next = at + HEAD.length + 1
    while (bytes[next] !== QUOTE) next += 1
    const channel = number(bytes, next - CHANNEL_DIGITS, next)
    let start = next + SEQ
    next = endOfNumber(bytes, start)
    const seq = number(bytes, start, next)
    let prev = seq - 1
    let isSnapshot = false
    if (bytes[next + 2] === SMALL_P) {
      start = next + PREV
      next = endOfNumber(bytes, start)
      prev = number(bytes, start, next)
    }
    if (bytes[next + 2] === SMALL_T) {
      isSnapshot = true
      next = bytes.indexOf(TIME, next)
    }
    start = next + TIME.length
    next = endOfNumber(bytes, start)
    sink.update(channel, prev, seq, isSnapshot, number(bytes, start, next))
    at = nextHead(bytes, next, tail)
    tail = at - next
  }
}

/** Where the next update begins; -1 when there is none. */
function nextHead(bytes: Buffer, from: number, tail: number): number {
  if (tail > 0) {
    const guess = from + tail
    if (bytes[guess - 1] === CLOSING_BRACKET) return -1
    if (bytes[guess - 1] === COMMA && bytes[guess + 2] === SMALL_C && bytes[guess + 11] === QUOTE) return guess
  }
  return bytes.indexOf(HEAD, from)
}

function endOfNumber(bytes: Buffer, from: number): number {
  let at = from
  while (bytes[at] !== COMMA) at += 1
  return at
}

/** All numbers are whole and without a sign. */
function number(bytes: Buffer, start: number, end: number): number {
  let value = 0
  for (let at = start; at < end; at++) value = value * 10 + (bytes[at] ?? ZERO) - ZERO
  return value
}
