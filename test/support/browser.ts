import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { describe } from 'vitest'

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

/** A browser that is installed; tests of pages are skipped where there is none. */
function browserPath(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter)
  return folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find((path) => existsSync(path))
}

const executablePath = browserPath()

/** Tests that need a browser; skipped, and said so, where none is installed. */
export function describeInBrowser(name: string, tests: () => void): void {
  if (executablePath === undefined) console.warn(`SKIPPED, no Chromium in PATH: ${name}`)
  describe.runIf(executablePath !== undefined)(name, tests)
}

/** Starts the browser, without a window; `close` it at the end. */
export function launchBrowser(...flags: readonly string[]): Promise<Browser> {
  return chromium.launch({ ...(executablePath !== undefined && { executablePath }), args: [...QUIET, ...flags] })
}
