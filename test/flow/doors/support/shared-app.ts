import { afterAll, beforeAll } from 'vitest'
import { type App, startApp } from '../../../../src/app.ts'
import { loadSettings } from '../../../../src/config/load-settings.ts'
import type { RemoteProducer } from './remote-producer.ts'

/** A server for all tests of a `describe`: a whole one, on a free port, started before them and stopped after them. */
export function sharedApp(
  flags: Readonly<Record<string, unknown>>,
  ...producers: readonly RemoteProducer[]
): Pick<App, 'url' | 'address'> {
  let app: App | undefined
  const running = () => {
    if (app === undefined) throw new Error('the server runs in tests only')
    return app
  }
  beforeAll(async () => {
    const feed = producers.length > 0 ? { feed: producers.map((producer) => producer.feed) } : {}
    const settings = loadSettings({
      flags: { port: '0', logLevel: 'silent', historyFile: ':memory:', ...feed, ...flags },
      env: {}
    })
    app = await startApp(settings)
    await Promise.all(producers.map((producer) => producer.ready()))
  })
  afterAll(() => app?.stop('end of tests'))
  return {
    get url() {
      return running().url
    },
    get address() {
      return running().address
    }
  }
}
