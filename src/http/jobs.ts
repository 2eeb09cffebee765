import type { IndicatorJob, IndicatorSeries } from '../market/indicator-series.ts'
import type { BookJob } from '../market/order-book-present.ts'
import type { ResampleJob } from '../market/resample.ts'
import type { FilledPage } from '../market/resample-fill.ts'
import { HttpProblem } from './problems.ts'

/**
 * Work that routes leave to other threads, by the name of its file in `workers/tasks`.
 *
 * One rule whatever the size of a request: what sums up decimals, walks a calendar, computes indicators or parses a book
 * is a job. A large one takes tens of milliseconds, in which the main thread could send nothing; a small one loses some
 * tenths of a millisecond on the way. What only passes stored entries on is no job, since the way would cost more.
 */
export interface JobTable {
  readonly resample: { readonly input: ResampleJob; readonly output: FilledPage }
  readonly indicator: { readonly input: IndicatorJob; readonly output: IndicatorSeries }
  readonly book: { readonly input: BookJob; readonly output: string }
}

/** Runs jobs; the pool of `src/threads` is one. */
export interface Jobs {
  /**
   * Offers a job.
   *
   * @returns `undefined` when too many wait already; else its output, or the reason of the signal, or why it failed.
   */
  offer<Name extends keyof JobTable>(
    name: Name,
    input: JobTable[Name]['input'],
    signal: AbortSignal
  ): Promise<JobTable[Name]['output']> | undefined
}

/**
 * The output of a job, for a client that waits for it.
 *
 * @throws HttpProblem `busy`, or `cancelled` when the client is gone.
 */
export async function runJob<Name extends keyof JobTable>(
  jobs: Jobs,
  name: Name,
  input: JobTable[Name]['input'],
  signal: AbortSignal
): Promise<JobTable[Name]['output']> {
  const output = jobs.offer(name, input, signal)
  if (output === undefined) {
    throw new HttpProblem('busy', 'As many computations wait as may. Ask again in a second, or for a shorter range')
  }
  return output.catch((error: unknown) => Promise.reject(signal.aborted ? abandoned(error) : error))
}

function abandoned(cause: unknown): HttpProblem {
  return new HttpProblem('cancelled', 'The client has closed its request', { cause })
}
