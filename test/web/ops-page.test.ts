import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { App } from '../../src/app.ts'
import type { StatsView } from '../../src/http/market-view.ts'
import { ProducerFile } from '../flow/support/producer-file.ts'
import { getJson, startTestApp, until } from '../flow/support/test-app.ts'
import { TestClient } from '../flow/support/test-client.ts'
import { seriousViolations } from '../support/audit.ts'
import { describeInBrowser, launchBrowser } from './support/in-browser.ts'
import { enterToken, isLive, openOps, takePicture } from './support/ops-tab.ts'

const TOKEN = 'a-token-of-some-length'
const GOLD = 'quote:LAB:GOLD'
const STREAM = `export default async function* () {
  for (let step = 1; ; step++) {
    yield { channel: '${GOLD}', data: quote(step) }
    await wait(5)
    if (isToldToGo()) throw new Error('the vault is empty')
  }
}`
const WAIT = { timeout: 20_000, interval: 50 }

const number = (text: string) => Number(text.replaceAll(',', ''))

async function pairsIn(page: Page, list: string): Promise<Readonly<Record<string, string>>> {
  const [names, values] = [page.locator(`${list} dt`), page.locator(`${list} dd`)]
  const texts = await values.allInnerTexts()
  return Object.fromEntries((await names.allInnerTexts()).map((name, n) => [name, texts[n] ?? '']))
}

/** The cells of a row that begins with this name, by the heads of their columns. */
async function rowOf(page: Page, table: string, name: string): Promise<Readonly<Record<string, string>>> {
  const heads = await page.locator(`${table} thead th`).allTextContents()
  const row = page.locator(`${table} tbody tr`).filter({ has: page.locator(`th:text-is("${name}")`) })
  const cells = await row.locator('th, td').allTextContents()
  return Object.fromEntries(heads.map((head, n) => [head, cells[n] ?? '']))
}

