import type { Connection } from '../../../src/gateway/connection.ts'
import type { Frame } from '../../../src/gateway/frame.ts'
import type { FrameGroup } from '../../../src/gateway/frame-group.ts'
import type { Handed } from '../../../src/gateway/wire.ts'
import type { CodeName } from '../../../src/protocol/codes.ts'
import type { Update } from '../../../src/protocol/server-events.ts'
import { jsonIn } from './frames.ts'

/** A client that reads as fast as it is told to, and keeps what it got. */
export class FakeConnection implements Connection {
  readonly id: string
  readonly door = 'websocket'
  readonly address: string
  readonly transport = 'websocket'
  readonly wire = undefined
  readonly clearHandle = undefined
  readonly events: (readonly [name: string, ...payload: unknown[]])[] = []
  readonly closings: CodeName[] = []
  /** How many events each group had. */
  readonly groups: number[] = []
  takenBytes = 0
  #backlogBytes = 0
  /** Told of every frame, e.g. to let the backlog grow with it. */
  onFrame: (frame: Frame) => void = () => undefined

  constructor(id = 'fake', address = '127.0.0.1') {
    this.id = id
    this.address = address
  }

  /** What the client lets pile up: set by the test. What it falls by was read. */
  get backlogBytes(): number {
    return this.#backlogBytes
  }

  set backlogBytes(bytes: number) {
    this.takenBytes += Math.max(0, this.#backlogBytes - bytes)
    this.#backlogBytes = bytes
  }

  send(frame: Frame, next?: Frame): Handed {
    for (const one of next === undefined ? [frame] : [frame, next]) {
      this.events.push(jsonIn(one.nativeFrame()) as [string, ...unknown[]])
      this.onFrame(one)
    }
    return this.backlogBytes === 0 ? 'taken' : 'copied'
  }

  sendAll({ frames }: FrameGroup): void {
    this.groups.push(frames.length)
    for (const frame of frames) this.send(frame)
  }

  close(code: CodeName): void {
    this.closings.push(code)
  }

  /** Every update so far, in order of arrival. */
  get updates(): readonly Update[] {
    return this.events.flatMap(([name, updates]) => (name === 'updates' ? (updates as Update[]) : []))
  }

  payloadsOf<T>(event: string): readonly T[] {
    return this.events.flatMap(([name, payload]) => (name === event ? [payload as T] : []))
  }

  /** Removes and returns what came. */
  take(): FakeConnection['events'] {
    return this.events.splice(0)
  }
}
