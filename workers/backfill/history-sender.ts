import { BACKFILL_MARK, type BackfillSpan, type BackfillToMain } from '../../src/protocol/backfill.ts'
import type { Update } from '../../src/protocol/server-events.ts'

/** JSON after which a batch is full, characters. */
const BATCH_LENGTH = 128 * 1024
/** Batches under way that are not written. */
const MAX_UNWRITTEN = 8

/** An update as history takes it from a backfill. */
export type BackfilledUpdate = Pick<Update, 'channel' | 'seq' | 'exchangeTime' | 'data'>

/**
 * Sends entries for history to the main thread, in batches; no more than a few of them are under way.
 *
 * Whoever adds entries waits for `ready` now and then: what is added meanwhile is kept here.
 */
export class HistorySender {
  readonly #post: (message: BackfillToMain, transfer: [ArrayBuffer]) => void
  readonly #encoder = new TextEncoder()
  readonly #full: Uint8Array<ArrayBuffer>[] = []
  #entries: string[] = []
  #length = 0
  #unwritten = 0
  #isStopped = false
  #wake: () => void = () => undefined

  /**
   * @param post sends a message, and gives away the memory of its bytes. Shared memory would cross to history without any
   * copy, but no garbage collector counts it: threads that make little other garbage hold it for long.
   */
  constructor(post: (message: BackfillToMain, transfer: [ArrayBuffer]) => void) {
    this.#post = post
  }

  /** Batches under way that are not written. */
  get unwritten(): number {
    return this.#unwritten
  }

  add(entry: BackfilledUpdate | BackfillSpan): void {
    if (this.#isStopped) return
    const json = JSON.stringify(entry)
    this.#entries.push(json)
    this.#length += json.length + 1
    if (this.#length >= BATCH_LENGTH) this.#close()
  }

  /** Takes note that the oldest batch under way is durable. */
  written(): void {
    this.#unwritten -= 1
    this.#send()
    this.#wake()
  }

  /** Gives up what was not sent yet; nothing more is taken. */
  stop(): void {
    this.#isStopped = true
    this.#entries = []
    this.#full.length = 0
    this.#wake()
  }

  /** Resolves when a further batch would be sent at once. */
  async ready(): Promise<void> {
    while (this.#full.length > 0) await this.#change()
  }

  /** Sends what is left, and resolves when all of it is written. */
  async drained(): Promise<void> {
    if (this.#entries.length > 0) this.#close()
    while (this.unwritten > 0) await this.#change()
  }

  #close(): void {
    const text = `[${[JSON.stringify(BACKFILL_MARK), ...this.#entries].join()}]`
    this.#entries = []
    this.#length = 0
    this.#full.push(this.#encoder.encode(text))
    this.#send()
  }

  #send(): void {
    while (this.#unwritten < MAX_UNWRITTEN) {
      const bytes = this.#full.shift()
      if (bytes === undefined) return
      this.#unwritten += 1
      this.#post({ type: 'batch', bytes }, [bytes.buffer])
    }
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }
}