describeInBrowser("the operators' page in a browser", () => {
  let browser: Browser

  beforeAll(async () => {
    browser = await launchBrowser()
  })
  afterAll(() => browser.close())

  it('shows what the server tells when nothing moves, to the last figure', async () => {
    const still = new ProducerFile(
      'gold',
      `export default async function* () {
        for (let step = 1; step <= 1234; step++) yield { channel: '${GOLD}', data: quote(step) }
        await forever()
      }`
    )
    const app = await startTestApp({ feed: still.feed, staleMs: '0', heartbeatMs: '60000' })
    const client = new TestClient(app)
    await client.subscribe('quote:LAB:*')
    const { page, problems } = await openOps(browser, app.url)
    await vi.waitFor(async () => {
      expect(await rowOf(page, '#producer-table', 'gold')).toMatchObject({ Messages: '1,234', State: 'running' })
      expect(await page.locator('#client-count').innerText()).toBe('1')
      expect(await rowOf(page, '#channel-table', GOLD)).toMatchObject({
        Quality: 'live',
        'Last seq': '1,234',
        Clients: '1'
      })
    }, WAIT)
    const stats = await getJson<StatsView>(app, '/api/v1/stats')
    const counters = await page
      .locator('#counter-table tbody tr:not([hidden])')
      .evaluateAll((rows) =>
        rows.map((row) => [row.children[0]?.textContent ?? '', row.children[1]?.textContent ?? ''])
      )
    const queue = await pairsIn(page, '#queue-figures')

    const shown = counters.map(([name = '', text = '']) => [name, number(text)])
    expect(Object.fromEntries(shown)).toEqual(stats.counters)
    expect(queue).toMatchObject({
      'Waiting now': String(stats.queueDepth),
      Capacity: '5,000',
      'High-water mark': stats.queueHighWater.toLocaleString('en-GB')
    })
    expect(await page.locator('#client-summary').innerText()).toContain('1 socket.io websocket · 1 subscription ·')
    expect(await page.locator('#client-table tbody th').innerText()).toBe(client.socket.id)
    expect(await page.locator('#access').innerText()).toBe('this machine: look only')
    expect(await page.getByRole('button', { name: /Restart|Close/ }).count()).toBe(0)
    expect(problems).toEqual([])
  })

  it('shows that a producer died, why, and that it is back', async () => {
    const gold = new ProducerFile('gold', STREAM)
    const app = await startTestApp({ feed: gold.feed })
    const { page, problems } = await openOps(browser, app.url)
    await vi.waitFor(async () => expect(await page.locator('#ready').innerText()).toBe('ready'), WAIT)
    gold.go()
    await vi.waitFor(async () => {
      expect(await page.locator('#reasons').innerText()).toMatch(/^Not ready: gold is .*the vault is empty/)
      expect(await page.locator('#ready').innerText()).toBe('not ready')
    }, WAIT)
    await takePicture(page, 'ops-not-ready')
    gold.halt()
    await vi.waitFor(async () => {
      const row = await rowOf(page, '#producer-table', 'gold')
      expect(row).toMatchObject({ State: 'running', 'Last error': 'the vault is empty' })
      expect(number(row.Restarts ?? '')).toBeGreaterThan(0)
      expect(await page.locator('#ready').innerText()).toBe('ready')
    }, WAIT)

    expect(await page.locator('#events').innerText()).toMatch(/gold (restarted|restarting).*the vault is empty/)
    expect(problems).toEqual([])
  })

  it('asks for the token, and with it restarts a producer and closes a client, once it is confirmed', async () => {
    const gold = new ProducerFile('gold', STREAM)
    const app = await startTestApp({ feed: gold.feed, opsToken: TOKEN })
    const client = new TestClient(app)
    await client.subscribe('quote:LAB:*')
    const { page, problems } = await openOps(browser, app.url)
    const gate = page.getByRole('dialog', { name: 'Operators only' })
    await gate.waitFor()
    expect(await page.locator('#producer-table tbody th').count()).toBe(0)
    await enterToken(page, 'another-token-of-some-length')
    await gate.getByText('This is not the token.').waitFor()
    await enterToken(page, TOKEN)
    await isLive(page)
    const restart = page.getByRole('button', { name: 'Restart gold', exact: true })
    await restart.click()
    await page.getByRole('button', { name: 'Cancel' }).click()
    await restart.click()
    await page.getByRole('dialog').getByRole('button', { name: 'Restart gold' }).click()
    await vi.waitFor(async () => {
      expect(await rowOf(page, '#producer-table', 'gold')).toMatchObject({ State: 'running', Restarts: '1' })
    }, WAIT)
    await page.getByRole('button', { name: `Close client ${client.socket.id}` }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Close the client' }).click()
    await until(() => !client.socket.connected, 'the client to be closed')
    await vi.waitFor(async () => expect(await page.locator('#client-count').innerText()).toBe('0'), WAIT)

    expect(client.notices.map(({ name }) => name)).toContain('closedByOperator')
    // The token is kept for this tab alone, until it is forgotten.
    await page.reload()
    await isLive(page)
    await page.getByRole('button', { name: 'Forget token' }).click()
    await gate.waitFor()
    expect(problems).toEqual([])
  })

  it('says loudly that the connection is lost and how old its figures are, and comes back by itself', async () => {
    const gold = new ProducerFile('gold', STREAM)
    const first = await startTestApp({ feed: gold.feed, opsToken: TOKEN, reconnectAfterMs: '0' })
    const { page } = await openOps(browser, first.url)
    await enterToken(page, TOKEN)
    await isLive(page)
    await page.getByRole('button', { name: 'Restart gold' }).waitFor()
    await first.stop('test')
    const alert = page.getByRole('alert')
    await vi.waitFor(async () => {
      expect(await alert.innerText()).toMatch(
        /^Connection lost .*All figures are those of \d\d:\d\d:\d\d, [1-9]\d* s ago\.$/
      )
    }, WAIT)
    expect(await page.locator('#ready').innerText()).toBe('connection lost')
    expect(await page.title()).toContain('lost')
    expect(await page.getByRole('button', { name: 'Restart gold' }).count()).toBe(0)
    await takePicture(page, 'ops-lost')
    await startTestApp({ feed: gold.feed, opsToken: TOKEN, port: String(first.address.port) })
    await isLive(page)

    expect(await alert.count()).toBe(0)
    await page.getByRole('button', { name: 'Restart gold' }).waitFor()
  })

  it('finds channels, and goes through time and pages by keyboard', async () => {
    const app = await startTestApp()
    const { page, problems } = await openOps(browser, app.url)
    await isLive(page)
    const names = () => page.locator('#channel-table tbody th').allInnerTexts()
    const range = page.locator('#channel-range')
    await vi.waitFor(async () => expect(await range.innerText()).toMatch(/^1–50 of \d+$/), WAIT)
    await page.getByRole('button', { name: 'Next' }).focus()
    await page.keyboard.press('Enter')
    await vi.waitFor(async () => expect(await range.innerText()).toMatch(/^51–\d+ of \d+$/), WAIT)
    await page.getByLabel('Search channels').fill('quote:SIM:A*')
    await vi.waitFor(async () => {
      const found = await names()
      expect(found).toContain('quote:SIM:AAPL')
      expect(found.every((name) => name.startsWith('quote:SIM:A'))).toBe(true)
    }, WAIT)
    await page.getByLabel('not live only').check()
    await page.getByText('no channel is found').waitFor()
    const charts = page.locator('#charts')
    await vi.waitFor(async () => {
      expect(await charts.getByRole('img').first().getAttribute('aria-label')).toMatch(/^Messages in \/s: .* [1-9]/)
    }, WAIT)
    await charts.focus()
    await page.keyboard.press('Home')
    await vi.waitFor(
      async () => expect(await page.locator('#chart-time').innerText()).toMatch(/^\d\d:\d\d:\d\d$/),
      WAIT
    )
    await page.keyboard.press('Escape')
    await vi.waitFor(async () => expect(await page.locator('#chart-time').innerText()).toBe('now'), WAIT)

    expect(problems).toEqual([])
  })

  it.each([
    ['dark', 1440],
    ['light', 1440],
    ['dark', 390],
    ['light', 390]
  ] as const)('can be used by everybody, %s and %i pixels wide', async (colorScheme, width) => {
    const app = await startTestApp({ opsToken: TOKEN, feed: ['synthetic', new ProducerFile('gold', STREAM).feed] })
    await crowd(app)
    const { page, problems } = await openOps(browser, app.url, { colorScheme, viewport: { width, height: 844 } })
    await page.getByRole('dialog').waitFor()
    expect(await seriousViolations(page)).toEqual([])
    await enterToken(page, TOKEN)
    await isLive(page)
    await page.getByText('All counters').click()
    await vi.waitFor(async () => {
      expect(number(await page.locator('#client-count').innerText())).toBe(4)
      expect((await rowOf(page, '#producer-table', 'gold'))['Messages /s']).toMatch(/^[1-9]/)
    }, WAIT)

    await takePicture(page, `ops-${colorScheme}-${width}`)
    expect(await seriousViolations(page)).toEqual([])
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width)
    expect(problems).toEqual([])
  })
})

async function crowd(app: App): Promise<void> {
  const clients = [['websocket'], ['websocket'], ['websocket'], ['polling']].map((door) => new TestClient(app, door))
  await Promise.all(clients.map((client, n) => client.subscribe(n % 2 === 0 ? 'quote:SIM:*' : '*:SIM:*')))
}
