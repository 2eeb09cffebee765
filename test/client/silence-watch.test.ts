import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { SilenceWatch } from '../../client/silence-watch.ts'

describe('the watch for silence', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('finds a connection dead when 5 s pass without a word, and not before', () => {
    const onSilent = vi.fn()
    const watch = new SilenceWatch(onSilent)
    watch.start(1_000)
    vi.advanceTimersByTime(4_900)
    watch.heard()
    vi.advanceTimersByTime(4_900)
    expect(onSilent).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1_200)
    expect(onSilent).toHaveBeenCalledTimes(1)
  })

  it('gives a server with rare heartbeats the time of three', () => {
    const onSilent = vi.fn()
    new SilenceWatch(onSilent).start(10_000)
    vi.advanceTimersByTime(29_000)
    expect(onSilent).not.toHaveBeenCalled()
    vi.advanceTimersByTime(8_000)
    expect(onSilent).toHaveBeenCalledTimes(1)
  })

  it('says nothing once stopped', () => {
    const onSilent = vi.fn()
    const watch = new SilenceWatch(onSilent)
    watch.start(1_000)
    watch.stop()
    vi.advanceTimersByTime(60_000)
    expect(onSilent).not.toHaveBeenCalled()
  })
})
