import { NAMESPACE } from '../protocol/server-events.ts'

/** What Socket.IO puts before an event of the namespace: Engine.IO message (4), Socket.IO event (2), namespace. */
const SOCKET_IO_PREFIX = Buffer.from(`42${NAMESPACE},`)
/** A WebSocket frame header of a server takes at most 10 bytes (RFC 6455, section 5.2). */
const MAX_HEADER = 10
const ROOM = MAX_HEADER + SOCKET_IO_PREFIX.length
const FINAL_TEXT_FRAME = 0x81

/**
 * One event, encoded once for all the clients that get it: `["updates",[…],{…}]`.
 *
 * The JSON lies behind enough room for the longest header, so that a WebSocket frame is the same memory with the
 * header written in front. Once handed to a socket the memory is never written again.
 */
export class Frame {
  /** Updates contained, for the counters. */
  readonly updates: number
  readonly #memory: Buffer
  #owner: 'none' | 'socket.io' | 'native' = 'none'
  #socketIoFrame: Buffer | undefined
  #socketIoText: string | undefined
  #nativeFrame: Buffer | undefined

  /** @param memory `Frame.allocate(length)`, with the JSON from `Frame.JSON_START` on. */
  constructor(memory: Buffer, updates: number) {
    this.#memory = memory
    this.updates = updates
  }

  /** Where the JSON starts in the memory of a frame. */
  static readonly JSON_START = ROOM

  /** Memory for a frame with `jsonLength` bytes of JSON. */
  static allocate(jsonLength: number): Buffer {
    return Buffer.allocUnsafe(ROOM + jsonLength)
  }

  /** The event as JSON made here and now; for the control plane, not for updates. */
  static ofEvent(event: string, ...payload: readonly unknown[]): Frame {
    const json = Buffer.from(JSON.stringify([event, ...payload]))
    const memory = Frame.allocate(json.length)
    json.copy(memory, ROOM)
    return new Frame(memory, 0)
  }

  /** An event whose payload is JSON already. */
  static ofJson(event: string, payload: Buffer): Frame {
    const open = Buffer.from(`[${JSON.stringify(event)},`)
    const memory = Frame.allocate(open.length + payload.length + 1)
    let at = ROOM
    at += open.copy(memory, at)
    at += payload.copy(memory, at)
    memory[at] = ']'.charCodeAt(0)
    return new Frame(memory, 1)
  }

  get jsonLength(): number {
    return this.#memory.length - ROOM
  }

  /** The whole WebSocket frame for Socket.IO clients. */
  socketIoFrame(): Buffer {
    if (this.#socketIoFrame === undefined) {
      const memory = this.#memoryFor('socket.io')
      SOCKET_IO_PREFIX.copy(memory, MAX_HEADER)
      this.#socketIoFrame = withHeader(memory, MAX_HEADER)
    }
    return this.#socketIoFrame
  }

  /** The whole WebSocket frame for native clients. */
  nativeFrame(): Buffer {
    this.#nativeFrame ??= withHeader(this.#memoryFor('native'), ROOM)
    return this.#nativeFrame
  }

  /** The packet as Engine.IO's `write` takes it, without its message type. */
  socketIoText(): string {
    this.#socketIoText ??= `${SOCKET_IO_PREFIX.toString('latin1', 1)}${this.#memory.toString('utf8', ROOM)}`
    return this.#socketIoText
  }

  /** The memory itself for the first door that asks, a copy for the other: both write in front of the JSON. */
  #memoryFor(door: 'socket.io' | 'native'): Buffer {
    if (this.#owner === 'none') {
      this.#owner = door
      return this.#memory
    }
    const copy = Buffer.allocUnsafe(this.#memory.length)
    this.#memory.copy(copy, ROOM, ROOM)
    return copy
  }
}

/** Writes a frame header directly before `payloadStart`, and returns the frame. */
function withHeader(memory: Buffer, payloadStart: number): Buffer {
  const length = memory.length - payloadStart
  const headerLength = length < 126 ? 2 : length < 65_536 ? 4 : 10
  const start = payloadStart - headerLength
  memory[start] = FINAL_TEXT_FRAME
  if (headerLength === 2) memory[start + 1] = length
  else if (headerLength === 4) {
    memory[start + 1] = 126
    memory.writeUInt16BE(length, start + 2)
  } else {
    memory[start + 1] = 127
    memory.writeUIntBE(0, start + 2, 4)
    memory.writeUInt32BE(length, start + 6)
  }
  return memory.subarray(start)
}
