import { setTimeout as sleep } from 'node:timers/promises'
import type { CDPSession } from 'playwright-core'
import { expect, it } from 'vitest'
import { startServer } from '../flow/support/server-process.ts'
import { until } from '../flow/support/test-app.ts'
import { describeInBrowser, launchBrowser } from './support/in-browser.ts'
import { TradingPage } from './support/trading-page.ts'

/**
 * How long the page is measured, s. Off by default, because it holds the page to times, which means something on a quiet
 * machine alone:
 *
 *     TICKCAST_PAGE_LOAD_SECONDS=60 npm run test:unit -- test/web/page-load.test.ts
 */
const seconds = Number(process.env.TICKCAST_PAGE_LOAD_SECONDS ?? 0)
/** Messages a second of two symbols; the page takes most of those of one of them. */
const RATE = 6_000

/** Counts frames and long tasks in the page, from now on. */
const OBSERVE = `
  globalThis.measured = { frames: [], longTasks: [] }
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) measured.longTasks.push([startTime, duration])
  }).observe({ type: 'longtask' })
  let beforeMs = performance.now()
  requestAnimationFrame(function frame(nowMs) {
    measured.frames.push(nowMs - beforeMs)
    beforeMs = nowMs
    requestAnimationFrame(frame)
  })`

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

/** The longest task of each second, ms; 0 where none took more than 50 ms, which is what a browser calls long. */
function longestBySecond(longTasks: readonly (readonly [number, number])[]): number[] {
  const longest = Array.from({ length: seconds }, () => 0)
  const [[startMs] = [0]] = longTasks
  for (const [atMs, durationMs] of longTasks) {
    const second = Math.min(seconds - 1, Math.floor((atMs - startMs) / 1_000))
    longest[second] = Math.max(longest[second] ?? 0, durationMs)
  }
  return longest
}

async function heapMegabytes(session: CDPSession): Promise<number> {
  for (let round = 0; round < 3; round++) await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  return usedSize / 1_000_000
}

describeInBrowser('The trading page under load', () => {
  it.runIf(seconds > 0)(
    'draws fluently and holds no more memory as time goes on, at 2,000 updates a second',
    async () => {
      const { url } = await startServer('--symbols', '2', '--rate', String(RATE), '--history-file', ':memory:')
      const browser = await launchBrowser()
      try {
        const startMs = performance.now()
        const page = await TradingPage.open(browser, url, { query: '?interval=1s' })
        await page.hasPrice()
        const firstPriceMs = performance.now() - startMs
        await until(async () => Number((await page.text('#rate')).replace(',', '')) > 1_000, 'the rate')
        const session = await page.page.context().newCDPSession(page.page)
        // Everything that is built once is built by then, and the bounded lists are full.
        await sleep(15_000)
        const heapBefore = await heapMegabytes(session)
        await page.page.evaluate(OBSERVE)
        await sleep(seconds * 1_000)
        const { frames, longTasks } = (await page.page.evaluate('measured')) as {
          readonly frames: readonly number[]
          readonly longTasks: readonly (readonly [number, number])[]
        }
        const longest = longestBySecond(longTasks)
        const heapAfter = await heapMegabytes(session)
        const fluent = frames.filter((ms) => ms < 34).length / frames.length
        console.log({
          firstPriceMs: Math.round(firstPriceMs),
          updatesPerSecond: await page.text('#rate'),
          frames: frames.length,
          framesUnder34Ms: fluent,
          framesP99Ms: percentile(frames, 0.99),
          longTasks: longTasks.length,
          longestTaskOfASecondP95Ms: percentile(longest, 0.95),
          heapMegabytes: [heapBefore, heapAfter]
        })
        expect(firstPriceMs).toBeLessThan(1_500)
        expect(percentile(longest, 0.95)).toBeLessThanOrEqual(50)
        expect(fluent).toBeGreaterThan(0.95)
        expect(Math.abs(heapAfter / heapBefore - 1)).toBeLessThan(0.1)
      } finally {
        await browser.close()
      }
    },
    (seconds + 90) * 1_000
  )
})
