import { MessageChannel, type MessagePort } from 'node:worker_threads'
import type { Cause, Quality } from '../protocol/feed-message.ts'
import type { Beat, DeriveTask, OutboxTotals, ProducerTask } from '../protocol/port-messages.ts'
import type { ProducerSpec } from '../protocol/producer-spec.ts'
import { ProducerCommands } from './commands.ts'
import { LifeSigns } from './life-signs.ts'
import { LifeTotals } from './life-totals.ts'
import type { RunProducer } from './thread-pool.ts'

export type ProducerState = 'starting' | 'holding' | 'running' | 'silent' | 'restarting' | 'finished' | 'stopped'

/** What a life of the producer is connected to; made anew for each life. */
export interface LifeConnection {
  /** Credit of what was taken in and not sent, or keeps its feed waiting, messages. */
  owedCredit(): number
  close(): void
}

export interface ProducerOptions {
  readonly spec: ProducerSpec
  readonly run: RunProducer
  /** First credit of each life, messages. */
  readonly credit: number
  readonly derive: DeriveTask
  /** True when the feed has closed all its channels itself: quiet is what it should be. */
  readonly isSessionClosed: () => boolean
  /** A running producer that sends nothing for longer is silent, ms; 0 for never. */
  readonly staleMs: number
  /** A producer whose thread shows no life for longer is hung, ms. */
  readonly hangMs: number
  /** Connects the main thread's end of the port to ingest. */
  readonly connect: (producer: Producer, epoch: string, port: MessagePort, commands: ProducerCommands) => LifeConnection
  /** The channels of the producer changed their quality; those that were silent when it is `live`. */
  readonly onQuality: (source: string, quality: Quality, cause: Cause) => void
  readonly log: (level: 'info' | 'warn' | 'error', text: string) => void
  /** Monotonic clock, ms. */
  readonly now: () => number
}

const BACKOFF_MS = { first: 250, most: 5_000 } as const
/** Time a producer has to stop when asked, ms. */
const STOP_MS = 1_500

interface Life {
  readonly epoch: string
  readonly commands: ProducerCommands
  readonly connection: LifeConnection
  readonly abort: AbortController
  readonly ended: Promise<void>
}

/** One producer through all its lives: starts it, watches it, and starts it again when it dies or hangs. */
export class Producer {
  readonly spec: ProducerSpec
  readonly #options: ProducerOptions
  readonly #signs: LifeSigns
  readonly #totals = new LifeTotals()
  #state: ProducerState = 'starting'
  #sinceTime = Date.now()
  #life: Life | undefined
  #epochs = 0
  #restartTimer: NodeJS.Timeout | undefined
  #threadId: number | undefined
  #toldMs = 0
  #failuresInARow = 0
  #isReleased = false
  #isStopping = false
  #lastError: string | null = null

  constructor(options: ProducerOptions) {
    this.#options = options
    this.#signs = new LifeSigns(options.now)
    this.spec = options.spec
  }

  get state(): ProducerState {
    return this.#state
  }

  /** When the present state began, ms since the Unix epoch. */
  get sinceTime(): number {
    return this.#sinceTime
  }

  /** The thread of its present or last life; `undefined` before its feed was opened. */
  get threadId(): number | undefined {
    return this.#threadId
  }

  get epoch(): string {
    return this.#life?.epoch ?? ''
  }

