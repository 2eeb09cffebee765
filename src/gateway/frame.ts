import { NAMESPACE } from '../protocol/server-events.ts'

/** What Socket.IO puts before an event of the namespace: Engine.IO message (4), Socket.IO event (2), namespace. */
const SOCKET_IO_PREFIX = Buffer.from(`42${NAMESPACE},`)
/** A WebSocket frame header of a server takes at most 10 bytes (RFC 6455, section 5.2). */
const MAX_HEADER = 10
const ROOM = MAX_HEADER + SOCKET_IO_PREFIX.length
/** Memory behind the JSON of a lent frame, bytes: enough for a heartbeat of either door. */
const ROOM_BEHIND = 256
const FINAL_TEXT_FRAME = 0x81

/** What frames are wrapped in: packets of Socket.IO, or nothing but WebSocket. */
export type DoorKind = 'socket.io' | 'websocket'

/** Where the JSON of a frame is written: from `start + Frame.JSON_START` on. */
export interface FrameSpace {
  readonly memory: Buffer
  /** Where in it the space of the frame begins, bytes. */
  readonly start: number
  /** The memory is used again for the frames of the next batch, unless a socket still holds it. */
  readonly isLent: boolean
}

/**
 * One event, encoded once for all the clients that get it: `["updates",[…],{…}]`.
 *
 * The JSON lies behind enough room for the longest header, so that a WebSocket frame is the same memory with the
 * header written in front. Once handed to a socket that could not take all of it the memory is never written again.
 */
export class Frame {
  /** Updates contained, for the counters. */
  readonly updates: number
  /** Bytes of JSON. */
  readonly jsonLength: number
  readonly #space: FrameSpace
  #owner: 'none' | DoorKind = 'none'
  #socketIoFrame: Buffer | undefined
  #socketIoText: string | undefined
  #nativeFrame: Buffer | undefined
  #followed: { readonly next: Frame; readonly door: DoorKind; readonly bytes: Buffer } | undefined
  #own: Frame | undefined

  /** @param space from `Frame.allocate`, or lent; with `jsonLength` bytes of JSON from `Frame.JSON_START` on. */
  constructor(space: FrameSpace, jsonLength: number, updates: number) {
    this.#space = space
    this.jsonLength = jsonLength
    this.updates = updates
  }

  /** Where the JSON starts in the space of a frame. */
  static readonly JSON_START = ROOM

  /** Memory that a frame needs beside its JSON when it is lent, bytes. */
  static readonly LENT_EXTRA = ROOM + ROOM_BEHIND

  /**
   * Memory for a frame of its own, with `jsonLength` bytes of JSON. Not from a pool: a client that stalls would keep
   * the pool's whole piece of memory alive with each small frame.
   */
  static allocate(jsonLength: number): FrameSpace {
    return { memory: Buffer.allocUnsafeSlow(ROOM + jsonLength), start: 0, isLent: false }
  }

  /** The event as JSON made here and now; for the control plane, not for updates. */
  static ofEvent(event: string, ...payload: readonly unknown[]): Frame {
    const json = Buffer.from(JSON.stringify([event, ...payload]))
    const space = Frame.allocate(json.length)
    json.copy(space.memory, ROOM)
    return new Frame(space, json.length, 0)
  }

  /** An event whose payload is JSON already. */
  static ofJson(event: string, payload: Buffer): Frame {
    const open = Buffer.from(`[${JSON.stringify(event)},`)
    const length = open.length + payload.length + 1
    const space = Frame.allocate(length)
    let at = ROOM
    at += open.copy(space.memory, at)
    at += payload.copy(space.memory, at)
    space.memory[at] = ']'.charCodeAt(0)
    return new Frame(space, length, 1)
  }

  /** Says whether the frame lies in this memory. */
  isIn(memory: Buffer): boolean {
    return this.#space.memory === memory
  }

