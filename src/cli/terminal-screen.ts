import type { WriteStream } from 'node:tty'

const ENTER = '\x1b[?1049h\x1b[?25l'
const LEAVE = '\x1b[?25h\x1b[?1049l'
const HOME = '\x1b[H'
const CLEAR_LINE_END = '\x1b[K'
const CLEAR_BELOW = '\x1b[J'

const FRAME_INTERVAL_MS = 100

/**
 * Redraws a full screen at most ten times a second, on the terminal's second screen, so that what stood there before
 * comes back afterwards.
 */
export class TerminalScreen {
  readonly #terminal: WriteStream
  readonly #draw: () => readonly string[]
  #timer: ReturnType<typeof setInterval> | undefined

  constructor(terminal: WriteStream, draw: () => readonly string[]) {
    this.#terminal = terminal
    this.#draw = draw
  }

  start(): void {
    this.#terminal.write(ENTER)
    this.#timer = setInterval(() => this.#redraw(), FRAME_INTERVAL_MS)
    this.#redraw()
  }

  /** Gives the terminal back. */
  stop(): void {
    clearInterval(this.#timer)
    this.#terminal.write(LEAVE)
  }

  #redraw(): void {
    // A terminal that is slow to read skips frames; what it then shows is the newest all the same.
    if (this.#terminal.writableNeedDrain) return
    const lines = this.#draw().map((line) => line + CLEAR_LINE_END)
    this.#terminal.write(HOME + lines.join('\r\n') + CLEAR_BELOW)
  }
}
