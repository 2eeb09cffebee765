import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Pulse } from '../../src/telemetry/pulse.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('A pulse does at the same moments what is due every so often, by one timer', () => {
  const { every } = new Pulse()
  const done: string[] = []
  every(100, () => done.push('a'))
  every(300, () => done.push('b'))
  every(200, () => done.push('c'))
  expect(vi.getTimerCount()).toBe(1)
  const each: string[] = []
  for (let n = 0; n < 6; n++) {
    vi.advanceTimersByTime(100)
    each.push(done.splice(0).join(''))
  }
  expect(each).toEqual(['a', 'ac', 'ab', 'ac', 'a', 'abc'])
})

it('A pulse ends with the last of its tasks, and begins again with a new one', () => {
  const { every } = new Pulse()
  const run = vi.fn()
  const stops = [every(100, run), every(200, run)]
  stops[0]?.()
  vi.advanceTimersByTime(200)
  expect(run).toHaveBeenCalledOnce()
  stops[1]?.()
  expect(vi.getTimerCount()).toBe(0)
  every(100, run)
  vi.advanceTimersByTime(100)
  expect(run).toHaveBeenCalledTimes(2)
})

it('A pulse leaves what is no multiple of its own time to a timer of its own', () => {
  const { every } = new Pulse()
  const run = vi.fn()
  const stop = every(30, run)
  vi.advanceTimersByTime(90)
  expect(run).toHaveBeenCalledTimes(3)
  stop()
  expect(vi.getTimerCount()).toBe(0)
})
