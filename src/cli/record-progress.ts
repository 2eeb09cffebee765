import type { RecordedEvent, RecordedUpdates } from '../protocol/recording.ts'
import { Coverage, type Gap } from './coverage.ts'
import type { RecordingFile } from './recording-file.ts'

const TERMINAL_INTERVAL_MS = 500
/** Into a log file a line now and then is enough. */
const LOG_INTERVAL_MS = 10_000
const CLEAR_LINE = '\r\x1b[K'

/** Tells on the standard error how a recording goes, and in the end what it holds and lacks. */
export class RecordProgress {
  readonly #file: RecordingFile
  readonly #coverage = new Coverage()
  readonly #startedMs = performance.now()
  readonly #output = process.stderr
  #plainEvents = 0
  #timer: ReturnType<typeof setInterval> | undefined

  constructor(file: RecordingFile) {
    this.#file = file
  }

  note(line: RecordedUpdates | RecordedEvent): void {
    if ('u' in line) for (const update of line.u) this.#coverage.note(update)
    else this.#plainEvents += 1
  }

  start(): void {
    const { isTTY } = this.#output
    this.say(`recording into ${this.#file.path}; Ctrl-C ends it`)
    this.#timer = setInterval(
      () => this.#output.write(isTTY ? CLEAR_LINE + this.#state() : `${this.#state()}\n`),
      isTTY ? TERMINAL_INTERVAL_MS : LOG_INTERVAL_MS
    )
  }

  /** Prints one line for the user between two states. */
  say(text: string): void {
    this.#output.write(`${this.#output.isTTY ? CLEAR_LINE : ''}${text}\n`)
  }

  /** Ends with the report. */
  stop(): void {
    clearInterval(this.#timer)
    this.say(`recorded ${this.#state()} into ${this.#file.path}`)
    this.say(`${this.#gapReport()}, ${count(this.#coverage.merged, 'update')} merged by the server`)
  }

  #state(): string {
    const { updates, channelCount } = this.#coverage
    const seconds = ((performance.now() - this.#startedMs) / 1_000).toFixed(1)
    const megabytes = (this.#file.bytesWritten / 1_000_000).toFixed(2)
    const plain = this.#plainEvents === 0 ? '' : ` and ${count(this.#plainEvents, 'plain event')}`
    return `${count(updates, 'update')} of ${count(channelCount, 'channel')}${plain}, ${megabytes} MB, ${seconds} s`
  }

  #gapReport(): string {
    const { gapCount, missing, gaps } = this.#coverage
    if (gapCount === 0) return 'no gaps'
    const first = gaps.map(gapText).join(', ')
    const more = gapCount > gaps.length ? ', …' : ''
    return `${count(gapCount, 'gap')} with ${count(missing, 'missing message')} (${first}${more})`
  }
}

function gapText({ channel, firstSeq, lastSeq }: Gap): string {
  return firstSeq === lastSeq ? `${channel} ${firstSeq}` : `${channel} ${firstSeq}–${lastSeq}`
}

function count(amount: number, noun: string): string {
  return `${amount.toLocaleString('en')} ${noun}${amount === 1 ? '' : 's'}`
}
