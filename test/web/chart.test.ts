import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import type { Candle } from '../../src/protocol/market-data.ts'
import { ProducerFile } from '../flow/support/producer-file.ts'
import { startServer } from '../flow/support/server-process.ts'
import { startTestApp, until } from '../flow/support/test-app.ts'
import { CliRun } from '../support/run-cli.ts'
import { describeInBrowser, launchBrowser } from './support/in-browser.ts'
import { TradingPage } from './support/trading-page.ts'

/** How long the chart runs live before it is compared, s; longer by hand: `TICKCAST_CHART_SECONDS=600`. */
const LIVE_SECONDS = Number(process.env.TICKCAST_CHART_SECONDS ?? 8)

type Bar = Record<'time' | 'open' | 'high' | 'low' | 'close' | 'volume', number>

/** A trade each 20 ms, until it is told to go: then nothing, so that chart and server come to rest. */
const TRADES = `export default { channels: ['trade:LAB:GOLD'], async *messages() {
  for (let step = 1; ; step++) {
    while (isToldToGo()) await wait(10)
    const price = (1_000 + 20 * Math.sin(step / 40) + step % 3).toFixed(2)
    yield { channel: 'trade:LAB:GOLD', data: { ...trade(step), price, size: '0.5', id: String(Date.now()) + step } }
    await wait(20)
  }
} }`

/** What is drawn; the chart library keeps notes of its own in the same objects. */
const barsOf = ({ page }: TradingPage): Promise<Bar[]> =>
  page.evaluate(`tickcast.chartBars().map(({ time, open, high, low, close, volume }) =>
    ({ time, open, high, low, close, volume }))`)

async function storedBars(url: string, query: string): Promise<Bar[]> {
  const response = await fetch(`${url}/api/v1/candles?${query}`)
  // 404 before the first trade.
  const { candles = [] } = (await response.json()) as { readonly candles?: readonly Candle[] }
  return candles.map(({ openTime, open, high, low, close, volume }) => ({
    time: openTime / 1_000,
    open: Number(open),
    high: Number(high),
    low: Number(low),
    close: Number(close),
    volume: Number(volume)
  }))
}

/** Waits until chart and server hold the same candles, and fails with the difference. */
async function expectSameBars(page: TradingPage, url: string, query: string): Promise<void> {
  const sameBars = async () => JSON.stringify(await barsOf(page)) === JSON.stringify(await storedBars(url, query))
  await until(sameBars, 'the same candles', 10_000).catch(() => undefined)
  expect(await barsOf(page)).toEqual(await storedBars(url, query))
}

describeInBrowser('The chart', () => {
  let browser: Browser

  beforeAll(async () => {
    browser = await launchBrowser()
  }, 30_000)

  afterAll(() => browser?.close())

  it.each(['1s', '1m'])(
    'holds, after it ran live, the candles of %s that the server answers, one for one',
    async (interval) => {
      const file = new ProducerFile('metals', TRADES)
      const app = await startTestApp({ feed: file.feed, historyFile: ':memory:', staleMs: '60000' })
      const query = `symbol=LAB:GOLD&interval=${interval}`
      const page = await TradingPage.open(browser, app.url, { query: `?${query}` })
      await until(async () => (await barsOf(page)).length > 0, 'a candle')
      const [first] = await barsOf(page)
      await sleep(LIVE_SECONDS * 1_000)
      file.go()
      // The last candle is told closed a moment after its end.
      await sleep(1_500)
      const bars = await barsOf(page)
      if (interval === '1s') expect(bars.length).toBeGreaterThan(LIVE_SECONDS - 3)
      expect(bars[0]?.time).toBe(first?.time)
      await expectSameBars(page, app.url, query)
      const shown = await page.text('#legend-close')
      expect(Number(shown)).toBe(bars.at(-1)?.close)
      expect(page.problems).toEqual([])
    },
    60_000 + LIVE_SECONDS * 1_000
  )

  it('loads older candles as one scrolls back, down to the first there is', async () => {
    const file = new ProducerFile('metals', PAST)
    const app = await startTestApp({ feed: file.feed, historyFile: ':memory:' })
    const query = 'symbol=LAB:GOLD&interval=1m'
    await until(async () => (await storedBars(app.url, `${query}&limit=5000`)).length === 1_500, 'the past')
    const page = await TradingPage.open(browser, app.url, { query: `?${query}` })
    await until(async () => (await barsOf(page)).length >= 500, 'the newest candles')
    const box = await page.page.locator('#chart-canvas').boundingBox()
    if (box === null) throw new Error('no chart')
    await page.page.mouse.move(box.x + 100, box.y + 100)
    await until(async () => {
      for (let turn = 0; turn < 5; turn++) await page.page.mouse.wheel(-400, 0)
      return (await barsOf(page)).length === 1_500
    }, 'all candles')
    await expectSameBars(page, app.url, `${query}&limit=5000`)
  })

  it('goes on without a reload and without a hole when the server was stopped and started again', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tickcast-page-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const flags = ['--symbols', '2', '--rate', '400', '--history-file', join(folder, 'history.sqlite')]
    const { run, url, port } = await startServer(...flags)
    const page = await TradingPage.open(browser, url, { query: '?symbol=SIM:AAPL&interval=1s' })
    await until(async () => (await barsOf(page)).length > 3, 'some candles')
    await page.page.evaluate('globalThis.isSamePage = true')
    run.kill('SIGTERM')
    await run.result
    await until(
      async () => /^reconnecting – prices as of \d\d:\d\d:\d\d$/.test(await page.text('#connection')),
      'the loss'
    )
    await until(
      async () => (await page.watchRows()).every(({ doubt }) => doubt.startsWith('no connection')),
      'grey rows'
    )
    expect(await page.text('#head-quality')).toMatch(/^no connection since/)
    const before = await barsOf(page)

    const again = new CliRun('serve', '--port', String(port), '--log-level', 'warn', ...flags)
    onTestFinished(() => again.kill('SIGKILL'))
    await until(async () => (await page.text('#connection')) === 'connected', 'the connection')
    await until(async () => (await page.watchRows()).every(({ doubt }) => doubt === ''), 'live rows')
    const newestBefore = before.at(-1)?.time ?? 0
    await until(async () => ((await barsOf(page)).at(-1)?.time ?? 0) > newestBefore + 2, 'candles of the new life')
    // The newest ones move while one looks: what is over has to be the same.
    const isOver = ({ time }: Bar) => time < newestBefore + 2
    const stored = await storedBars(url, 'symbol=SIM:AAPL&interval=1s&limit=5000')
    await until(async () => (await barsOf(page)).filter(isOver).length === stored.filter(isOver).length, 'no hole')
    expect((await barsOf(page)).filter(isOver)).toEqual(stored.filter(isOver))
    expect(before.slice(0, -1).every(({ time }) => stored.some((bar) => bar.time === time))).toBe(true)
    expect(await page.page.evaluate('globalThis.isSamePage')).toBe(true)
  })
})

/** One trade in each of 1,500 minutes of the past, and then one a second. */
const PAST = `export default { channels: ['trade:LAB:GOLD'], async *messages() {
  const minute = 60_000
  const startTime = Math.floor(Date.now() / minute) * minute - 1_500 * minute
  for (let step = 0; step < 1_500; step++) {
    const price = (1_000 + 20 * Math.sin(step / 40)).toFixed(2)
    yield { channel: 'trade:LAB:GOLD', exchangeTime: startTime + step * minute + 1_000, data: { ...trade(step), price } }
    if (step % 50 === 0) await wait(5)
  }
  await forever()
} }`
