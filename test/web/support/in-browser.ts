import { type Browser, chromium } from 'playwright-core'
import { describe } from 'vitest'
import { BROWSER_ARGS, browserPath } from '../../support/browser.ts'

const executablePath = browserPath()

/** Tests that need a browser; skipped, and said so, where none is installed. */
export function describeInBrowser(name: string, tests: () => void): void {
  if (executablePath === undefined) console.warn(`SKIPPED, no Chromium in PATH: ${name}`)
  describe.runIf(executablePath !== undefined)(name, tests)
}

/** Starts the browser, without a window; `close` it at the end. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ ...(executablePath !== undefined && { executablePath }), args: BROWSER_ARGS })
}
