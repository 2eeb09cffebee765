import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { App } from '../../src/app.ts'
import { ProducerFile } from '../flow/support/producer-file.ts'
import { getJson, startTestApp, until } from '../flow/support/test-app.ts'
import { seriousViolations } from '../support/audit.ts'
import { describeInBrowser, launchBrowser } from './support/in-browser.ts'
import { TradingPage } from './support/trading-page.ts'

interface Snapshots {
  readonly snapshots: readonly { readonly updates: readonly { readonly data: Record<string, unknown> }[] }[]
}

/** A market that stands still while it is told to go; then its producer dies when the file is written anew. */
const marketSource = (fault = '') => `
  const symbols = ['GOLD', 'IRON', 'ZINC']
  const names = symbols.flatMap((name) => ['quote', 'trade', 'book'].map((kind) => kind + ':LAB:' + name))
  export default { channels: names, async *messages() {
    for (let step = 1; ; step++) {
      while (isToldToGo()) { ${fault} await wait(10) }
      for (const name of symbols) {
        const at = (cents) => (1234 + Math.sin(step / 9) + cents / 100).toFixed(2)
        yield { channel: 'quote:LAB:' + name, data: { bid: at(0), bidSize: '3', ask: at(5), askSize: '2.5' } }
        yield { channel: 'trade:LAB:' + name,
          data: { id: String(step), price: at(step % 2 ? 0 : 5), size: '0.' + step, side: step % 2 ? 'sell' : 'buy' } }
        yield { channel: 'book:LAB:' + name, isSnapshot: true, data: {
          bids: [0, 1, 2, 3].map((tick) => [at(-tick), String(step + tick)]),
          asks: [5, 6, 7, 8].map((tick) => [at(tick), String(step + tick) + '.25']) } }
      }
      await wait(20)
    }
  } }`

async function newest<Data>(app: App, channel: string): Promise<Data> {
  const { snapshots } = await getJson<Snapshots>(app, `/api/v1/snapshot?channel=${channel}`)
  return snapshots[0]?.updates.at(-1)?.data as Data
}