  /** The same frame in memory of its own, for a client that does not take it now. */
  own(): Frame {
    if (!this.#space.isLent) return this
    this.#own ??= new Frame(this.#copy(), this.jsonLength, this.updates)
    return this.#own
  }

  /** The whole WebSocket frame for Socket.IO clients. */
  socketIoFrame(): Buffer {
    this.#socketIoFrame ??= this.#made('socket.io')
    return this.#socketIoFrame
  }

  /** The whole WebSocket frame for native clients. */
  nativeFrame(): Buffer {
    this.#nativeFrame ??= this.#made('websocket')
    return this.#nativeFrame
  }

  /** The whole WebSocket frame for clients of a door; `next`, a short frame, right after it, to be sent by one system call. */
  bytesFor(door: DoorKind, next?: Frame): Buffer {
    if (next !== undefined) return this.#followedBy(next, door)
    return door === 'socket.io' ? this.socketIoFrame() : this.nativeFrame()
  }

  #followedBy(next: Frame, door: DoorKind): Buffer {
    if (this.#followed?.next === next && this.#followed.door === door) return this.#followed.bytes
    const second = next.bytesFor(door)
    const bytes = this.#behind(second, door) ?? Buffer.concat([this.bytesFor(door), second])
    this.#followed = { next, door, bytes }
    return bytes
  }

  /** The packet as Engine.IO's `write` takes it, without its message type. */
  socketIoText(): string {
    if (this.#socketIoText === undefined) {
      const start = this.#space.start + ROOM
      const json = this.#space.memory.toString('utf8', start, start + this.jsonLength)
      this.#socketIoText = `${SOCKET_IO_PREFIX.toString('latin1', 1)}${json}`
    }
    return this.#socketIoText
  }

  /** Writes `second` behind the JSON where there is room kept for it, and gives both as one piece. */
  #behind(second: Buffer, door: DoorKind): Buffer | undefined {
    const { memory, start, isLent } = this.#space
    if (!isLent || second.length > ROOM_BEHIND || !this.#owns(door)) return undefined
    const end = start + ROOM + this.jsonLength
    put(second, memory, end)
    return memory.subarray(this.#head(this.#space, door), end + second.length)
  }

  /** The whole WebSocket frame, in the space itself for the first door that asks, a copy for the other. */
  #made(door: DoorKind): Buffer {
    const space = this.#owns(door) ? this.#space : this.#copy()
    return space.memory.subarray(this.#head(space, door), space.start + ROOM + this.jsonLength)
  }

  /** Says whether a door may write in front of the JSON: the first one that asks. */
  #owns(door: DoorKind): boolean {
    if (this.#owner === 'none') this.#owner = door
    return this.#owner === door
  }

  /** Writes what a door has in front of the JSON. @returns where that begins. */
  #head({ memory, start }: FrameSpace, door: DoorKind): number {
    const jsonStart = start + ROOM
    if (door === 'websocket') return putHeader(memory, jsonStart, this.jsonLength)
    put(SOCKET_IO_PREFIX, memory, start + MAX_HEADER)
    return putHeader(memory, start + MAX_HEADER, SOCKET_IO_PREFIX.length + this.jsonLength)
  }

  #copy(): FrameSpace {
    const space = Frame.allocate(this.jsonLength)
    const start = this.#space.start + ROOM
    this.#space.memory.copy(space.memory, ROOM, start, start + this.jsonLength)
    return space
  }
}

/** Copies a few bytes, for which a call of the system library takes longer. @returns where they end. */
export function put(bytes: Buffer, memory: Buffer, at: number): number {
  for (let n = 0; n < bytes.length; n++) memory[at + n] = bytes[n] ?? 0
  return at + bytes.length
}

/** Writes the header of a frame of `length` bytes directly before its payload. @returns where the header begins. */
function putHeader(memory: Buffer, payloadStart: number, length: number): number {
  const start = payloadStart - (length < 126 ? 2 : length < 65_536 ? 4 : MAX_HEADER)
  memory[start] = FINAL_TEXT_FRAME
  if (length < 126) memory[start + 1] = length
  else if (length < 65_536) {
    memory[start + 1] = 126
    memory.writeUInt16BE(length, start + 2)
  } else {
    memory[start + 1] = 127
    memory.writeUIntBE(0, start + 2, 4)
    memory.writeUInt32BE(length, start + 6)
  }
  return start
}
