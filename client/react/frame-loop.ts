/** Calls back before the next picture is drawn; where nothing is drawn, a moment later. */
export type RequestFrame = (callback: () => void) => void

/** Where there are no frames, about as often as there would be, ms. */
const FRAME_MS = 16

/** The browser's frames. They pause while a page is hidden, and so do the updates of its components. */
const nextFrame: RequestFrame = (callback) => {
  const { requestAnimationFrame } = globalThis as { requestAnimationFrame?: RequestFrame }
  if (requestAnimationFrame === undefined) setTimeout(callback, FRAME_MS)
  else requestAnimationFrame(callback)
}

/** Does everything that changed since the last frame at once, each thing once, in the next frame. */
export class FrameLoop {
  readonly #request: RequestFrame
  #changed = new Set<() => void>()

  constructor(request: RequestFrame = nextFrame) {
    this.#request = request
  }

  /** Calls `update` in the next frame, once, however often it is marked until then. */
  mark(update: () => void): void {
    if (this.#changed.size === 0) this.#request(() => this.#run())
    this.#changed.add(update)
  }

  #run(): void {
    const changed = this.#changed
    this.#changed = new Set()
    for (const update of changed) update()
  }
}
