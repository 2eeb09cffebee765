import { Worker } from 'node:worker_threads'

/** Heap beyond which V8 ends the thread, MiB: it holds one transaction and one answer at a time. */
const MAX_HEAP_MB = 256

/**
 * Starts the history thread.
 *
 * @param options what the thread is started with; must be cloneable.
 */
export function startHistoryThread(options: unknown): Worker {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  return new Worker(new URL(`../history/history.worker.${extension}`, import.meta.url), {
    name: 'history',
    workerData: options,
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB }
  })
}
