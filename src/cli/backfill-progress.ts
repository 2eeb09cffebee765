import type { WriteStream } from 'node:tty'
import type { BackfillProgress } from '../protocol/backfill.ts'

const TERMINAL_INTERVAL_MS = 200
/** Into a log file a line now and then is enough. */
const LOG_INTERVAL_MS = 5_000
const CLEAR_LINE = '\r\x1b[K'
const BAR_WIDTH = 24
const BYTES_PER_MB = 1_000_000

/** Where progress is told; `process.stderr` is one. */
export type ProgressOutput = Pick<WriteStream, 'write'> & { readonly isTTY?: boolean; readonly columns?: number }

/** Tells how a backfill goes: a bar on a terminal, else a line now and then. */
export class BackfillBar {
  readonly #totalBytes: number
  readonly #output: ProgressOutput
  readonly #isTerminal: boolean
  readonly #startedMs = performance.now()
  #progress: BackfillProgress = { bytes: 0, lines: 0, trades: 0 }
  #timer: ReturnType<typeof setInterval> | undefined

  constructor(totalBytes: number, output: ProgressOutput = process.stderr) {
    this.#totalBytes = totalBytes
    this.#output = output
    this.#isTerminal = output.isTTY === true
  }

  note(progress: BackfillProgress): void {
    this.#progress = progress
  }

  start(): void {
    this.#timer = setInterval(() => this.#draw(), this.#isTerminal ? TERMINAL_INTERVAL_MS : LOG_INTERVAL_MS)
  }

  /** Prints one line for the user between two states. */
  say(text: string): void {
    this.#output.write(`${this.#isTerminal ? CLEAR_LINE : ''}${text}\n`)
  }

  /** Takes the bar away. */
  stop(): void {
    clearInterval(this.#timer)
    if (this.#isTerminal) this.#output.write(CLEAR_LINE)
  }

  #draw(): void {
    const state = progressText(this.#progress, this.#totalBytes, performance.now() - this.#startedMs)
    if (!this.#isTerminal) this.#output.write(`${state}\n`)
    // A line that wraps could not be cleared.
    else
      this.#output.write(
        `${CLEAR_LINE}${`${bar(this.#progress.bytes / this.#totalBytes)} ${state}`.slice(0, (this.#output.columns ?? 80) - 1)}`
      )
  }
}

/** e.g. `45%, 12.3 of 27.0 MB, 123,456 trades, 41,152 trades/s, 4 s left`. */
export function progressText({ bytes, trades }: BackfillProgress, totalBytes: number, elapsedMs: number): string {
  const done = share(bytes / totalBytes)
  const perSecond = Math.round((trades * 1_000) / Math.max(1, elapsedMs))
  const leftMs = done === 0 ? undefined : (elapsedMs * (1 - done)) / done
  return [
    `${Math.floor(done * 100)}%`,
    `${megabytes(bytes)} of ${megabytes(totalBytes)} MB`,
    `${trades.toLocaleString('en')} trades`,
    `${perSecond.toLocaleString('en')} trades/s`,
    ...(leftMs === undefined ? [] : [`${timeText(leftMs)} left`])
  ].join(', ')
}

/** `12 s`, `3 min 5 s`, `2 h 10 min`. */
function timeText(ms: number): string {
  const seconds = Math.round(ms / 1_000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** Between 0 and 1, also where a file grows meanwhile, or holds nothing. */
function share(part: number): number {
  return Number.isFinite(part) ? Math.min(1, part) : 0
}

function bar(part: number): string {
  const full = Math.round(share(part) * BAR_WIDTH)
  return `[${'#'.repeat(full)}${'-'.repeat(BAR_WIDTH - full)}]`
}

function megabytes(bytes: number): string {
  return (bytes / BYTES_PER_MB).toFixed(1)
}
