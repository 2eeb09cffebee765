import { MessageChannel } from 'node:worker_threads'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { BackfillWriting } from '../../src/cli/backfill-writing.ts'
import type { BackfillToMain, MainToBackfill } from '../../src/protocol/backfill.ts'

/** The main thread's side of a backfill, with the job's end of the port and a history that writes when it is told to. */
function startWriting({ isFull = false } = {}) {
  const { port1, port2 } = new MessageChannel()
  const counters = { historyBatchesDropped: 0, historyFilesSetAside: 1 }
  const offered: string[] = []
  const waiting: (() => void)[] = []
  const client = {
    trouble: undefined as string | undefined,
    offer: (_epoch: string, bytes: Uint8Array) => !isFull && offered.push(Buffer.from(bytes).toString()) > 0,
    flush: () => new Promise<void>((resolve) => waiting.push(resolve))
  }
  const told: unknown[] = []
  const note = (what: unknown) => void told.push(what)
  const writing = new BackfillWriting({
    ...{ port: port1, client, counters, file: 'h.sqlite', onProgress: note, onProblem: note }
  })
  const heard: MainToBackfill[] = []
  port2.on('message', (message: MainToBackfill) => heard.push(message))
  onTestFinished(() => {
    writing.close()
    port1.close()
  })
  const post = (message: BackfillToMain) => port2.postMessage(message)
  const batch = (text: string) => post({ type: 'batch', bytes: new TextEncoder().encode(text) })
  return { writing, client, counters, offered, waiting, told, heard, post, batch }
}

describe('The batches of a backfill', () => {
  it('are handed on in order, and the job is told of each when it is durable, not before', async () => {
    const { batch, offered, waiting, heard } = startWriting()
    for (const text of ['a', 'b', 'c']) batch(text)
    await vi.waitFor(() => expect(offered).toEqual(['a', 'b', 'c']))
    expect(heard).toEqual([])
    waiting[0]?.()
    await vi.waitFor(() => expect(heard).toEqual([{ type: 'written' }]))
    waiting[1]?.()
    await vi.waitFor(() => expect(heard).toHaveLength(2))
  })

  it('are not all there is to hear: progress and problems are passed on, and the job is asked to stop', async () => {
    const { writing, post, told, heard } = startWriting()
    post({ type: 'progress', bytes: 1, lines: 2, trades: 3 })
    post({ type: 'problem', text: 'a:1: bad' })
    writing.askToStop()
    await vi.waitFor(() => expect(told).toEqual([expect.objectContaining({ lines: 2 }), 'a:1: bad']))
    await vi.waitFor(() => expect(heard).toEqual([{ type: 'stop' }]))
  })

  it.each([
    ['historyBatchesDropped', 'the history thread died over it'],
    ['historyFilesSetAside', 'it was damaged, and a new file was begun']
  ] as const)('that were lost end it with a failure: %s', async (counter, found) => {
    const { writing, batch, waiting, counters } = startWriting()
    batch('a')
    await vi.waitFor(() => expect(waiting).toHaveLength(1))
    counters[counter] += 1
    waiting[0]?.()
    await expect(writing.failed).rejects.toThrow(`expected to write h.sqlite, found: ${found}`)
  })

  it('that find no room end it with a failure', async () => {
    const { writing, batch } = startWriting({ isFull: true })
    batch('a')
    await expect(writing.failed).rejects.toThrow('what waits to be written is more than it may be')
  })

  it('that cannot be written for long end it with the reason, while a short trouble does not', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
    onTestFinished(() => void vi.useRealTimers())
    const { writing, client } = startWriting()
    let failure: unknown
    writing.failed.catch((error: unknown) => {
      failure = error
    })
    for (const trouble of ['disk is full', undefined, 'disk is full']) {
      client.trouble = trouble
      await vi.advanceTimersByTimeAsync(9_000)
    }
    expect(failure).toBeUndefined()
    await vi.advanceTimersByTimeAsync(3_000)
    expect(failure).toMatchObject({ message: expect.stringContaining('found: disk is full. Mend that') })
  })
})