describeInBrowser('The trading page', () => {
  let browser: Browser

  beforeAll(async () => {
    browser = await launchBrowser()
  }, 30_000)

  afterAll(() => browser?.close())

  it('shows prices of every part, and where they come from, without an error or a breach of its policy', async () => {
    const app = await startTestApp({ symbols: '12', rate: '2000' })
    const startMs = performance.now()
    const page = await TradingPage.open(browser, app.url)
    await page.hasPrice()
    logTime('first price', startMs)
    await until(
      async () => (await page.watchRows()).every(({ last }) => /^\d+(\.\d+)?$/.test(last)),
      'every last price'
    )
    await until(async () => (await page.bookSide('bids')).length > 3, 'the book')
    await until(async () => (await page.trades()).length > 3, 'the trades')
    await until(async () => (await page.text('#origin')).toLowerCase() === 'synthetic', 'the origin')
    await until(async () => Number(await page.text('#rate')) > 0, 'the rate')
    expect(await page.watchRows()).toHaveLength(12)
    expect(await page.text('#connection')).toBe('connected')
    expect(page.problems).toEqual([])
  })

  it('shows what the server holds, to the last digit, once the market stands still', async () => {
    const file = new ProducerFile('metals', marketSource())
    const app = await startTestApp({ feed: file.feed, staleMs: '60000' })
    const page = await TradingPage.open(browser, app.url, { query: '?symbol=LAB:IRON' })
    await page.hasPrice()
    await until(async () => (await page.trades()).length > 5, 'trades')
    file.go()

    const book = await settled(() => newest<{ bids: string[][]; asks: string[][] }>(app, 'book:LAB:IRON'))
    for (const side of ['bids', 'asks'] as const) {
      const held = book[side].map(([price, size]) => [price, Number(size)])
      const shown = async () => (await page.bookSide(side)).map(([price, size]) => [price, Number(size)])
      await until(async () => JSON.stringify(await shown()) === JSON.stringify(held), `the same ${side}`)
    }
    const quote = await newest<{ bid: string; ask: string }>(app, 'quote:LAB:IRON')
    expect([await page.text('#head-bid'), await page.text('#head-ask')]).toEqual(
      [quote.bid, quote.ask].map((price) => Number(price).toLocaleString('en', { minimumFractionDigits: 2 }))
    )
    const trade = await newest<{ price: string; size: string; side: string }>(app, 'trade:LAB:IRON')
    const [[price, size, side] = []] = await page.trades()
    expect([price, Number(size), side]).toEqual([trade.price, Number(trade.size), trade.side])
    expect(page.problems).toEqual([])
  })

  it('greys the symbols of a dead producer and says why and since when, until it lives again', async () => {
    const file = new ProducerFile('metals', marketSource(`throw new Error('out of metal');`))
    const app = await startTestApp({ feed: ['synthetic', file.feed], symbols: '2', rate: '200' })
    const page = await TradingPage.open(browser, app.url, { query: '?symbol=LAB:GOLD' })
    await page.hasPrice()
    const doubts = async () => Object.fromEntries((await page.watchRows()).map(({ symbol, doubt }) => [symbol, doubt]))
    await until(
      async () => Object.values(await doubts()).join('') === '' && (await page.watchRows()).length === 5,
      'live'
    )
    const startMs = performance.now()
    file.go()

    await until(async () => /^producer dead \d\d:\d\d:\d\d$/.test((await doubts()).GOLD ?? ''), 'grey')
    logTime('grey after the death of a producer', startMs)
    expect(await page.text('#head-quality')).toMatch(/^producer dead since \d\d:\d\d:\d\d$/)
    for (const panel of ['book', 'trades']) {
      await until(() => page.page.locator(`#${panel}[data-doubt]`).isVisible(), `a grey ${panel}`)
    }
    await until(
      async () => /^stale: producer dead since .* \(3 of 5 symbols\)$/.test(await page.text('#overall')),
      'the foot to say so'
    )
    await page.screenshot('trading-stale')
    expect(Object.values(await doubts()).filter((doubt) => doubt === '')).toHaveLength(2)
    file.halt()
    await until(async () => Object.values(await doubts()).join('') === '', 'live again')
    expect(await page.text('#head-quality')).toBe('live')
    await until(async () => (await page.text('#overall')) === 'live', 'the foot to say so')
    expect(page.problems).toEqual([])
  })

  it('is used by keyboard: a slash searches, arrows walk, Enter picks, Escape shows all again', async () => {
    const app = await startTestApp({ symbols: '12' })
    const page = await TradingPage.open(browser, app.url)
    await until(async () => (await page.watchRows()).length === 12, 'the rows')
    const [, second, third] = await page.watchRows()
    await page.page.keyboard.press('/')
    await page.page.keyboard.type(second?.symbol.toLowerCase() ?? '')
    await until(async () => (await page.watchRows()).length === 1, 'one row')
    await page.page.keyboard.press('Enter')
    await until(async () => (await page.text('#head-symbol')) === second?.symbol, 'the second symbol')
    await page.page.keyboard.press('Escape')
    await until(async () => (await page.watchRows()).length === 12, 'all rows')
    for (const key of ['Home', 'ArrowDown', 'ArrowDown', 'Enter']) await page.page.keyboard.press(key)
    await until(async () => (await page.text('#head-symbol')) === third?.symbol, 'the third symbol')
    const active = await page.page.locator('#watch-grid').getAttribute('aria-activedescendant')
    expect(await page.text(`#${active} .symbol`)).toBe(third?.symbol)
  })

  it('sorts by the head that is pressed, and says so to a screen reader', async () => {
    const app = await startTestApp({ symbols: '8' })
    const page = await TradingPage.open(browser, app.url)
    await until(async () => (await page.watchRows()).length === 8, 'the rows')
    const head = page.page.getByRole('columnheader', { name: 'Symbol' })
    expect(await head.getAttribute('aria-sort')).toBe('ascending')
    const symbols = (await page.watchRows()).map(({ symbol }) => symbol)
    expect(symbols).toEqual([...symbols].sort())
    await head.getByRole('button').click()
    expect(await head.getAttribute('aria-sort')).toBe('descending')
    await until(async () => (await page.watchRows())[0]?.symbol === symbols.at(-1), 'the other order')
  })

  it('keeps symbol, interval, averages and panels in the address, so that a reload shows the same', async () => {
    const app = await startTestApp({ symbols: '8' })
    const page = await TradingPage.open(browser, app.url)
    await until(async () => (await page.watchRows()).length === 8, 'the rows')
    await page.page.locator('.watch-row').nth(3).click()
    await page.page.getByRole('button', { name: 'Interval 5m' }).click()
    await page.page.getByRole('button', { name: 'Moving average of 50 candles' }).click()
    await page.page.locator('#toggle-trades').click()
    const symbol = await page.text('#head-symbol')
    expect(new URL(page.page.url()).search).toBe(`?symbol=SIM:${symbol}&interval=5m&ma=20,50&view=chart&hide=trades`)
    await page.page.reload()
    await page.hasPrice()
    expect(await page.text('#head-symbol')).toBe(symbol)
    expect(await page.texts('[aria-pressed=true].choice')).toEqual(['Watchlist', 'Book', '5m', 'MA 20', 'MA 50'])
    expect(await page.page.locator('#trades').isVisible()).toBe(false)
    await page.page.goBack()
  })

  it('holds of thousands of symbols only those in sight, and lets go of a symbol that is left', async () => {
    const app = await startTestApp({ symbols: '2000', rate: '500' })
    const page = await TradingPage.open(browser, app.url)
    await page.hasPrice()
    const holders = async (channel: string) => {
      const { channels } = await getJson<{ channels: { subscribers: number }[] }>(
        app,
        `/api/v1/channels?pattern=${channel}`
      )
      return channels[0]?.subscribers
    }
    await until(async () => (await page.text('#watch-count')) === '2,000', 'all symbols')
    const first = await page.text('#head-symbol')
    await until(async () => (await holders(`trade:SIM:${first}`)) === 1, 'its trades')
    await page.page.locator('#watch-grid').focus()
    await page.page.keyboard.press('End')
    await page.page.keyboard.press('Enter')
    await until(async () => (await page.text('#head-symbol')) !== first, 'another symbol')
    const last = await page.text('#head-symbol')
    await until(async () => (await holders(`trade:SIM:${last}`)) === 1, 'the trades of the other one')
    await until(async () => (await holders(`trade:SIM:${first}`)) === 0, 'an end of the trades of the first one')
    const { subscriptions } = await getJson<{ subscriptions: number }>(app, '/api/v1/stats')
    expect(subscriptions).toBeLessThan(100)
    expect((await page.watchRows()).length).toBeLessThan(60)
    expect(page.problems).toEqual([])
  })

  it.each([
    ['dark', 1440, 900, ''],
    ['light', 1440, 900, ''],
    ['dark', 1000, 760, ''],
    ['light', 390, 844, '?view=watch'],
    ['dark', 390, 844, '?view=chart'],
    ['light', 390, 844, '?view=book'],
    ['dark', 390, 844, '?view=trades']
  ] as const)('can be used by everybody: %s, %i × %i %s', async (theme, width, height, query) => {
    const app = await startTestApp({ symbols: '40', rate: '1000' })
    const page = await TradingPage.open(browser, app.url, { theme, width, height, query })
    await until(async () => (await page.text('#connection')) === 'connected', 'a connection')
    await until(async () => (await page.page.locator('#watch-count').textContent()) === '40', 'the symbols')
    await page.page.waitForTimeout(1_500)
    await page.screenshot(`trading-${theme}-${width}${query.replace('?view=', '-')}`)
    await page.expectFits()
    expect(await seriousViolations(page.page)).toEqual([])
    expect(page.problems).toEqual([])
  })
})

/** For people to see; how long it takes on a machine that does other work is held to no limit here. */
function logTime(what: string, startMs: number): void {
  console.log(`the trading page: ${what} ${Math.round(performance.now() - startMs)} ms`)
}

/** What `read` says once it says the same twice, some time apart: nothing is on its way any more. */
async function settled<Value>(read: () => Promise<Value>): Promise<Value> {
  let before = ''
  let value = await read()
  await until(async () => {
    before = JSON.stringify(value)
    await new Promise((resolve) => setTimeout(resolve, 300))
    value = await read()
    return JSON.stringify(value) === before
  }, 'the market to stand still')
  return value
}
