/** Asks for a part of the page to be drawn anew. */
export type Invalidate = () => void

/** Draws each part of the page at most once an animation frame, and only when something of it changed. */
export class FrameLoop {
  readonly #dirty = new Set<(nowMs: number) => void>()
  #isRequested = false

  /** Names a part; `draw` gets the time of the frame, on the clock of `performance.now()`. */
  part(draw: (nowMs: number) => void): Invalidate {
    return () => {
      this.#dirty.add(draw)
      if (this.#isRequested) return
      this.#isRequested = true
      requestAnimationFrame((nowMs) => this.#draw(nowMs))
    }
  }

  #draw(nowMs: number): void {
    this.#isRequested = false
    const parts = [...this.#dirty]
    this.#dirty.clear()
    for (const draw of parts) draw(nowMs)
  }
}
