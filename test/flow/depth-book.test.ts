import { expect, it } from 'vitest'
import type { App } from '../../src/app.ts'
import type { ChannelView, StatsView } from '../../src/http/market-view.ts'
import { Random } from '../../workers/feeds/synthetic/random.ts'
import { BookWatcher } from './support/book-watcher.ts'
import { ProducerFile } from './support/producer-file.ts'
import { getJson, startTestApp, until } from './support/test-app.ts'
import { TestClient } from './support/test-client.ts'

const seed = 20_261_127
const FULL = 'book:SIM:BTC-USD'
const DEPTHS = [5, 20].map((depth) => `${FULL}:${depth}`)
const CHANNELS = [FULL, ...DEPTHS]
const FILLER = 'text:SIM:FILLER'
/** Short, so that channels come to rest between two subscribers. */
const IDLE_MS = 100

const statsOf = (app: App) => getJson<StatsView>(app, '/api/v1/stats')

async function viewsOf(app: App, pattern: string): Promise<readonly ChannelView[]> {
  const { channels } = await getJson<{ readonly channels: readonly ChannelView[] }>(
    app,
    `/api/v1/channels?pattern=${pattern}`
  )
  return channels
}

const viewOf = async (app: App, channel: string) => (await viewsOf(app, channel))[0]

const areResting = async (app: App) => (await viewsOf(app, `${FULL}:*`)).every(({ dormant }) => dormant)

/** The synthetic market in a producer that dies when it is told to go, with a channel that fills every buffer. */
function mortalMarket(): ProducerFile {
  const market = new URL('../../workers/feeds/synthetic/synthetic-market.ts', import.meta.url)
  return new ProducerFile(
    'market',
    `import { SyntheticMarket } from '${market}'
    const sim = new SyntheticMarket(${seed}, 4)
    const text = 'x'.repeat(100_000)
    export default {
      channels: ['${FILLER}', ...sim.channels.flatMap(({ trade, quote, book }) => [trade, quote, book])],
      async *messages() {
        for (;;) {
          const batch = [{ channel: '${FILLER}', data: { text } }]
          while (batch.length < 10) sim.next(Date.now(), batch)
          yield batch
          await wait(5)
          if (isToldToGo()) throw new Error('told to die')
        }
      }
    }`
  )
}

/** Clients that come to channels and leave them at random, and one that stays with the full book. */
class Crowd {
  readonly watchers: readonly BookWatcher[]
  readonly #pace: TestClient
  readonly #random = new Random(seed)

  constructor(app: App, count: number) {
    this.watchers = Array.from({ length: count }, () => new BookWatcher(app, FULL))
    this.#pace = new TestClient(app)
  }

  async open(): Promise<void> {
    await this.#pace.subscribe(FULL)
    await Promise.all(this.watchers.map(({ client }) => client.connected()))
  }

