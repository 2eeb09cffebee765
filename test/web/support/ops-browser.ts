import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { onTestFinished } from 'vitest'

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
const screenshots = fileURLToPath(new URL('../../../screenshots/', import.meta.url))

/** A browser that is installed; tests of the page are skipped where there is none. */
export function browserPath(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter)
  return folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find((path) => existsSync(path))
}

export function launchBrowser(): Promise<Browser> {
  const executablePath = browserPath()
  return chromium.launch({ ...(executablePath !== undefined && { executablePath }), args: QUIET })
}

/** The operator's page, and what it complained of; closed when the test ends. */
export async function openOps(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {}
): Promise<{ page: Page; problems: string[] }> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
  onTestFinished(() => context.close())
  const page = await context.newPage()
  const problems: string[] = []
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problems.push(message.text())
  })
  page.on('pageerror', (error) => problems.push(error.message))
  await page.goto(`${url}/ops`)
  return { page, problems }
}

/** What axe-core finds that keeps people from using the page, one line each. */
export async function seriousViolations(page: Page): Promise<string[]> {
  const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  // Through the debugger: the page's own policy lets no further script in.
  await page.evaluate(axe)
  const found = await page.evaluate<readonly { id: string; impact: string; nodes: readonly { html: string }[] }[]>(
    'axe.run().then(({ violations }) => violations)'
  )
  const serious = found.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  return serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
}

/** Writes a picture for people to look at, into a folder that Git does not keep. */
export async function takePicture(page: Page, name: string): Promise<void> {
  mkdirSync(screenshots, { recursive: true })
  await page.evaluate('scrollTo(0, 0)')
  await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true })
}
