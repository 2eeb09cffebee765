import { describe, expect, it } from 'vitest'
import { LATENESS_LIMIT_MS, Pacer } from '../../../workers/feeds/replay/pacer.ts'
import type { ReplayClock } from '../../../workers/feeds/replay/replay-clock.ts'
import { SYSTEM_CLOCK } from '../../../workers/feeds/replay/replay-clock.ts'
import { frame, startMs } from './replay/binance-session.ts'
import { asText, batchesOf, createReplay, writeTemporary } from './replay/replay-run.ts'

/** Time that passes only where it is waited for. */
class TestClock implements ReplayClock {
  nowMs = 5_000

  now(): number {
    return this.nowMs
  }

  async wait(ms: number): Promise<void> {
    this.nowMs += ms
  }
}

const tradeAt = (offsetMs: number, index: number) =>
  frame(startMs + offsetMs, 'btcusdt@trade', { s: 'BTCUSDT', t: index, p: '1', q: '1', T: startMs, m: false })

/** Plays trades received at the given offsets, and gives the time and size of each batch. */
async function play(
  offsetsMs: readonly number[],
  speed: number,
  loop = false,
  batchCount = Infinity
): Promise<string[]> {
  const clock = new TestClock()
  const { feed } = createReplay([writeTemporary('session', asText(offsetsMs.map(tradeAt)))], { speed, loop }, clock)
  await feed.open()
  const batches: string[] = []
  for await (const batch of batchesOf(feed)) {
    batches.push(`${batch.length} at ${Math.round(clock.nowMs - 5_000)} ms`)
    if (batches.length === batchCount) break
  }
  return batches
}

describe('The pace of a replay', () => {
  it('is that of the recording at speed 1: what is due at once comes together', async () => {
    expect(await play([0, 0, 100, 100, 250], 1)).toEqual(['2 at 0 ms', '2 at 100 ms', '1 at 250 ms'])
  })

  it('is N times that of the recording at speed N', async () => {
    expect(await play([0, 100, 250], 10)).toEqual(['1 at 0 ms', '1 at 10 ms', '1 at 25 ms'])
    expect(await play([0, 100], 0.5)).toEqual(['1 at 0 ms', '1 at 200 ms'])
  })

  it('is as fast as messages are taken at speed Infinity', async () => {
    expect(await play([0, 100, 86_400_000], Infinity)).toEqual(['3 at 0 ms'])
  })

  it('keeps long silences as they were', async () => {
    expect(await play([0, 3_600_000], 1)).toEqual(['1 at 0 ms', '1 at 3600000 ms'])
  })

  it('starts anew with each pass of a loop', async () => {
    expect(await play([0, 100], 1, true, 5)).toEqual([
      '1 at 0 ms',
      '1 at 100 ms',
      '1 at 100 ms',
      '1 at 200 ms',
      '1 at 200 ms'
    ])
  })

  it('does not wait for a receive time before the last one', async () => {
    expect(await play([0, 100, 40, 120], 1)).toEqual(['1 at 0 ms', '2 at 100 ms', '1 at 120 ms'])
  })

  it('makes up for a short delay, and shifts after a long one', () => {
    const clock = new TestClock()
    const pacer = new Pacer(1, clock)
    expect(pacer.waitMs(0)).toBe(0)

    clock.nowMs += 100 + LATENESS_LIMIT_MS
    expect(pacer.waitMs(100)).toBe(0)
    expect(pacer.waitMs(100 + LATENESS_LIMIT_MS + 5)).toBe(5)

    clock.nowMs += 5 + LATENESS_LIMIT_MS + 1
    expect(pacer.waitMs(105 + LATENESS_LIMIT_MS)).toBe(0)
    expect(pacer.waitMs(115 + LATENESS_LIMIT_MS)).toBe(10)
  })

  it('ends soon when it is closed, while it waits for the next line', async () => {
    const { feed } = createReplay([writeTemporary('session', asText([0, 3_600_000].map(tradeAt)))], { speed: 1 })
    await feed.open()
    const batches = batchesOf(feed)
    await batches.next()
    const next = batches.next()
    await feed.close()

    expect((await next).done).toBe(true)
  })

  it('is measured by real timers otherwise', async () => {
    const beforeMs = SYSTEM_CLOCK.now()
    await SYSTEM_CLOCK.wait(20.5, new AbortController().signal)

    expect(SYSTEM_CLOCK.now() - beforeMs).toBeGreaterThanOrEqual(20)
  })
})