  get restarts(): number {
    return Math.max(0, this.#epochs - 1)
  }

  get lastError(): string | null {
    return this.#lastError
  }

  /** False until the first batch of this life: open, but nothing has come yet. */
  get hasDelivered(): boolean {
    return this.#signs.hasDelivered
  }

  /** How long the newest batch took from its thread to here, ms; `undefined` before the first of this life. */
  get lagMs(): number | undefined {
    return this.#signs.lagMs
  }

  /** Credit of a life when all of it was given back, messages. */
  get credit(): number {
    return this.#options.credit
  }

  /** Credit of what was taken in and not sent, or keeps its feed waiting, messages. */
  get owedCredit(): number {
    return this.#life?.connection.owedCredit() ?? 0
  }

  /** When `totals` were told last, monotonic ms. */
  get toldMs(): number {
    return this.#toldMs
  }

  /** Totals over all lives. */
  get totals(): OutboxTotals {
    return this.#totals.all
  }

  start(): void {
    const { spec, run, credit, derive, connect } = this.#options
    const epoch = `${Date.now().toString(36)}-${this.#epochs.toString(36)}-${spec.name}`
    const { port1, port2 } = new MessageChannel()
    const commands = new ProducerCommands(port1)
    const connection = connect(this, epoch, port1, commands)
    const abort = new AbortController()
    this.#epochs += 1
    this.#signs.begin()
    this.#enter('starting')
    const task: ProducerTask = { spec, epoch, port: port2 as never, credit, derive }
    const ended = run(task, abort.signal).then(
      () => this.#onFailed(life, 'producer_dead', 'the thread ended before its feed did'),
      (error: unknown) => this.#onFailed(life, 'producer_dead', textOf(error))
    )
    const life: Life = { epoch, commands, connection, abort, ended }
    this.#life = life
    if (this.#isReleased) commands.release()
  }

  /** Lets a held replay begin; later lives are not held. */
  release(): void {
    if (this.#isReleased) return
    this.#isReleased = true
    this.#life?.commands.release()
    if (this.#state === 'holding') this.#enter('running')
  }

  /** Tells of channels on demand that somebody wants them, or nobody does any more; a later life must be told again. */
  setInterest(channels: readonly string[], isWanted: boolean): void {
    this.#life?.commands.setInterest(channels, isWanted)
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    clearTimeout(this.#restartTimer)
    const life = this.#life
    if (life !== undefined) {
      life.commands.stop()
      const timer = setTimeout(() => life.abort.abort(), STOP_MS)
      await life.ended
      clearTimeout(timer)
    }
    this.#enter('stopped')
  }

  /**
   * Ends the present life, whatever it does, and begins a new one as after a failure; a feed that has finished begins
   * again, too.
   *
   * @returns false when the producer was stopped for good.
   */
  restart(reason: string): boolean {
    if (this.#isStopping) return false
    clearTimeout(this.#restartTimer)
    const life = this.#life
    if (life !== undefined) {
      this.#close(life)
      life.abort.abort()
    }
    this.#failuresInARow = 0
    this.#startAgain('producer_restarted', reason, BACKOFF_MS.first)
    return true
  }

  /** Looks for a hung thread and a silent source; call a few times a second. */
  watch(): void {
    const { hangMs, staleMs } = this.#options
    const life = this.#life
    if (life === undefined) return
    if (this.#signs.isHung(hangMs)) {
      this.#onFailed(life, 'producer_hung', `the thread showed no life for ${hangMs} ms`)
      return
    }
    const isQuiet = staleMs > 0 && this.#signs.isQuiet(staleMs)
    if (this.#state === 'running' && isQuiet && !this.#options.isSessionClosed()) {
      this.#enter('silent')
      this.#options.onQuality(this.spec.name, 'stale', 'venue_silent')
    }
  }

  onOpened(threadId: number): void {
    this.#threadId = threadId
    const isHeld = this.spec.feed === 'replay' && this.spec.hold && !this.#isReleased
    this.#signs.onOpened()
    this.#enter(isHeld ? 'holding' : 'running')
  }

  /** @param ingestTime when its thread took in the newest message of the batch, ms since the Unix epoch. */
  onBatch(ingestTime: number): void {
    this.#signs.onBatch(ingestTime)
    if (this.#state !== 'silent') return
    this.#enter('running')
    this.#options.onQuality(this.spec.name, 'live', 'none')
  }

  onBeat(beat: Beat): void {
    this.#signs.onBeat()
    this.#toldMs = this.#options.now()
    this.#totals.note(beat)
  }

  onLog(level: 'info' | 'warn', text: string): void {
    this.#options.log(level, `${this.spec.name}: ${text}`)
  }

  /** Everything of this life was taken in; its thread waits for the port to be closed, and ends. */
  onFinished(totals: OutboxTotals): void {
    this.#totals.note(totals)
    this.#enter('finished')
    this.#options.onQuality(this.spec.name, 'closed', 'session_closed')
    if (this.#life !== undefined) this.#close(this.#life)
  }

  #onFailed(life: Life, cause: Cause, reason: string): void {
    if (this.#life !== life) return
    this.#close(life)
    life.abort.abort()
    if (this.#isStopping) return
    this.#failuresInARow = this.#signs.wasHealthy ? 0 : this.#failuresInARow + 1
    const waitMs = Math.min(BACKOFF_MS.first * 2 ** this.#failuresInARow, BACKOFF_MS.most)
    this.#startAgain(cause, reason, waitMs)
  }

  #startAgain(cause: Cause, reason: string, waitMs: number): void {
    this.#lastError = reason
    this.#options.onQuality(this.spec.name, 'stale', cause)
    this.#enter('restarting')
    const level = cause === 'producer_restarted' ? 'warn' : 'error'
    this.#options.log(level, `${this.spec.name}: ${cause}: ${reason}; starts again in ${waitMs} ms`)
    this.#restartTimer = setTimeout(() => this.start(), waitMs)
  }

  #close(life: Life): void {
    this.#life = undefined
    life.connection.close()
    this.#totals.endLife()
  }

  #enter(state: ProducerState): void {
    if (this.#state !== state) this.#sinceTime = Date.now()
    this.#state = state
  }
}

/** Why a thread failed; a producer may throw what is no error, or nothing at all. */
function textOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
