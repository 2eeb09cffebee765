import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
import type { ProducerTask } from '../protocol/port-messages.ts'
import { type Every, everyAlone } from '../telemetry/pulse.ts'

/** Runs one producer until it ends; rejects when it dies. Aborting ends its thread without clean-up. */
export type RunProducer = (task: ProducerTask, signal: AbortSignal) => Promise<void>

/** Time between two looks at the memory of the threads, ms; each interrupts all of them. */
const LOOK_MS = 500
/** Where V8 itself ends a thread, as a multiple of the limit: for what grows too fast to be seen in time. */
const HEAP_LIMIT_FACTOR = 3
/**
 * What a thread has taken, as a multiple of the limit, when it certainly holds more than the limit. The rest may be
 * garbage: V8 collects at the latest halfway between what is held and its own limit, (1 + 3) / 2.
 */
const TAKEN_FACTOR = 2
const BYTES_PER_MB = 1024 * 1024

export interface ThreadPoolOptions {
  readonly maxThreads: number
  /** Memory that one thread may hold, its heap and buffers together, MiB; one that holds more is ended. */
  readonly maxThreadMb: number
  /** Told when a thread fails that runs no producer. */
  readonly onError: (error: Error) => void
  /** Default: a timer of its own. */
  readonly every?: Every
}

/**
 * The threads of the producers: each is one task that lasts as long as its producer.
 *
 * `atomics: 'async'`, because with the default a thread that waits for tasks is frozen, and its timers with it.
 */
export class ThreadPool {
  readonly #pool: Piscina<ProducerTask, void>

  readonly #maxThreadMb: number
  readonly #stopLooking: () => void

  constructor({ maxThreads, maxThreadMb, onError, every = everyAlone }: ThreadPoolOptions) {
    this.#maxThreadMb = maxThreadMb
    this.#pool = new Piscina({
      filename: workerFile('market.worker'),
      minThreads: 0,
      maxThreads,
      concurrentTasksPerWorker: 1,
      // A thread ends with its producer's life: what it left running must not meet the next one.
      idleTimeout: 0,
      atomics: 'async',
      resourceLimits: { maxOldGenerationSizeMb: maxThreadMb * HEAP_LIMIT_FACTOR }
    })
    // A thread that fails beside its task; the task's own failure reaches whoever runs it.
    this.#pool.on('error', onError)
    this.#stopLooking = every(LOOK_MS, () => this.#look())
  }

  readonly run: RunProducer = (task, signal) =>
    this.#pool.run(task, { transferList: [task.port as never], signal: signal as never })

  async stop(): Promise<void> {
    this.#stopLooking()
    await this.#pool.destroy()
  }

  /**
   * Ends threads that take too much memory. V8's own limit is not enough: it knows nothing of buffers, and an
   * allocation that is large in itself, such as the growth of a map, ends the whole process when it meets that limit.
   */
  #look(): void {
    for (const worker of this.#pool.threads) {
      // Answered in the middle of a busy loop, too; rejects when the thread is gone.
      worker.getHeapStatistics().then(
        ({ used_heap_size, external_memory }) => {
          const usedMb = Math.round((used_heap_size + external_memory) / BYTES_PER_MB)
          if (usedMb <= this.#maxThreadMb * TAKEN_FACTOR || !this.#pool.threads.includes(worker)) return
          // As if the thread had failed of it: the pool ends the thread, and its task with this error.
          worker.emit('error', new Error(`took ${usedMb} MiB of memory and holds more than ${this.#maxThreadMb}`))
        },
        () => undefined
      )
    }
  }
}

/** The file of a thread or a task below `workers`, from the sources and from the compiled package alike. */
export function workerFile(name: string): string {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  return fileURLToPath(new URL(`../../workers/${name}.${extension}`, import.meta.url))
}
