import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { LoopDelay } from '../../src/telemetry/loop-delay.ts'

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
