import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium, type Page } from 'playwright-core'
import { build } from 'vite'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { startTestApp, until } from '../flow/support/test-app.ts'
import { BROWSER_ARGS, browserPath } from '../support/browser.ts'

const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url))
const PYTHON = '/usr/bin/python3'
const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript' }

/** Any web server: a folder on a free port. */
async function serveFolder(folder: string): Promise<string> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const file = pathname.endsWith('/') ? `${pathname}index.html` : pathname
    try {
      const content = readFileSync(join(folder, file))
      response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'text/plain' }).end(content)
    } catch {
      response.writeHead(404).end()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

async function openPage(url: string): Promise<{ readonly page: Page; readonly problems: string[] }> {
  const executablePath = browserPath()
  const browser = await chromium.launch({ ...(executablePath !== undefined && { executablePath }), args: BROWSER_ARGS })
  onTestFinished(() => browser.close())
  const page = await browser.newPage()
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(error.message))
  await page.goto(url)
  return { page, problems }
}

/** Runs a command until it has said what is expected; gives what it said. */
async function runUntil(command: string, args: readonly string[], expected: RegExp): Promise<string> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (said += text))
  await until(() => expected.test(said), `${expected} from ${args[0]}, which said ${said}`)
  return said
}

function hasPythonClient(): boolean {
  try {
    execFileSync(PYTHON, ['-c', 'import socketio, websocket'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

const isPythonThere = hasPythonClient()
if (!isPythonThere) process.stderr.write('skipped: no stock client for Python; install python3-socketio\n')
if (browserPath() === undefined) process.stderr.write('skipped: no browser; install chromium\n')

describe('the example', () => {
  it('in Node.js prints quotes with how far they can be trusted', async () => {
    const app = await startTestApp()
    const script = join(EXAMPLES, 'watch-quotes.ts')
    const said = await runUntil(process.execPath, [script, app.url, 'SIM:AAPL', 'SIM:MSFT'], /SIM:MSFT \S+ \S+ live/)
    expect(said).toMatch(/^connected$/m)
    expect(said).toMatch(/^SIM:AAPL [\d.]+ [\d.]+ live none$/m)
  })

  it.skipIf(!isPythonThere)('in Python prints quotes', async () => {
    const app = await startTestApp()
    const said = await runUntil(
      PYTHON,
      [join(EXAMPLES, 'quotes.py'), app.url, 'SIM:AAPL', 'SIM:NOPE'],
      /(quote:SIM:AAPL .*\n){3}/
    )
    expect(said).toMatch(/^quote:SIM:AAPL [\d.]+ [\d.]+$/m)
    expect(said).toMatch(/^quote:SIM:NOPE no producer publishes/m)
  })
})

describe.runIf(browserPath() !== undefined)('the example in a browser', () => {
  it('without a build shows quotes, and that they are doubtful while the server is away', async () => {
    const app = await startTestApp({ corsOrigin: '*' })
    const { page, problems } = await openPage(`${await serveFolder(EXAMPLES)}plain-page/?server=${app.url}`)
    await page.locator('tbody tr').nth(2).waitFor()
    const cells = () => page.locator('tbody tr').first().locator('td').allInnerTexts()
    await vi.waitFor(
      async () =>
        expect(await cells()).toEqual(['SIM:AAPL', expect.stringMatching(/^[\d.]+$/), expect.anything(), 'live']),
      10_000
    )
    const [, bid] = await cells()
    await vi.waitFor(async () => expect((await cells())[1]).not.toBe(bid), 10_000)
    await app.stop('away')
    await vi.waitFor(async () => expect((await cells())[3]).toBe('disconnected'), 10_000)
    expect(problems).toEqual([])
  })

  it('with React shows quotes, a book and trades', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tickcast-react-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    await build({
      root: join(EXAMPLES, 'react-page'),
      configFile: false,
      logLevel: 'error',
      build: { outDir: folder, emptyOutDir: true }
    })
    const app = await startTestApp({ corsOrigin: '*' })
    const { page, problems } = await openPage(`${await serveFolder(folder)}?server=${app.url}`)
    await page.locator('.asks li').nth(4).waitFor()
    await page.locator('.trades li').first().waitFor()
    const row = page.locator('[data-symbol="SIM:AAPL"]')
    await vi.waitFor(async () => expect(await row.locator('.quality').innerText()).toBe('live'), 10_000)
    const bid = await row.locator('.bid').innerText()
    await vi.waitFor(async () => expect(await row.locator('.bid').innerText()).not.toBe(bid), 10_000)
    expect(await page.locator('.spread').innerText()).toMatch(/^spread 0\.\d+$/)
    expect(problems).toEqual([])
  })
})