  /** Subscribes or unsubscribes one client after the other, with 0 to 11 changes of the book in between. */
  async churn(steps: number): Promise<void> {
    for (let step = 0; step < steps; step++) {
      const watcher = this.watchers[this.#random.below(this.watchers.length)]
      const channel = CHANNELS[this.#random.below(CHANNELS.length)] ?? FULL
      const isHeld = watcher?.held.includes(channel)
      if (isHeld) await watcher?.unsubscribe(channel)
      else await watcher?.client.subscribe(channel)
      await this.#changes(this.#random.below(12))
    }
  }

  /** Lets everybody hold everything, and waits until each has compared both depths with the full book again. */
  async settle(): Promise<void> {
    await Promise.all(this.watchers.map(({ client }) => client.subscribe(...CHANNELS)))
    const before = this.watchers.map(({ compared }) => new Map(compared))
    await until(
      () =>
        this.watchers.every(({ compared }, n) =>
          DEPTHS.every((channel) => (compared.get(channel) ?? 0) > (before[n]?.get(channel) ?? 0) + 20)
        ),
      'comparisons of everybody'
    )
  }

  expectNoMistake(): void {
    for (const { mistakes, client, compared } of this.watchers) {
      expect([...mistakes, ...client.violations]).toEqual([])
      for (const channel of DEPTHS) expect([channel, (compared.get(channel) ?? 0) > 20]).toEqual([channel, true])
    }
  }

  async #changes(count: number): Promise<void> {
    const updates = () => this.#pace.channels.get(FULL)?.updates ?? 0
    const target = updates() + count
    await until(() => updates() >= target, 'changes of the book')
  }
}

it(`shows the top of the full book to whoever comes and goes, and works for nobody else (seed ${seed})`, async () => {
  const app = await startTestApp({ rate: '2000', symbols: '4', depthIdleMs: String(IDLE_MS) })
  const crowd = new Crowd(app, 4)
  await crowd.open()
  for (const round of [1, 2]) {
    await crowd.churn(75)
    await crowd.settle()
    await Promise.all(crowd.watchers.map((watcher) => watcher.unsubscribe(...DEPTHS)))
    await until(() => areResting(app), `rest ${round}`)
  }
  await crowd.churn(20)
  await crowd.settle()
  crowd.expectNoMistake()
  const { counters } = await statsOf(app)
  expect(counters.channelsWoken).toBeGreaterThanOrEqual(6)
  expect(counters.channelsRested).toBeGreaterThanOrEqual(4)

  // The last one goes: everything comes to rest, and what was is not shown to anybody.
  for (const { client } of crowd.watchers) client.socket.disconnect()
  await until(() => areResting(app), 'rest')
  const resting = await viewOf(app, `${FULL}:5`)
  expect(resting).toMatchObject({ quality: 'recovering', subscribers: 0, seq: expect.any(Number) })
  expect(await getJson(app, `/api/v1/snapshot?channel=${FULL}:5`)).toMatchObject({ snapshots: [{ updates: [] }] })
  const late = new TestClient(app)
  const seqs: number[] = []
  late.onUpdate = ({ seq, type }) => {
    if (seqs.length > 0 || type === 'snapshot') seqs.push(seq)
  }
  const { channels } = await late.subscribe(`${FULL}:5`)
  expect(channels).toMatchObject([{ ok: true, quality: 'recovering', seq: resting?.seq, granted: { depth: 5 } }])
  await until(() => seqs.length > 20, 'updates')
  expect(seqs.slice(0, 3)).toEqual([1, 2, 3].map((n) => (resting?.seq ?? 0) + n))
  expect(late.statuses.at(-1)).toMatchObject({ channel: `${FULL}:5`, quality: 'live' })
  expect((await viewOf(app, `${FULL}:5`))?.quality).toBe('live')
  const others = (await viewsOf(app, 'book:SIM:*:*')).filter(({ channel }) => !DEPTHS.includes(channel))
  expect([others.length, others.every(({ seq }) => seq === 0)]).toEqual([4 * 5 - 2, true])
})

it(`goes on when its producer starts again, and for a client that was too slow (seed ${seed})`, async () => {
  const market = mortalMarket()
  const app = await startTestApp({ feed: market.feed, depthIdleMs: String(IDLE_MS), maxBacklogBytes: '262144' })
  const crowd = new Crowd(app, 3)
  const [slow, seldom] = [new BookWatcher(app, FULL), new BookWatcher(app, FULL)]
  await crowd.open()
  await slow.client.subscribe(...CHANNELS, FILLER)
  await seldom.client.subscribe(...CHANNELS.map((channel) => ({ channel, maxRateHz: 20 })))
  await until(() => slow.comparisons > 20, 'comparisons')
  slow.client.netSocket.pause()
  await until(async () => ((await statsOf(app)).counters.slowClientEpisodes ?? 0) > 0, 'it to be found slow')
  await crowd.churn(30)
  slow.client.netSocket.resume()
  await until(() => slow.client.notices.some(({ name }) => name === 'caughtUp'), 'the notice that it caught up')
  await slow.unsubscribe(FILLER)

  market.go()
  await until(() => slow.client.statuses.some(({ cause }) => cause === 'producer_dead'), 'its death')
  market.halt()
  await until(
    () => DEPTHS.every((channel) => (slow.client.channels.get(channel)?.epochs.length ?? 0) > 1),
    'a new life'
  )
  await crowd.churn(30)
  await crowd.settle()
  crowd.expectNoMistake()
  const lives = CHANNELS.map(() => 2)
  for (const { client, mistakes, comparisons } of [slow, seldom]) {
    expect([...mistakes, ...client.violations]).toEqual([])
    expect(comparisons).toBeGreaterThan(20)
    expect(CHANNELS.map((channel) => client.channels.get(channel)?.epochs.length)).toEqual(lives)
    for (const channel of DEPTHS) {
      expect(client.statuses.findLast((status) => status.channel === channel)).toMatchObject({ quality: 'live' })
    }
  }
  for (const channel of DEPTHS) expect(seldom.client.channels.get(channel)?.merged).toBeGreaterThan(10)
})
