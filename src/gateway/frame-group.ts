import type { Frame } from './frame.ts'

/** Events for one client or many that belong together: encoded once, and written by one system call. */
export class FrameGroup {
  readonly #frames: Frame[]
  #jsonLength = 0
  #socketIo: Buffer | undefined
  #native: Buffer | undefined

  /** @param frames in memory of their own. */
  constructor(frames: readonly Frame[]) {
    this.#frames = [...frames]
    for (const { jsonLength } of frames) this.#jsonLength += jsonLength
  }

  get frames(): readonly Frame[] {
    return this.#frames
  }

  /** Bytes of JSON of all of them. */
  get jsonLength(): number {
    return this.#jsonLength
  }

  copy(): FrameGroup {
    return new FrameGroup(this.#frames)
  }

  /** Puts further events behind these. */
  add({ frames, jsonLength }: FrameGroup): void {
    for (const frame of frames) this.#frames.push(frame)
    this.#jsonLength += jsonLength
    this.#socketIo = undefined
    this.#native = undefined
  }

  /** The whole WebSocket frames for Socket.IO clients, one after the other. */
  socketIoFrames(): Buffer {
    this.#socketIo ??= Buffer.concat(this.#frames.map((frame) => frame.socketIoFrame()))
    return this.#socketIo
  }

  /** The whole WebSocket frames for native clients, one after the other. */
  nativeFrames(): Buffer {
    this.#native ??= Buffer.concat(this.#frames.map((frame) => frame.nativeFrame()))
    return this.#native
  }
}
