/** What does tickcast itself cost? The server as `tickcast serve` runs it, with the bench's own producer files. */
import { fileURLToPath } from 'node:url'
import { startApp } from '../../src/app.ts'
import { loadSettings } from '../../src/config/load-settings.ts'
import { answer } from '../harness/answering.ts'
import { CHANNELS_VARIABLE } from '../producers/plan.ts'
import { PRODUCER_FILES, type ProducerName } from '../producers/producer-files.ts'
import { startDelays, stopDelays } from './loop-delays.ts'
import { ProducerBus } from './producer-bus.ts'
import { startProfile, stopProfile } from './profiling.ts'
import type { Order, ServerApi, StartOptions } from './server-api.ts'
import { memory, usage } from './usage.ts'

const FEEDS: Readonly<Record<string, readonly ProducerName[]>> = {
  updates: ['scheduled'],
  /** The article's four producers. */
  plain: ['plain', 'plain', 'plain', 'plain']
}

let bus: ProducerBus | undefined

const api: ServerApi = {
  async start({ kind, channels, padBytes = 0, mode = 'updates', settings = {} }: StartOptions) {
    const names = FEEDS[mode]
    if (names === undefined) throw new Error(`mode: expected ${Object.keys(FEEDS).join(' or ')}; found ${mode}`)
    process.env[CHANNELS_VARIABLE] = `${kind}:${channels}:${padBytes}`
    bus = new ProducerBus(names.length)
    const feed = names.map((name) => `module:${fileURLToPath(PRODUCER_FILES[name])}`)
    // A producer that waits for its orders is not stale. Nothing is derived or kept, as with the others.
    const broadcast = { staleMs: '0', maxDerivedSymbols: '0', historyFile: 'none' }
    const flags = { port: '0', logLevel: 'error', feed, ...broadcast, ...settings }
    const app = await startApp(loadSettings({ flags, env: {} }))
    await bus.ready()
    return { port: app.address.port }
  },
  usage,
  memory,
  startDelays,
  stopDelays,
  startProfile,
  stopProfile,
  async produce(order: Order) {
    if (bus === undefined) throw new Error('expected to be started first')
    return bus.produce(order)
  }
}

answer(api)
