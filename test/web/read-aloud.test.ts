import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ProducerFile } from '../flow/support/producer-file.ts'
import { getJson, startTestApp, until } from '../flow/support/test-app.ts'
import { seriousViolations } from '../support/audit.ts'
import { describeInBrowser, launchBrowser } from './support/in-browser.ts'
import { TradingPage } from './support/trading-page.ts'

/** Trades one by one and several at once, until it is told to go. */
const TRADES = `export default { channels: ['trade:LAB:GOLD'], async *messages() {
  for (let step = 1; ; step++) {
    while (isToldToGo()) await wait(10)
    yield { channel: 'trade:LAB:GOLD', data: trade(step) }
    if (step % 7 > 2) await wait(15)
  }
} }`

interface TradesPage {
  readonly trades: readonly { readonly price: string }[]
}

/** The combobox, or whatever else has the focus, and the symbol of the row it says it is at. */
const FOCUS = `(() => {
  const { role, id, ariaExpanded } = document.activeElement
  const active = document.getElementById(document.activeElement.getAttribute('aria-activedescendant') ?? '')
  return { role, id, ariaExpanded, symbol: active?.querySelector('.symbol').textContent }
})()`

describeInBrowser('The trading page, read aloud', () => {
  let browser: Browser

  beforeAll(async () => {
    browser = await launchBrowser()
  }, 30_000)

  afterAll(() => browser?.close())

  it('tells the trades newest first, as they are seen', async () => {
    const file = new ProducerFile('metals', TRADES)
    const app = await startTestApp({ feed: file.feed, staleMs: '0' })
    const page = await TradingPage.open(browser, app.url)
    const prices = async () => (await page.trades()).map(([price]) => Number(price))
    await until(async () => (await prices()).length > 15, 'trades')
    for (let look = 0; look < 5; look++) {
      const before = (await prices())[0]
      await until(async () => (await prices())[0] !== before, 'another trade')
      const shown = await prices()
      expect(shown).toEqual(shown.map((_, place) => (shown[0] ?? 0) - place))
    }
    file.go()
    const stored = async () => {
      const { trades } = await getJson<TradesPage>(app, '/api/v1/trades?symbol=LAB:GOLD&limit=100')
      return trades.map(({ price }) => Number(price)).reverse()
    }
    await until(async () => {
      const shown = await prices()
      return JSON.stringify(shown) === JSON.stringify((await stored()).slice(0, shown.length))
    }, 'the newest trades of the server, in this order')
    expect(await page.areInOrder('.tape-row')).toBe(true)
    expect(await seriousViolations(page.page)).toEqual([])
  })

  it('tells the rows of the watchlist as they are seen, wherever one has scrolled to', async () => {
    const app = await startTestApp({ symbols: '300', rate: '100' })
    const page = await TradingPage.open(browser, app.url)
    await until(async () => (await page.text('#watch-count')) === '300', 'all symbols')
    const grid = page.page.locator('#watch-grid')
    await grid.focus()
    const keys = ['PageDown', 'PageDown', 'PageDown', 'ArrowUp', 'PageUp', 'PageUp', 'End', 'PageUp', 'Home', 'End']
    for (const key of keys) {
      await page.page.keyboard.press(key)
      await until(async () => {
        const { symbol = '' } = (await page.page.evaluate(FOCUS)) as { symbol?: string }
        return (await page.watchRows()).some((row) => row.symbol === symbol)
      }, `the row after ${key}`)
      const symbols = (await page.watchRows()).map(({ symbol }) => symbol)
      expect(symbols.length).toBeGreaterThan(30)
      expect(symbols).toEqual(symbols.toSorted())
      expect(await page.areInOrder('.watch-row')).toBe(true)
    }
    await page.page.setViewportSize({ width: 1440, height: 600 })
    await until(async () => (await page.watchRows()).length < 35, 'fewer rows')
    expect(await page.areInOrder('.watch-row')).toBe(true)
  })

  it('tells where the arrows are while one types into the search field', async () => {
    const app = await startTestApp({ symbols: '12' })
    const page = await TradingPage.open(browser, app.url)
    await until(async () => (await page.watchRows()).length === 12, 'the rows')
    const [first, second, third] = await page.watchRows()
    const isAt = (symbol: string | undefined) =>
      until(async () => ((await page.page.evaluate(FOCUS)) as { symbol?: string }).symbol === symbol, `${symbol}`)
    await page.page.keyboard.press('/')
    await isAt(undefined)
    for (const expected of [first, second, third]) {
      await page.page.keyboard.press('ArrowDown')
      await isAt(expected?.symbol)
    }
    expect(await page.page.evaluate(FOCUS)).toMatchObject({ role: 'combobox', id: 'search', ariaExpanded: 'true' })
    const field = page.page.getByRole('combobox', { name: 'Search symbols', expanded: true })
    expect(await field.getAttribute('aria-controls')).toBe('watch-grid')
    expect(await seriousViolations(page.page)).toEqual([])
    await field.fill('no such symbol')
    await page.page.getByRole('combobox', { name: 'Search symbols', expanded: false }).waitFor()
    await isAt(undefined)
  })
})
