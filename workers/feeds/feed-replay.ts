import type { ChannelDeclaration, FeedMessage, QualityMessage } from '../../src/protocol/feed-message.ts'
import type { ReplaySpec } from '../../src/protocol/producer-spec.ts'
import type { Feed, FeedContext } from './feed.ts'
import { type LineChunk, readLines } from './replay/file-lines.ts'
import type { Normaliser } from './replay/normaliser.ts'
import { Pacer } from './replay/pacer.ts'
import { type ReplayClock, SYSTEM_CLOCK } from './replay/replay-clock.ts'
import { inspectFiles, type SessionFile, SessionNormalisers, scanChannels } from './replay/session-files.ts'

/** Most recorded lines in one batch. */
export const BATCH_LINE_LIMIT = 256
/** Input errors told to the operator one by one; further ones are only counted. */
export const REPORTED_ERROR_LIMIT = 5

/** A feed of recorded sessions. */
export interface ReplayFeed extends Feed {
  /** Lines that could not be used, and files that broke off, so far. */
  readonly inputErrors: number
  /** Lines played so far. */
  readonly lineCount: number
  /** Bytes of the files read so far, as they are on disk. */
  readonly byteCount: number
}

/**
 * Makes a feed that plays recorded files as one session, in the rhythm they were recorded in, times `spec.speed`.
 *
 * Files are gzip or plain, of any size and of any form in `recording-forms.ts`; what is malformed is counted, reported,
 * and left out. `spec.hold` is the producer thread's business: a feed that is not pulled does not play.
 */
export function createReplayFeed(
  spec: ReplaySpec,
  context: FeedContext,
  clock: ReplayClock = SYSTEM_CLOCK
): ReplayFeed {
  return new FileReplay(spec, context, clock)
}

class FileReplay implements ReplayFeed {
  readonly canPause = true
  readonly #spec: ReplaySpec
  readonly #context: FeedContext
  readonly #clock: ReplayClock
  readonly #pacer: Pacer
  readonly #closing = new AbortController()
  readonly #signal: AbortSignal
  #files: readonly SessionFile[] = []
  #lines: AsyncGenerator<LineChunk, void, undefined> | undefined
  /** Channels whose last quality was not `live`; the next pass must know, to make them so. */
  readonly #recovering = new Set<string>()
  #inputErrors = 0
  #messageCount = 0
  #lineCount = 0
  #byteCount = 0

  constructor(spec: ReplaySpec, context: FeedContext, clock: ReplayClock) {
    this.#spec = spec
    this.#context = context
    this.#clock = clock
    this.#pacer = new Pacer(spec.speed, clock)
    this.#signal = AbortSignal.any([context.signal, this.#closing.signal])
  }

  get inputErrors(): number {
    return this.#inputErrors
  }

  get lineCount(): number {
    return this.#lineCount
  }

  get byteCount(): number {
    return this.#byteCount
  }

  async open(): Promise<readonly ChannelDeclaration[]> {
    this.#files = await inspectFiles(this.#spec.files)
    const channels = await scanChannels(this.#files, this.#clock)
    return channels.map((channel) => ({ channel }))
  }

  async *messages(): AsyncGenerator<readonly FeedMessage[], void, undefined> {
    let isPlaying = true
    while (isPlaying) {
      const countBefore = this.#messageCount
      // A new pass knows nothing of the last one: books begin with the snapshots of the recording again.
      const normalisers = new SessionNormalisers(new Set(this.#recovering))
      this.#pacer.restart()
      yield [{ rewind: true }]
      for (const file of this.#files) yield* this.#play(file, normalisers.of(file.form))
      // A session without a message would be read again and again without a pause.
      isPlaying = this.#spec.loop && !this.#signal.aborted && this.#messageCount > countBefore
      if (!isPlaying && !this.#signal.aborted) this.#reportEnd(normalisers.ignoredCount())
    }
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#lines?.return()
  }

  async *#play(file: SessionFile, normaliser: Normaliser): AsyncGenerator<FeedMessage[], void, undefined> {
    if (this.#signal.aborted) return
    this.#lines = readLines(file.path, (bytes) => {
      this.#byteCount += bytes
    })
    for await (const { lines, firstLine, damage } of this.#lines) {
      yield* this.#playLines(file, normaliser, lines, firstLine)
      if (this.#signal.aborted) return
      this.#lineCount += lines.length
      if (damage !== undefined) this.#reportError(file, firstLine + lines.length, `the file breaks off: ${damage}`)
    }
  }

  async *#playLines(
    file: SessionFile,
    normaliser: Normaliser,
    lines: readonly string[],
    firstLine: number
  ): AsyncGenerator<FeedMessage[], void, undefined> {
    let batch: FeedMessage[] = []
    let batchEnd = BATCH_LINE_LIMIT
    for (const [index, line] of lines.entries()) {
      if (line === '' || line === '\r') continue
      const outcome = normaliser.push(line)
      if ('problem' in outcome) {
        this.#reportError(file, firstLine + index, outcome.problem)
        continue
      }
      const isEarly = this.#waitMs(outcome.receiveTimeMs) > 0
      if (batch.length > 0 && (isEarly || index >= batchEnd)) {
        yield batch
        batch = []
        batchEnd = index + BATCH_LINE_LIMIT
      }
      // Asked again, because time may have passed while the batch was taken.
      if (isEarly) await this.#clock.wait(this.#waitMs(outcome.receiveTimeMs), this.#signal)
      if (this.#signal.aborted) return
      for (const message of outcome.messages) {
        if ('quality' in message) this.#noteQuality(message)
        batch.push(message)
      }
      this.#messageCount += outcome.messages.length
    }
    if (batch.length > 0) yield batch
  }

  #waitMs(receiveTimeMs: number | undefined): number {
    return receiveTimeMs === undefined ? 0 : this.#pacer.waitMs(receiveTimeMs)
  }

  #noteQuality({ quality, channels = [] }: QualityMessage): void {
    for (const channel of channels) {
      if (quality === 'live') this.#recovering.delete(channel)
      else this.#recovering.add(channel)
    }
  }

  #reportError(file: SessionFile, line: number, problem: string): void {
    this.#inputErrors += 1
    if (this.#inputErrors > REPORTED_ERROR_LIMIT) return
    const isLast = this.#inputErrors === REPORTED_ERROR_LIMIT
    this.#context.log(
      'warn',
      `${file.path}:${line}: ${problem}${isLast ? '; further input errors are only counted' : ''}`
    )
  }

  #reportEnd(ignoredCount: number): void {
    this.#context.log(
      'info',
      `Replay finished: ${this.#messageCount} messages, ${ignoredCount} lines ignored, ${this.#inputErrors} input errors`
    )
  }
}
