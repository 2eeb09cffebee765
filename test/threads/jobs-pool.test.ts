import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { type JobCounters, JobsPool, type JobsPoolOptions } from '../../src/threads/jobs-pool.ts'
import type { Act } from './fixtures/act.task.ts'

interface Acts {
  readonly act: { readonly input: Act; readonly output: number }
}

/** A pool of one thread with room for two that wait, unless the test says otherwise. */
function startPool(options: Partial<JobsPoolOptions> = {}) {
  const counters: JobCounters = { jobsDone: 0, jobsRefused: 0, jobsCancelled: 0, jobsFailed: 0 }
  const errors: Error[] = []
  const pool = new JobsPool<Acts>({
    maxThreads: 1,
    maxWaiting: 2,
    timeoutMs: 10_000,
    maxHeapMb: 64,
    counters,
    onError: (error) => errors.push(error),
    fileOf: (name) => fileURLToPath(new URL(`./fixtures/${name}.task.ts`, import.meta.url)),
    ...options
  })
  onTestFinished(() => pool.stop())
  const offer = (input: Act, signal?: AbortSignal) => {
    const output = pool.offer('act', input, signal)
    // A test that is over before its job is no failure.
    output?.catch(() => undefined)
    return output
  }
  return { pool, counters, errors, offer }
}

