import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { CliRun } from '../support/run-cli.ts'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync'
]

/** A browser that is installed; tests of the page are skipped where there is none. */
function browserPath(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter)
  return folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find((path) => existsSync(path))
}

const executablePath = browserPath()

describe.runIf(executablePath !== undefined)('the page in a browser', () => {
  let browser: Browser
  let server: CliRun
  let url: string
  let page: Page
  let problems: string[]

  beforeAll(async () => {
    browser = await chromium.launch({ ...(executablePath !== undefined && { executablePath }), args: QUIET })
    await startServer(0)
  }, 30_000)

  afterAll(async () => {
    await browser.close()
    server.kill('SIGTERM')
    await server.result
  })

  beforeEach(async () => {
    problems = []
    page = await browser.newPage({ viewport: { width: 1280, height: 700 } })
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text())
    })
    page.on('pageerror', (error) => problems.push(error.message))
    await page.goto(url)
    await rows().nth(9).waitFor()
  })

  afterEach(() => page.close())

  async function startServer(port: number): Promise<void> {
    server = new CliRun('serve', '--port', String(port), '--symbols', '10', '--rate', '2000')
    url = await vi.waitFor(() => {
      const found = /page\s+(http:\S+)/.exec(server.stdout)?.[1]
      if (found === undefined) throw new Error(`no banner yet:\n${server.stdout}${server.stderr}`)
      return found
    }, 15_000)
  }

  const rows = () => page.locator('tbody tr:not([hidden])')
  const texts = (selector: string) => page.locator(`tbody tr:not([hidden]) ${selector}`).allInnerTexts()

  it('shows the live price of every symbol, and that they are synthetic, without breaking its own policy', async () => {
    await vi.waitFor(async () => expect(await texts('.state')).toEqual(Array(10).fill('live')), 10_000)
    for (const selector of ['.bid', '.ask']) {
      await vi.waitFor(async () => {
        for (const price of await texts(selector)) expect(price).toMatch(/^\d+(\.\d+)?$/)
      }, 10_000)
    }
    await vi.waitFor(async () => expect((await page.locator('#origin').innerText()).toLowerCase()).toBe('synthetic'))
    await vi.waitFor(async () => expect(Number(await page.locator('#rate').innerText())).toBeGreaterThan(20), 10_000)
    expect(await page.locator('#connection').innerText()).toBe('connected')
    expect(problems).toEqual([])
  })

  it('filters by what is typed after a slash, and shows all again after Escape', async () => {
    const [first = ''] = await texts('.symbol')
    await page.keyboard.press('/')
    await page.keyboard.type(first.toLowerCase())
    await vi.waitFor(async () => expect(await texts('.symbol')).toEqual([first]))
    await page.keyboard.press('Escape')
    await vi.waitFor(async () => expect(await texts('.symbol')).toHaveLength(10))
  })

  it('sorts by the head that is pressed, and says so to a screen reader', async () => {
    const head = page.getByRole('columnheader', { name: 'Symbol' })
    expect(await head.getAttribute('aria-sort')).toBe('ascending')
    await head.getByRole('button').click()
    expect(await head.getAttribute('aria-sort')).toBe('descending')
    await vi.waitFor(async () => {
      const byPlace = await page.locator('tbody tr[aria-rowindex="2"] .symbol').innerText()
      expect(byPlace).toBe((await texts('.symbol')).sort().at(-1))
    })
  })

  it('fits a phone', async () => {
    await page.setViewportSize({ width: 390, height: 800 })
    await page.locator('tbody .rate').first().waitFor({ state: 'hidden' })
    for (const selector of ['.symbol', '.bid', '.ask', '.last']) {
      await rows().first().locator(selector).waitFor({ state: 'visible' })
    }
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390)
  })

  it('doubts every price while the server is away, and comes back with it', async () => {
    server.kill('SIGTERM')
    await server.result
    await vi.waitFor(async () => {
      for (const state of await texts('.state')) expect(state).toMatch(/^no connection \d\d:\d\d:\d\d$/)
    })
    expect(await page.locator('#connection').innerText()).toMatch(/^reconnecting – prices as of \d\d:\d\d:\d\d/)
    await startServer(Number(new URL(url).port))
    await vi.waitFor(async () => expect(await texts('.state')).toEqual(Array(10).fill('live')), 20_000)
  }, 60_000)
})
