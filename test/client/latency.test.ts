import { describe, expect, it } from 'vitest'
import { ClockOffset } from '../../client/clock-offset.ts'
import { clockMs, LatencyMeter } from '../../client/latency-meter.ts'
import { PercentileWindow } from '../../client/percentiles.ts'
import type { Update } from '../../src/protocol/server-events.ts'
import { newSeed, Random } from '../flow/doors/support/random.ts'

describe('percentiles', () => {
  it('are those of the values within four percent or a quarter of a millisecond', () => {
    const random = new Random(newSeed('percentiles'))
    for (let round = 0; round < 20; round++) {
      const window = new PercentileWindow()
      const values = Array.from({ length: 1_000 }, () => random.next() ** 4 * 10 ** random.below(6))
      for (const value of values) window.add(value, 1)
      const sorted = values.toSorted((a, b) => a - b)
      const { p50 = 0, p99 = 0 } = window.read(1) ?? {}
      for (const [found, rank] of [[p50, 500] as const, [p99, 990] as const]) {
        const truth = sorted[rank - 1] ?? 0
        expect(found).toBeGreaterThanOrEqual(truth * 0.999)
        expect(found).toBeLessThanOrEqual(truth * 1.05 + 0.25)
      }
    }
  })

  it('forget what is older than twenty seconds, and count what is below zero as zero', () => {
    const window = new PercentileWindow()
    window.add(50, 0)
    window.add(-7, 12_000)
    expect(window.read(12_000)).toMatchObject({ p50: 0.25 })
    expect(window.read(19_000)?.p99).toBeGreaterThanOrEqual(50)
    expect(window.read(24_000)).toEqual({ p50: 0.25, p99: 0.25 })
    expect(window.read(60_000)).toBeUndefined()
  })
})

describe('the offset of the clock', () => {
  it('is the lower envelope of what heartbeats tell, over a minute of them', () => {
    const clock = new ClockOffset()
    expect(clock.offsetMs).toBe(0)
    for (const delayMs of [9, 2, 30, 5]) clock.note(1_000, 1_000 + 100 + delayMs)
    expect(clock.offsetMs).toBe(102)
    for (let count = 0; count < 60; count++) clock.note(1_000, 1_000 + 110)
    expect(clock.offsetMs).toBe(110)
  })
})

describe('the latency meter', () => {
  it('measures each part of the way, without the snapshots and what follows them of the past', () => {
    const meter = new LatencyMeter()
    const nowMs = clockMs()
    meter.clock.note(nowMs - 5_000, nowMs)
    const serverNowMs = nowMs - 5_000
    const updateOf = (channel: string, type?: 'snapshot'): Update => {
      const times = { exchangeTime: serverNowMs - 37, ingestTime: serverNowMs - 30 }
      return { channel, seq: 1, ...times, data: {}, ...(type && { type }) }
    }
    const old = { exchangeTime: 0, ingestTime: 0 }
    const book = [
      { ...updateOf('book:A:A', 'snapshot'), ...old },
      { ...updateOf('book:A:A'), ...old }
    ]
    // Told only so often: their age is no time on the way.
    const paced = [
      updateOf('candle:A:A:1m'),
      updateOf('ticker:A:A'),
      { ...updateOf('quote:A:C'), prev: 0, seq: 9 }
    ].map((update) => ({ ...update, ...old }))
    meter.note([...book, ...paced, updateOf('quote:A:A'), updateOf('quote:A:B')], serverNowMs - 10, nowMs)
    const { venueToIngest, ingestToEmit, emitToReceive, total, clockOffsetMs } = meter.report()
    expect(clockOffsetMs).toBe(5_000)
    expect([venueToIngest, ingestToEmit, emitToReceive, total].map((part) => Math.round(part?.p99 ?? -1))).toEqual([
      7, 20, 10, 37
    ])
  })
})
