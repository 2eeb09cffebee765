import { writeFileSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { formatRecordingLine } from '../../src/protocol/recording.ts'
import { startTestApp, until } from '../flow/support/test-app.ts'
import { historyFile } from '../history/support/history-files.ts'
import { describeInBrowser, launchBrowser } from './support/in-browser.ts'
import { TradingPage } from './support/trading-page.ts'

/** A session of 30 seconds of the market's time, played in three. */
const START_MS = Date.UTC(2026, 0, 5, 15)
const STEPS = 300
const STEP_MS = 100
const PACE_MS = 10

function writeSession(file: string): void {
  const lines = [formatRecordingLine({ tickcast: 1, recordedAt: START_MS, source: 'a test' })]
  for (let n = 0; n < STEPS; n++) {
    const exchangeTime = START_MS + n * STEP_MS
    const common = { seq: n + 1, exchangeTime, ingestTime: exchangeTime }
    const price = (100 + 5 * Math.sin(n / 20)).toFixed(2)
    const quote = { bid: price, bidSize: '1', ask: (Number(price) + 0.01).toFixed(2), askSize: '1' }
    const trade = { id: String(n + 1), price, size: '1', side: 'buy' }
    const u = [
      { channel: 'quote:LAB:GOLD', ...common, data: quote },
      { channel: 'trade:LAB:GOLD', ...common, data: trade }
    ]
    lines.push(formatRecordingLine({ t: n * PACE_MS, e: 'updates', u }))
  }
  writeFileSync(file, lines.join(''))
}

/**
 * Looks at the chart again and again, two frames after the newest candle came: it may show none that is later, and none
 * twice. Frames in between are drawn by then, and what comes meanwhile counts as well.
 */
const LOOK = `
  const seen = globalThis.seen = { newest: 0, most: 0, rewinds: 0, looks: 0, wrong: [] }
  tickcast.market.onEvent((name, [updates]) => {
    if (name !== 'updates') return
    for (const { channel, data } of updates) {
      if (channel !== 'candle:LAB:GOLD:1s') continue
      const isRewind = data.openTime < seen.newest - 5_000
      if (isRewind) seen.rewinds += 1
      seen.newest = isRewind ? data.openTime : Math.max(seen.newest, data.openTime)
      seen.most = Math.max(seen.most, seen.newest)
    }
  })
  const look = () => {
    seen.most = seen.newest
    requestAnimationFrame(() => requestAnimationFrame(() => {
      const times = tickcast.chartBars().map(({ time }) => time * 1_000)
      if (seen.newest > 0) seen.looks += 1
      const isWrong = times.some((time, n) => time <= (times[n - 1] ?? 0) || time > seen.most)
      if (isWrong && seen.newest > 0) seen.wrong.push({ newest: seen.newest, times })
      look()
    }))
  }
  look()`

interface Seen {
  readonly rewinds: number
  readonly looks: number
  readonly wrong: readonly unknown[]
}

describeInBrowser('The trading page of a replay', () => {
  let browser: Browser

  beforeAll(async () => {
    browser = await launchBrowser()
  }, 30_000)

  afterAll(() => browser?.close())

  it('says that it is one, and begins its chart anew with each pass: no bar of the future, and none twice', async () => {
    const file = historyFile()
    writeSession(`${file}.ndjson`)
    const app = await startTestApp({
      feed: `replay:${file}.ndjson`,
      loop: true,
      speed: '1',
      historyFile: file,
      historyTradeHours: '0',
      deriveMs: '10',
      historyWriteMs: '10'
    })
    const page = await TradingPage.open(browser, app.url, { query: '?symbol=LAB:GOLD&interval=1s' })
    await until(async () => (await page.text('#origin')) === 'REPLAY', 'the origin')
    expect(await page.page.locator('#origin').isVisible()).toBe(true)
    await page.hasPrice()
    await until(
      async () => (await page.watchRows())[0]?.last === (await page.text('#head-last')),
      'its price in the list'
    )
    await page.page.evaluate(LOOK)
    const seen = () => page.page.evaluate('seen') as Promise<Seen>
    await until(async () => (await seen()).rewinds >= 3, 'three passes')
    await page.screenshot('trading-replay')
    const { looks, wrong } = await seen()
    expect(looks).toBeGreaterThan(50)
    expect(wrong.slice(0, 3)).toEqual([])
    await until(async () => Number(await page.page.evaluate('tickcast.chartBars().length')) > 20, 'the bars of a pass')
    expect(page.problems).toEqual([])

    // Who comes in the middle of a later pass sees no more than that either.
    await page.page.reload()
    await page.hasPrice()
    await page.page.evaluate(LOOK)
    await until(async () => (await seen()).rewinds >= 1, 'another pass')
    expect((await seen()).wrong.slice(0, 3)).toEqual([])
  })
})
