import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { INTERVALS } from '../../web/chart/chart-interval.ts'
import { DrawnInterval } from '../../web/chart/drawn-interval.ts'
import { ProducerFile } from '../flow/support/producer-file.ts'
import { getJson, startTestApp, until } from '../flow/support/test-app.ts'
import { describeInBrowser, launchBrowser } from './support/in-browser.ts'
import { TradingPage } from './support/trading-page.ts'

/** `OWN` with candles of the producer's own; `OLD` and `YOUNG` with trades of half an hour, and of now. */
const MARKET = `
  const minute = 60_000
  const now = Math.floor(Date.now() / minute) * minute
  const candle = (openTime, price) => ({ openTime, open: price, high: price, low: price, close: price, volume: '1',
    quoteVolume: price, trades: 1, takerBuyVolume: '1', vwap: price, closed: openTime < now })
  export default {
    channels: ['candle:LAB:OWN:1m', 'candle:LAB:OWN:30m', 'quote:LAB:OWN', 'trade:LAB:OLD', 'trade:LAB:YOUNG'],
    async *messages() {
      yield { channel: 'quote:LAB:OWN', data: quote(5) }
      for (let age = 3; age >= 0; age--) {
        // One by one: of states that come at once the newest stands for all.
        await wait(20)
        const openTime = now - age * minute
        yield { channel: 'candle:LAB:OWN:1m', exchangeTime: openTime, data: candle(openTime, '5.25') }
      }
      for (let age = 40; age > 0; age--) {
        yield { channel: 'trade:LAB:OLD', exchangeTime: now - age * minute, data: trade(age) }
      }
      for (let step = 1; ; step++) {
        yield { channel: 'trade:LAB:YOUNG', data: trade(step) }
        await wait(50)
      }
    }
  }`

/** A symbol that may publish a candle, and does not. */
const SILENT = `export default {
  channels: ['quote:LAB:GOLD', 'candle:LAB:GOLD:1m'],
  async *messages() {
    for (let step = 1; ; step++) {
      yield { channel: 'quote:LAB:GOLD', data: quote(step) }
      await wait(20)
    }
  }
}`

const barCount = ({ page }: TradingPage) => page.evaluate<number>('tickcast.chartBars().length')
const pressed = (page: TradingPage) => page.texts('#intervals [aria-pressed=true]')

describe('The interval that is drawn', () => {
  it('is the chosen one, and where that is not published, one that is', () => {
    const drawn = new DrawnInterval()
    expect([drawn.of('auto'), drawn.of('5m')]).toEqual(['1m', '5m'])
    drawn.begin(['5m', '1h'])
    expect([drawn.of('auto'), drawn.of('1h'), drawn.of('1m')]).toEqual(['5m', '1h', '5m'])
  })

  it('is a second where there are less than 20 minutes, unless another was chosen or it is not published', () => {
    const drawn = new DrawnInterval()
    drawn.begin(INTERVALS)
    expect([drawn.note('auto', 20), drawn.note('1m', 19), drawn.note('5m', 19), drawn.of('auto')]).toEqual([
      false,
      false,
      false,
      '1m'
    ])
    expect([drawn.note('auto', 19), drawn.of('auto'), drawn.of('1m'), drawn.note('auto', 0)]).toEqual([
      true,
      '1s',
      '1m',
      false
    ])
    drawn.begin(['1m'])
    expect([drawn.note('auto', 0), drawn.of('auto')]).toEqual([false, '1m'])
  })
})

describeInBrowser('The chart of a producer that publishes its own candles', () => {
  let browser: Browser

  beforeAll(async () => {
    browser = await launchBrowser()
  }, 30_000)

  afterAll(() => browser?.close())

  it('offers the intervals there are, and draws each symbol in the one that suits it', async () => {
    const app = await startTestApp({ feed: new ProducerFile('market', MARKET).feed, staleMs: '0' })
    const stored = () => getJson<{ candles?: unknown[] }>(app, '/api/v1/candles?symbol=LAB:OWN&interval=1m')
    await until(async () => (await stored()).candles?.length === 4, 'its candles to be stored')
    const page = await TradingPage.open(browser, app.url, { query: '?symbol=LAB:OWN' })
    await until(async () => (await barCount(page)) === 4, 'its four candles')
    expect(await page.texts('#intervals button:enabled:visible')).toEqual(['1m', '30m'])
    expect(await pressed(page)).toEqual(['1m'])
    await page.screenshot('trading-own-candles')

    const choose = (symbol: string) => page.page.locator('.watch-row').filter({ hasText: symbol }).click()
    await choose('YOUNG')
    await until(async () => (await pressed(page)).join() === '1s', 'seconds of the young symbol')
    expect(await page.texts('#intervals button:enabled:visible')).toEqual(
      INTERVALS.filter((interval) => !['3m', '30m', '1M'].includes(interval))
    )
    await choose('OLD')
    await until(async () => (await barCount(page)) === 40, 'the minutes of the old symbol')
    expect(await pressed(page)).toEqual(['1m'])

    await page.page.getByRole('button', { name: 'Interval 5m' }).click()
    await choose('OWN')
    await until(async () => (await barCount(page)) === 4, 'its four candles again')
    expect(await pressed(page)).toEqual(['1m'])
    expect(page.problems.filter((text) => !text.includes('404'))).toEqual([])
  })

  it('says why it is empty when the server refuses the candles', async () => {
    const app = await startTestApp({ feed: new ProducerFile('silent', SILENT).feed, maxChannelsPerClient: '1' })
    // The one channel goes to whoever asks first, and a quote that is not known yet is asked for again only later.
    const known = async () => (await getJson<{ channels: unknown[] }>(app, '/api/v1/channels')).channels.length
    await until(async () => (await known()) === 2, 'its channels to be known')
    const page = await TradingPage.open(browser, app.url, { query: '?symbol=LAB:GOLD' })
    await page.hasPrice()
    await until(
      async () => /^Candles are refused: .*at most 1 channel/.test(await page.text('#chart-empty')),
      'the reason for an empty chart'
    )
    await page.screenshot('trading-refused')
  })
})
