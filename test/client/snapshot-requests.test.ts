import { describe, expect, it, vi } from 'vitest'
import { SnapshotRequests } from '../../client/snapshot-requests.ts'

describe('requests for snapshots', () => {
  it('asks for one channel at a time, each once, in order', async () => {
    const asked: string[] = []
    const answers: (() => void)[] = []
    const requests = new SnapshotRequests((channel) => {
      asked.push(channel)
      return new Promise((resolve) => answers.push(() => resolve(false)))
    })
    for (const channel of ['a', 'b', 'c', 'b']) requests.add(channel)
    expect(asked).toEqual(['a'])
    answers[0]?.()
    await vi.waitFor(() => expect(asked).toEqual(['a', 'b']))
    answers[1]?.()
    await vi.waitFor(() => expect(asked).toEqual(['a', 'b', 'c']))
  })

  it('tries again later when the server asks for patience', async () => {
    vi.useFakeTimers()
    const ask = vi.fn().mockResolvedValueOnce(true).mockResolvedValue(false)
    new SnapshotRequests(ask).add('a')
    await vi.advanceTimersByTimeAsync(500)
    expect(ask).toHaveBeenCalledTimes(1)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(ask).toHaveBeenCalledTimes(2)
    vi.useRealTimers()
  })

  it('drops what was not asked yet when a new subscription makes it needless', async () => {
    const asked: string[] = []
    const requests = new SnapshotRequests(async (channel) => {
      asked.push(channel)
      return false
    })
    requests.add('a')
    requests.add('b')
    requests.clear()
    await new Promise((resolve) => setTimeout(resolve, 10))
    expect(asked).toEqual(['a'])
  })
})
