import { describe, expect, it } from 'vitest'
import { FlushInterval } from '../../src/broadcast/flush-interval.ts'

describe('The flush interval', () => {
  const open = (load: number, maxMs = 110) => {
    const written = { flushes: 0, framesWritten: 0, bytesWritten: 0 }
    return { written, interval: new FlushInterval({ minMs: 10, maxMs, load: () => load, written }) }
  }
  const restAfter = (load: number, looks: number) => {
    const { interval } = open(load)
    for (let look = 0; look < looks; look++) interval.adapt(look * 100)
    return interval.currentMs
  }
  /** Where it comes to rest in a full loop when each client gets so many bytes a second. */
  const restAt = (bytesPerSecond: number, clients: number) => {
    const { interval, written } = open(1)
    for (let nowMs = 0; nowMs < 10_000; nowMs += interval.currentMs) {
      written.flushes += 1
      written.framesWritten += clients
      written.bytesWritten += (clients * bytesPerSecond * interval.currentMs) / 1_000
      interval.adapt(nowMs)
    }
    return interval.currentMs
  }

  it.each([
    [0, 10],
    [0.1, 10],
    [0.225, 60],
    [0.35, 110],
    [1, 110]
  ])('comes to rest where a load of %d wants it: %d ms', (load, restMs) => {
    expect(restAfter(load, 50)).toBeCloseTo(restMs, 3)
  })

  it('moves in steps, never past its bounds', () => {
    expect([0, 1, 2].map((looks) => restAfter(1, looks))).toEqual([10, 50, 74])
  })

  it('looks no more often than each 100 ms, and never goes below its shortest', () => {
    const { interval } = open(1, 5)
    for (let ms = 0; ms < 1_000; ms++) interval.adapt(ms)
    const { interval: eager } = open(1)
    for (let ms = 0; ms < 100; ms++) eager.adapt(ms)

    expect([interval.currentMs, eager.currentMs]).toEqual([10, 50])
  })

  it.each([
    ['small frames', 100_000, 110],
    ['frames that are large after 32 ms', 2 ** 21, 31.25],
    ['frames that are large at once', 2 ** 26, 10]
  ])('waits no longer than it saves work: %s', (_, bytesPerSecond, restMs) => {
    for (const clients of [1, 1_000]) {
      const found = restAt(bytesPerSecond, clients)
      expect(Math.abs(found - restMs)).toBeLessThan(restMs * 0.1)
    }
  })
})
