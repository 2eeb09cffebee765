import { mkdirSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'
import { expect, onTestFinished } from 'vitest'
import { until } from '../../flow/support/test-app.ts'

const SCREENSHOTS = new URL('../../../screenshots/', import.meta.url).pathname
mkdirSync(SCREENSHOTS, { recursive: true })

export interface PageOptions {
  /** Of the address, e.g. `?symbol=SIM:AAPL`. */
  readonly query?: string
  readonly width?: number
  readonly height?: number
  readonly theme?: 'dark' | 'light'
}

/** The trading page as a person sees it. */
export class TradingPage {
  readonly page: Page
  /** What the browser complained of. */
  readonly problems: string[] = []

  private constructor(page: Page) {
    this.page = page
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') this.problems.push(message.text())
    })
    page.on('pageerror', (error) => this.problems.push(error.message))
  }

  /** Opens the page of a server; it is closed when the test ends. */
  static async open(browser: Browser, url: string, options: PageOptions = {}): Promise<TradingPage> {
    const { query = '', width = 1440, height = 900, theme = 'dark' } = options
    const page = await browser.newPage({ viewport: { width, height }, colorScheme: theme })
    onTestFinished(() => page.close())
    const opened = new TradingPage(page)
    await page.goto(`${url}/${query}`)
    return opened
  }

  text(selector: string): Promise<string> {
    return this.page.locator(selector).innerText()
  }

  texts(selector: string): Promise<string[]> {
    return this.page.locator(selector).allInnerTexts()
  }

  /** The rows of the watchlist that are drawn, each as its cells, in the order in which they are read aloud. */
  async watchRows(): Promise<{ readonly symbol: string; readonly last: string; readonly doubt: string }[]> {
    const rows = (await this.page.evaluate(`[...document.querySelectorAll('.watch-row:not([hidden])')]
      .map((row) => ['.symbol', '.last', '.doubt'].map((part) => row.querySelector(part).textContent))`)) as string[][]
    return rows.map(([symbol = '', last = '', doubt = '']) => ({ symbol, last: plain(last), doubt }))
  }

  /** A side of the book, best price first, as exact strings. */
  async bookSide(side: 'bids' | 'asks'): Promise<string[][]> {
    const rows = (await this.page.evaluate(`[...document.querySelectorAll('#${side} .ladder-row')]
      .map((row) => ['.price', '.size'].map((part) => row.querySelector(part).textContent))`)) as string[][]
    return rows.filter(([price]) => price !== '').map((row) => row.map(plain))
  }

  /** The trades as price, size and side, in the order in which they are read aloud. */
  async trades(): Promise<string[][]> {
    const rows = (await this.page.evaluate(`[...document.querySelectorAll('.tape-row[data-side]')]
      .map((row) => [...['.price', '.size'].map((part) => row.querySelector(part).textContent), row.dataset.side])`)) as string[][]
    return rows.map((row) => row.map(plain))
  }

  /** Whether the elements stand in the page in the order in which they are seen, without a gap between them. */
  async areInOrder(selector: string): Promise<boolean> {
    const edges = (await this.page.evaluate(`[...document.querySelectorAll('${selector}')]
      .filter((one) => !one.hidden).map((one) => one.getBoundingClientRect()).map(({ top, bottom }) => [top, bottom])`)) as number[][]
    return edges.every(([top], n) => n === 0 || top === edges[n - 1]?.[1])
  }

  /** Waits until the chosen symbol has a price. */
  async hasPrice(): Promise<void> {
    await until(async () => /\d/.test(await this.text('#head-last')), 'a price')
  }

  screenshot(name: string): Promise<unknown> {
    return this.page.screenshot({ path: `${SCREENSHOTS}${name}.png` })
  }

  /** Nothing may be wider than the screen. */
  async expectFits(): Promise<void> {
    const [content, screen] = (await this.page.evaluate(
      '[document.documentElement.scrollWidth, innerWidth]'
    )) as number[]
    expect(content).toBeLessThanOrEqual(screen ?? 0)
  }
}

/** A figure as the server writes it, without the commas between thousands. */
function plain(text: string): string {
  return text.replaceAll(',', '')
}
