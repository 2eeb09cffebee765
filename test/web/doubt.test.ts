import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { doubtOf, doubtText, shortDoubtText, worstDoubt } from '../../web/doubt.ts'
import { ProducerFile } from '../flow/support/producer-file.ts'
import { startTestApp, until } from '../flow/support/test-app.ts'
import { seriousViolations } from '../support/audit.ts'
import { describeInBrowser, launchBrowser } from './support/in-browser.ts'
import { TradingPage } from './support/trading-page.ts'

const sinceMs = new Date(2026, 10, 25, 16, 2, 33).getTime()
const of = (quality: 'live' | 'delayed' | 'stale' | 'disconnected' | 'closed', cause: string) =>
  doubtOf({ quality, cause, sinceMs, lastUpdateMs: undefined })

describe('A doubt', () => {
  it.each([
    ['delayed', 'slow_consumer', 'delayed: slow consumer since 16:02:33', 'delayed 16:02:33'],
    ['delayed', 'none', 'delayed since 16:02:33', 'delayed 16:02:33'],
    ['stale', 'producer_dead', 'producer dead since 16:02:33', 'producer dead 16:02:33'],
    ['stale', 'unknown', 'stale since 16:02:33', 'stale 16:02:33'],
    ['stale', 'unknownChannel', 'unknown channel since 16:02:33', 'unknown channel 16:02:33'],
    ['disconnected', 'ping timeout', 'no connection since 16:02:33', 'no connection 16:02:33']
  ] as const)('of what is %s with cause %s is told in words', (quality, cause, long, short) => {
    const doubt = of(quality, cause)
    if (doubt === undefined) throw new Error('it must be in doubt')
    expect([doubtText(doubt), shortDoubtText(doubt)]).toEqual([long, short])
  })

  it('is not had of what is live', () => {
    expect(of('live', 'none')).toBeUndefined()
    expect(worstDoubt([undefined, undefined])).toBeUndefined()
    expect(worstDoubt([])).toBeUndefined()
  })

  it('is told of many by the worst of them, and of how many it is', () => {
    const late = of('delayed', 'slow_consumer')
    expect(worstDoubt([late, late])?.text).toBe('delayed: slow consumer since 16:02:33')
    expect(worstDoubt([late, undefined, of('stale', 'producer_dead'), of('closed', 'session_closed')])).toEqual({
      quality: 'stale',
      text: 'stale: producer dead since 16:02:33 (1 of 4 symbols)'
    })
    expect(worstDoubt([late, of('disconnected', 'ping timeout')])?.quality).toBe('disconnected')
  })
})

/** Prices that go on as `delayed` once they are told to go. */
const LATE = `export default {
  channels: ['quote:LAB:GOLD', 'trade:LAB:GOLD', 'book:LAB:GOLD'],
  async *messages() {
    for (let step = 1, isLate = false; ; step++) {
      if (isToldToGo() !== isLate) {
        isLate = !isLate
        yield isLate ? { quality: 'delayed', cause: 'broker_lost' } : { quality: 'live', cause: 'none' }
      }
      yield { channel: 'quote:LAB:GOLD', data: quote(step) }
      yield { channel: 'trade:LAB:GOLD', data: trade(step) }
      yield { channel: 'book:LAB:GOLD', isSnapshot: true, data: { bids: [['1', '1']], asks: [['2', '1']] } }
      await wait(20)
    }
  }
}`

describeInBrowser('What is right but late', () => {
  let browser: Browser

  beforeAll(async () => {
    browser = await launchBrowser()
  }, 30_000)

  afterAll(() => browser?.close())

  it.each([
    ['dark', 1440, ''],
    ['light', 390, '?view=watch'],
    ['dark', 390, '?view=chart']
  ] as const)(
    'is said, with why and since when, and is not grey: %s, %i pixels wide %s',
    async (theme, width, query) => {
      const file = new ProducerFile('metals', LATE)
      const app = await startTestApp({ feed: file.feed })
      const page = await TradingPage.open(browser, app.url, { query, theme, width, height: 844 })
      const overall = page.page.locator('#overall')
      await until(async () => (await overall.innerText()) === 'live', 'prices that are live')
      file.go()

      await until(
        async () => /^delayed: broker lost since \d\d:\d\d:\d\d$/.test(await overall.innerText()),
        'the foot to say so'
      )
      const { x = 0, width: textWidth = 0 } = (await overall.boundingBox()) ?? {}
      expect(textWidth).toBeGreaterThan(0)
      expect(x + textWidth).toBeLessThanOrEqual(width)
      expect(await page.page.locator('[data-doubt]').count()).toBe(0)
      if (!query.includes('watch')) {
        expect(await page.text('#head-quality')).toMatch(/^delayed: broker lost since \d\d:\d\d:\d\d$/)
        const head = await page.page.locator('#symbol-head').boundingBox()
        const badge = await page.page.locator('#head-quality').boundingBox()
        expect((badge?.y ?? 0) + (badge?.height ?? 0)).toBeLessThanOrEqual((head?.y ?? 0) + (head?.height ?? 0))
        expect((badge?.x ?? 0) + (badge?.width ?? 0)).toBeLessThanOrEqual(width)
      }
      if (!query.includes('chart')) {
        expect((await page.watchRows())[0]?.doubt).toMatch(/^delayed \d\d:\d\d:\d\d$/)
      }
      if (query === '') {
        for (const panel of ['book', 'trades']) {
          await until(() => page.page.locator(`#${panel}[data-late]`).isVisible(), `late ${panel}`)
          expect(await page.text(`#${panel}-doubt`)).toMatch(/^delayed: broker lost since/)
        }
      }
      await page.screenshot(`trading-late-${width}${query.replace('?view=', '-')}`)
      expect(await seriousViolations(page.page)).toEqual([])
      file.halt()
      await until(async () => (await overall.innerText()) === 'live', 'live prices again')
      expect(await page.page.locator('[data-late]').count()).toBe(0)
      expect(page.problems).toEqual([])
    }
  )
})
