import type { Frame } from './frame.ts'

/** Events for one client or many that belong together: encoded once, and written by one system call. */
export class FrameGroup {
  readonly frames: readonly Frame[]
  #socketIo: Buffer | undefined
  #native: Buffer | undefined

  /** @param frames in memory of their own. */
  constructor(frames: readonly Frame[]) {
    this.frames = frames
  }

  /** The whole WebSocket frames for Socket.IO clients, one after the other. */
  socketIoFrames(): Buffer {
    this.#socketIo ??= Buffer.concat(this.frames.map((frame) => frame.socketIoFrame()))
    return this.#socketIo
  }

  /** The whole WebSocket frames for native clients, one after the other. */
  nativeFrames(): Buffer {
    this.#native ??= Buffer.concat(this.frames.map((frame) => frame.nativeFrame()))
    return this.#native
  }
}
