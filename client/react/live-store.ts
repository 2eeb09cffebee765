import type { LiveQuality } from '../feed.ts'
import type { Live } from '../live/live.ts'
import type { FrameLoop } from './frame-loop.ts'

/** What a component is given: what was right at the last frame. The same object until something changes. */
export interface Snapshot<L extends Live<unknown>> {
  readonly value: L['value']
  readonly quality: LiveQuality
  readonly gaps: number
  /** For what hooks do not have, e.g. `loadBefore` of candles; `undefined` until the component is mounted. */
  readonly live: L | undefined
}

/** Before the first. */
const NOTHING = {
  value: undefined,
  quality: { quality: 'recovering', cause: 'starting', sinceMs: 0, lastUpdateMs: undefined },
  gaps: 0,
  live: undefined
} as const

/** One live object for all components that show the same; open while at least one of them is mounted. */
export class LiveStore<L extends Live<unknown>> {
  readonly #open: () => L
  readonly #frames: FrameLoop
  readonly #onIdle: () => void
  readonly #listeners = new Set<() => void>()
  #live: L | undefined
  #snapshot: Snapshot<L> = NOTHING

  /** @param onIdle called when it was closed, because nobody shows it any more. */
  constructor(open: () => L, frames: FrameLoop, onIdle: () => void) {
    this.#open = open
    this.#frames = frames
    this.#onIdle = onIdle
  }

  readonly snapshot = (): Snapshot<L> => this.#snapshot

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    if (this.#live === undefined) {
      this.#live = this.#open()
      this.#live.onChange(() => this.#frames.mark(this.#update))
      this.#take(this.#live)
    }
    return () => {
      this.#listeners.delete(listener)
      // Not at once: a component that is mounted anew, or another one, may want it in the same frame.
      if (this.#listeners.size === 0) this.#frames.mark(this.#close)
    }
  }

  readonly #update = (): void => {
    if (this.#live === undefined) return
    this.#take(this.#live)
    for (const listener of this.#listeners) listener()
  }

  readonly #close = (): void => {
    if (this.#listeners.size > 0) return
    this.#live?.close()
    this.#live = undefined
    this.#onIdle()
  }

  #take(live: L): void {
    const { value, quality, gaps } = live
    this.#snapshot = { value, quality, gaps, live }
  }
}
