import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { onTestFinished } from 'vitest'

const screenshots = fileURLToPath(new URL('../../../screenshots/', import.meta.url))

/** The operators' page in a tab of its own, and what it complained of; closed when the test ends. */
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

/** Writes a picture for people to look at, into a folder that Git does not keep. */
export async function takePicture(page: Page, name: string): Promise<void> {
  mkdirSync(screenshots, { recursive: true })
  await page.evaluate('scrollTo(0, 0)')
  await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true })
}

export async function enterToken(page: Page, token: string): Promise<void> {
  await page.getByLabel(/^Token/).fill(token)
  await page.keyboard.press('Enter')
}

/** Waits for figures of a connection that holds. */
export async function isLive(page: Page): Promise<void> {
  await page.locator('body[data-link="live"]').waitFor()
}