describe('The pool of jobs', () => {
  it('gives the output of each job', async () => {
    const { offer, counters } = startPool({ maxWaiting: 100 })
    const outputs = Array.from({ length: 20 }, (_, value) => offer({ act: 'answer', value }))
    expect(await Promise.all(outputs)).toEqual(Array.from({ length: 20 }, (_, value) => value))
    expect(counters).toEqual({ jobsDone: 20, jobsRefused: 0, jobsCancelled: 0, jobsFailed: 0 })
  })

  it('is idle before the first job and after the last', async () => {
    const { pool, offer } = startPool()
    expect([pool.running, pool.waiting]).toEqual([0, 0])
    await offer({ act: 'answer' })
    await vi.waitFor(() => expect(pool.running).toBe(0))
  })

  it('refuses the job that is one too many, at once, and takes the next when there is room again', async () => {
    const { pool, offer, counters } = startPool()
    const taken = [1, 2, 3].map((value) => offer({ act: 'sleep', value }))
    expect([pool.running, pool.waiting]).toEqual([1, 2])
    expect(offer({ act: 'answer' })).toBeUndefined()
    expect(counters.jobsRefused).toBe(1)
    expect(await Promise.all(taken)).toEqual([1, 2, 3])
    expect(await offer({ act: 'answer', value: 4 })).toBe(4)
  })

  it('refuses at once what finds no free thread where nothing may wait', async () => {
    const { offer } = startPool({ maxWaiting: 0 })
    const first = offer({ act: 'sleep', value: 5 })
    expect(offer({ act: 'answer' })).toBeUndefined()
    expect(await first).toBe(5)
  })

  it('runs as many jobs at once as there are threads', async () => {
    const { pool, offer } = startPool({ maxThreads: 2, maxWaiting: 1 })
    const jobs = [offer({ act: 'sleep', value: 50 }), offer({ act: 'sleep', value: 50 }), offer({ act: 'answer' })]
    expect([pool.running, pool.waiting]).toEqual([2, 1])
    await Promise.all(jobs)
  })

  it('forgets a waiting job whose client has gone, and gives its place to another', async () => {
    const { pool, offer, counters } = startPool({ maxWaiting: 1 })
    const first = offer({ act: 'sleep', value: 30 })
    const client = new AbortController()
    const second = offer({ act: 'fail' }, client.signal)
    client.abort(new Error('the client is gone'))
    await expect(second).rejects.toThrow('the client is gone')
    expect([pool.waiting, counters.jobsCancelled]).toEqual([0, 1])
    const third = offer({ act: 'answer', value: 3 })
    expect(await Promise.all([first, third])).toEqual([30, 3])
    expect(counters.jobsFailed).toBe(0)
  })

  it('does not keep the client of a running job waiting, and lets the job end on its thread', async () => {
    const { pool, offer, counters } = startPool()
    const client = new AbortController()
    const output = offer({ act: 'sleep', value: 200 }, client.signal)
    client.abort()
    await expect(output).rejects.toMatchObject({ name: 'AbortError' })
    expect(pool.running).toBe(1)
    expect(await offer({ act: 'answer', value: 1 })).toBe(1)
    expect(counters).toEqual({ jobsDone: 2, jobsRefused: 0, jobsCancelled: 1, jobsFailed: 0 })
  })

  it('does not begin a job whose client has gone before', async () => {
    const { pool, offer, counters } = startPool()
    await expect(offer({ act: 'answer' }, AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' })
    expect([pool.running, counters.jobsCancelled]).toEqual([0, 1])
  })

  it('passes on why a job failed, and goes on', async () => {
    const { offer, counters } = startPool()
    const failure = offer({ act: 'fail', value: 9 })
    await expect(failure).rejects.toThrow('job act failed')
    await expect(failure).rejects.toMatchObject({ cause: { message: 'failed as asked, 9' } })
    expect(await offer({ act: 'answer', value: 1 })).toBe(1)
    expect(counters).toMatchObject({ jobsDone: 1, jobsFailed: 1 })
  })

  it.each(['exit', 'swell'] as const)('survives the death of a thread by %s', async (act) => {
    const { offer, counters } = startPool()
    const failure = offer({ act })
    const waiting = offer({ act: 'answer', value: 1 })
    await expect(failure).rejects.toThrow('job act failed')
    expect(await waiting).toBe(1)
    expect(counters).toMatchObject({ jobsDone: 1, jobsFailed: 1 })
  })

  it('ends a job that hangs, together with its thread', async () => {
    const { offer, counters } = startPool({ timeoutMs: 1_000 })
    await offer({ act: 'answer' })
    const failure = offer({ act: 'spin' })
    const waiting = offer({ act: 'answer', value: 1 })
    await expect(failure).rejects.toThrow('job act took longer than 1000 ms and was ended')
    expect(await waiting).toBe(1)
    expect(counters).toMatchObject({ jobsDone: 2, jobsFailed: 1 })
  })

  it('ends what runs and what waits when it stops, and takes nothing more', async () => {
    const { pool, offer } = startPool()
    const jobs = [offer({ act: 'spin' }), offer({ act: 'answer' })]
    const results = Promise.allSettled(jobs)
    await pool.stop()
    expect((await results).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(offer({ act: 'answer' })).toBeUndefined()
    expect(pool.waiting).toBe(0)
  })
})

describe('A job that is talked with', () => {
  it('hears and tells while it runs, and takes longer than others may', async () => {
    const { pool, counters } = startPool({ timeoutMs: 1 })
    const { port, output } = pool.converse('act', { act: 'count' }) ?? {}
    const sums: number[] = []
    // Posted before the thread has started: it waits there.
    port?.postMessage(1)
    port?.on('message', (sum: number) => {
      sums.push(sum)
      port.postMessage(sums.length < 4 ? 10 : -1)
    })
    expect(await output).toBe(31)
    expect(sums).toEqual([1, 11, 21, 31])
    expect(counters).toMatchObject({ jobsDone: 1, jobsFailed: 0 })
  })

  it('has its port closed when it ends, well or badly', async () => {
    const { pool } = startPool()
    for (const act of ['answer', 'fail'] as const) {
      const { port, output } = pool.converse('act', { act }) ?? {}
      const closed = new Promise((resolve) => port?.once('close', () => resolve('closed')))
      await output?.catch(() => undefined)
      expect(await closed).toBe('closed')
    }
  })

  it('is refused like any other when too many wait, and ended when the pool stops', async () => {
    const { pool, counters } = startPool({ maxWaiting: 0 })
    const conversation = pool.converse('act', { act: 'count' })
    expect(pool.converse('act', { act: 'count' })).toBeUndefined()
    expect(counters.jobsRefused).toBe(1)
    const ended = expect(conversation?.output).rejects.toThrow('job act failed')
    await pool.stop()
    await ended
  })
})
