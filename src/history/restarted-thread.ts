import type { HistoryToMain, MainToHistory } from './history-messages.ts'

/** The thread as the main thread sees it; a `Worker` is one. */
export interface HistoryThread {
  postMessage(message: MainToHistory): void
  on(event: 'message', listener: (message: HistoryToMain) => void): unknown
  on(event: 'error', listener: (error: unknown) => void): unknown
  on(event: 'exit', listener: (exitCode: number) => void): unknown
  terminate(): Promise<unknown>
}

export interface RestartedThreadOptions {
  readonly startThread: () => HistoryThread
  /** A thread was started; it takes messages at once. */
  readonly onStarted: () => void
  readonly onMessage: (message: HistoryToMain) => void
  /** The thread ended unasked. @returns true when another shall be started. */
  readonly onDeath: (reason: string) => boolean
}

/** Time until a thread that died is started again; doubles with each death in a row, ms. */
const BACKOFF_MS = { first: 250, most: 5_000 } as const

/** A thread through all its lives. */
export class RestartedThread {
  readonly #options: RestartedThreadOptions
  #thread: HistoryThread | undefined
  #deathsInARow = 0
  #restartTimer: NodeJS.Timeout | undefined
  #onEnded: (() => void) | undefined

  constructor(options: RestartedThreadOptions) {
    this.#options = options
  }

  get isAlive(): boolean {
    return this.#thread !== undefined
  }

  start(): void {
    clearTimeout(this.#restartTimer)
    const thread = this.#options.startThread()
    this.#thread = thread
    let failure: unknown
    thread.on('message', (message) => this.#options.onMessage(message))
    thread.on('error', (error) => {
      failure = error
    })
    thread.on('exit', (exitCode) => {
      this.#thread = undefined
      if (this.#onEnded !== undefined) this.#onEnded()
      else this.#onDeath(failure instanceof Error ? failure.message : String(failure ?? `exit code ${exitCode}`))
    })
    this.#options.onStarted()
  }

  /** Sends a message to the thread, if there is one. */
  post(message: MainToHistory): void {
    this.#thread?.postMessage(message)
  }

  /** The thread does its work: should it die now, the next one is started without long delay. */
  noteHealth(): void {
    this.#deathsInARow = 0
  }

  /** Asks the thread to end, and ends it when that takes too long. There is no further one. */
  async stop(timeoutMs: number): Promise<void> {
    clearTimeout(this.#restartTimer)
    const thread = this.#thread
    if (thread === undefined) return
    const ended = new Promise<void>((resolve) => {
      this.#onEnded = resolve
    })
    thread.postMessage({ type: 'stop' })
    const timer = setTimeout(() => void thread.terminate(), timeoutMs)
    await ended
    clearTimeout(timer)
  }

  #onDeath(reason: string): void {
    if (!this.#options.onDeath(reason)) return
    const waitMs = Math.min(BACKOFF_MS.first * 2 ** this.#deathsInARow, BACKOFF_MS.most)
    this.#deathsInARow += 1
    this.#restartTimer = setTimeout(() => this.start(), waitMs)
  }
}
