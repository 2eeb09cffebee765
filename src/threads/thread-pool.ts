import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
import type { ProducerTask } from '../protocol/port-messages.ts'

/** Runs one producer until it ends; rejects when it dies. Aborting ends its thread without clean-up. */
export type RunProducer = (task: ProducerTask, signal: AbortSignal) => Promise<void>

/**
 * The threads of the producers: each is one task that lasts as long as its producer.
 *
 * `atomics: 'async'`, because with the default a thread that waits for tasks is frozen, and its timers with it.
 */
export class ThreadPool {
  readonly #pool: Piscina<ProducerTask, void>

  constructor(maxThreads: number, onError: (error: Error) => void) {
    this.#pool = new Piscina({
      filename: workerFile('market.worker'),
      minThreads: 0,
      maxThreads,
      concurrentTasksPerWorker: 1,
      idleTimeout: Number.POSITIVE_INFINITY,
      atomics: 'async'
    })
    // A thread that fails beside its task; the task's own failure reaches whoever runs it.
    this.#pool.on('error', onError)
  }

  readonly run: RunProducer = (task, signal) =>
    this.#pool.run(task, { transferList: [task.port as never], signal: signal as never })

  async stop(): Promise<void> {
    await this.#pool.destroy()
  }
}

/** The file of a thread, from the sources and from the compiled package alike. */
function workerFile(name: string): string {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  return fileURLToPath(new URL(`../../workers/${name}.${extension}`, import.meta.url))
}
