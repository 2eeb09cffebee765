/** Runs something again and again, `ms` apart, until the function that it gives is called. Keeps no process alive. */
export type Every = (ms: number, run: () => void) => () => void

/** Time between two beats, ms. */
const PULSE_MS = 100

interface Task {
  readonly beats: number
  left: number
  readonly run: () => void
}

/** With a timer of its own. */
export const everyAlone: Every = (ms, run) => {
  const timer = setInterval(run, ms).unref()
  return () => clearInterval(timer)
}

/**
 * One timer for what the main thread does periodically: each wake-up of an idle process costs several times what there
 * is to do, so all of it is done at the same moments, in the order in which it was asked for.
 */
export class Pulse {
  readonly #tasks = new Set<Task>()
  #stop: (() => void) | undefined

  /** Shares the timer when `ms` is a multiple of 100; else with a timer of its own. */
  readonly every: Every = (ms, run) => {
    if (ms % PULSE_MS !== 0) return everyAlone(ms, run)
    const beats = ms / PULSE_MS
    const task = { beats, left: beats, run }
    this.#tasks.add(task)
    this.#stop ??= everyAlone(PULSE_MS, () => this.#beat())
    return () => {
      this.#tasks.delete(task)
      if (this.#tasks.size > 0) return
      this.#stop?.()
      this.#stop = undefined
    }
  }

  #beat(): void {
    for (const task of this.#tasks) {
      task.left -= 1
      if (task.left > 0) continue
      task.left = task.beats
      task.run()
    }
  }
}
