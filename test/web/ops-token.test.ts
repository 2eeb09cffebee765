import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestApp, until } from '../flow/support/test-app.ts'
import { describeInBrowser, launchBrowser } from './support/in-browser.ts'
import { enterToken, isLive, openOps } from './support/ops-tab.ts'

describeInBrowser("the operators' page of a server with another token", () => {
  let browser: Browser

  beforeAll(async () => {
    browser = await launchBrowser()
  })
  afterAll(() => browser.close())

  it('goes on with what stands in the search fields when it is entered', async () => {
    const first = await startTestApp({ opsToken: 'the-token-of-one-life', reconnectAfterMs: '0' })
    const { page } = await openOps(browser, first.url)
    await enterToken(page, 'the-token-of-one-life')
    await isLive(page)
    const onlyFound = async () => {
      const names = await page.locator('#channel-table tbody th').allInnerTexts()
      return names.length > 0 && names.every((name) => name.startsWith('quote:SIM:A'))
    }
    await page.getByLabel('Search channels').fill('quote:SIM:A*')
    await until(onlyFound, 'what was searched for')
    await first.stop('test')
    const token = 'the-token-of-another-life'
    await startTestApp({ opsToken: token, port: String(first.address.port) })
    await page.getByText('This is not the token.').waitFor()
    await enterToken(page, token)
    await isLive(page)

    // The first figures of the new connection may have been made before the search was told; the next ones were not.
    for (let news = 0; news < 2; news++) {
      const before = await page.locator('#age').innerText()
      await until(async () => {
        const age = await page.locator('#age').innerText()
        return age !== before && age.endsWith(', live')
      }, 'newer figures')
    }
    expect(await onlyFound()).toBe(true)
    expect(await page.getByLabel('Search channels').inputValue()).toBe('quote:SIM:A*')
  })
})
