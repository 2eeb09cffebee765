import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { LoopDelay } from '../../src/telemetry/loop-delay.ts'
import { Pulse } from '../../src/telemetry/pulse.ts'

const loopDelay = new LoopDelay()
afterEach(() => loopDelay.stop())

function blockFor(durationMs: number): void {
  const end = performance.now() + durationMs
  while (performance.now() < end);
}

async function untilForgotten(): Promise<void> {
  const deadline = performance.now() + 5_000
  while (loopDelay.lastSecond().max > 150 && performance.now() < deadline) await wait(60)
}

describe('The delay of the event loop', () => {
  it('is nothing before it is measured', () => {
    expect(loopDelay.lastSecond()).toEqual({ p50: 0, p99: 0, max: 0 })
  })

  it('shows a stall at once, and forgets it after a second but not after ten', async () => {
    loopDelay.start()
    await wait(150)
    blockFor(400)
    expect(loopDelay.lastSecond().max).toBeGreaterThan(250)
    expect(loopDelay.lastSecond().p50).toBeLessThan(250)
    await untilForgotten()
    expect(loopDelay.lastSecond().max).toBeLessThan(150)
    expect(loopDelay.lastTenSeconds().max).toBeGreaterThan(250)
  })

  it('misses no stall, whenever in the window it begins', async () => {
    loopDelay.start()
    for (let offsetMs = 0; offsetMs < 1_000; offsetMs += 125) {
      await wait(125)
      blockFor(170)
      expect(loopDelay.lastSecond().max, `stall after ${offsetMs} ms`).toBeGreaterThan(60)
      await wait(110)
      expect(loopDelay.lastSecond().max, `stall after ${offsetMs} ms`).toBeGreaterThan(60)
    }
  })

  it('counts periodic work as an event meets it that comes at any moment, and not in step with it', async () => {
    const { every } = new Pulse()
    const delay = new LoopDelay(every)
    delay.start()
    const stop = every(100, () => blockFor(40))
    try {
      // A block of 40 ms in 100 meets one event in seven for more than 25 ms.
      await wait(3_000)
      await vi.waitFor(() => expect(delay.lastTenSeconds().p99).toBeGreaterThan(25), { timeout: 7_000, interval: 200 })
      expect(delay.lastTenSeconds().p50).toBeLessThan(25)
    } finally {
      stop()
      delay.stop()
    }
  })

  it('can be started and stopped twice', async () => {
    loopDelay.start()
    loopDelay.start()
    loopDelay.stop()
    loopDelay.stop()
    loopDelay.start()
    await wait(110)
    expect(loopDelay.lastTenSeconds().p99).toBeGreaterThanOrEqual(0)
  })
})
