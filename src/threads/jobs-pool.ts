import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { Piscina } from 'piscina'
import { workerFile } from './thread-pool.ts'

/** What the pool counts; the names are those of `src/telemetry/counters.ts`. */
export interface JobCounters {
  /** Jobs that ran to their end. */
  jobsDone: number
  /** Jobs not taken, because too many waited. */
  jobsRefused: number
  /** Jobs whose output nobody wanted any more. */
  jobsCancelled: number
  /** Jobs that threw, took too long, or whose thread died. */
  jobsFailed: number
}

export interface JobsPoolOptions {
  /** Jobs that run at once. */
  readonly maxThreads: number
  /** Jobs that may wait for a thread; one more is refused. */
  readonly maxWaiting: number
  /** A job that runs for longer is ended together with its thread, ms; Infinity for never. */
  readonly timeoutMs: number
  /** Heap beyond which V8 ends a thread, MiB. */
  readonly maxHeapMb: number
  readonly counters: JobCounters
  /** Told when a thread fails that runs no job. */
  readonly onError: (error: Error) => void
  /** The file of a job; by default `workers/tasks/<name>.task.ts`. */
  readonly fileOf?: (name: string) => string
}

/** What each job takes and gives, by name. */
type JobTypes<Table> = { readonly [Name in keyof Table]: { readonly input: unknown; readonly output: unknown } }

/** A job that is talked with while it runs. */
export interface Conversation<Output> {
  /** The other end of the job's `port`; closed when the job ends. */
  readonly port: MessagePort
  readonly output: Promise<Output>
}

/** How a job is run, where it differs from others. */
interface JobTerms {
  readonly timeoutMs: number
  readonly transfer?: readonly MessagePort[]
}

interface WaitingJob {
  readonly start: () => void
  readonly reject: (error: Error) => void
}

/** A thread without a job is ended after so long, ms. */
const IDLE_MS = 60_000

/**
 * Short work of a millisecond and more, off the main thread: one file in `workers/tasks` for each kind.
 *
 * Jobs wait here and not in the pool's own queue, since only here is it known which have begun: one that waits is
 * cancelled at the cost of nothing, while one that runs is let finish, unheard. Ending its thread would cost more than
 * any job, and clients that come and go could keep the pool busy starting threads.
 *
 * Long work is the exception: `converse` begins a job that tells of itself, and is told to end, over a port.
 */
export class JobsPool<Table extends JobTypes<Table>> {
  readonly #options: JobsPoolOptions
  readonly #pool: Piscina<unknown, unknown>
  readonly #waiting = new Set<WaitingJob>()
  #running = 0
  #isStopped = false

  constructor(options: JobsPoolOptions) {
    this.#options = options
    this.#pool = new Piscina({
      minThreads: 0,
      maxThreads: options.maxThreads,
      concurrentTasksPerWorker: 1,
      idleTimeout: IDLE_MS,
      resourceLimits: { maxOldGenerationSizeMb: options.maxHeapMb }
    })
    this.#pool.on('error', options.onError)
  }

  /** Jobs that wait for a thread. */
  get waiting(): number {
    return this.#waiting.size
  }

  /** Jobs that have a thread, those included whose output nobody wants any more. */
  get running(): number {
    return this.#running
  }

  /**
   * Offers a job; it never waits for a place.
   *
   * @returns `undefined` when it is refused, because too many wait; else its output. That rejects with the reason of the
   * signal as soon as it is aborted, and with the job's error when it fails.
   */
  offer<Name extends keyof Table & string>(
    name: Name,
    input: Table[Name]['input'],
    signal?: AbortSignal
  ): Promise<Table[Name]['output']> | undefined {
    if (this.#isFull()) return undefined
    return this.#accept(name, input, { timeoutMs: this.#options.timeoutMs }, signal)
  }

  /**
   * Offers a job whose input has one end of a channel as `port`; what either end posts before the other listens, waits.
   *
   * It may take as long as it likes: who talks with it knows whether it gets on, and asks it to end. `stop` ends it anyhow.
   *
   * @returns `undefined` when it is refused, because too many wait.
   */
  converse<Name extends keyof Table & string>(
    name: Name,
    input: Omit<Table[Name]['input'], 'port'>
  ): Conversation<Table[Name]['output']> | undefined {
    if (this.#isFull()) return undefined
    const { port1: port, port2 } = new MessageChannel()
    const terms = { timeoutMs: Number.POSITIVE_INFINITY, transfer: [port2] }
    const output = this.#accept(name, { ...input, port: port2 }, terms, undefined).finally(() => port.close())
    return { port, output }
  }

  /** Ends all jobs and threads. */
  async stop(): Promise<void> {
    this.#isStopped = true
    for (const job of this.#waiting) job.reject(new Error('the server stops'))
    this.#waiting.clear()
    await this.#pool.destroy()
  }

  /** Says whether one more job cannot be taken, and counts it then. */
  #isFull(): boolean {
    const { maxThreads, maxWaiting, counters } = this.#options
    const isFull = this.#isStopped || (this.#running >= maxThreads && this.#waiting.size >= maxWaiting)
    if (isFull) counters.jobsRefused += 1
    return isFull
  }

  #accept(name: string, input: unknown, terms: JobTerms, signal: AbortSignal | undefined): Promise<unknown> {
    const { maxThreads, counters } = this.#options
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    const onAbort = () => {
      this.#waiting.delete(job)
      counters.jobsCancelled += 1
      reject(signal?.reason)
    }
    const start = () => {
      this.#running += 1
      this.#run(name, input, terms)
        .then(resolve, reject)
        .finally(() => this.#next())
    }
    const job: WaitingJob = { start, reject }
    if (signal?.aborted === true) onAbort()
    else if (this.#running < maxThreads) start()
    else this.#waiting.add(job)
    signal?.addEventListener('abort', onAbort, { once: true })
    return promise.finally(() => signal?.removeEventListener('abort', onAbort))
  }

  /** Runs a job to its end, or to the end of its time. */
  async #run(name: string, input: unknown, { timeoutMs, transfer = [] }: JobTerms): Promise<unknown> {
    const { counters, fileOf = taskFile } = this.#options
    const overdue = new AbortController()
    // A timer takes no time without end.
    const timer = timeoutMs === Number.POSITIVE_INFINITY ? undefined : setTimeout(() => overdue.abort(), timeoutMs)
    try {
      const filename = fileOf(name)
      const transferList = [...transfer] as never[]
      const output = await this.#pool.run(input, { filename, signal: overdue.signal as never, transferList })
      counters.jobsDone += 1
      return output
    } catch (cause) {
      counters.jobsFailed += 1
      const reason = overdue.signal.aborted ? `took longer than ${timeoutMs} ms and was ended` : 'failed'
      throw new Error(`job ${name} ${reason}`, { cause })
    } finally {
      clearTimeout(timer)
    }
  }

  #next(): void {
    this.#running -= 1
    const [job] = this.#waiting
    if (job === undefined || this.#isStopped) return
    this.#waiting.delete(job)
    job.start()
  }
}

function taskFile(name: string): string {
  return workerFile(`tasks/${name}.task`)
}
