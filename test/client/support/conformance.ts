import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { type Candle, connect, type Gap, type LiveCandles, type Market, type Update } from '../../../client/index.ts'
import { LiveTrades } from '../../../client/live/live-trades.ts'
import type { App } from '../../../src/app.ts'
import { newSeed, Random } from '../../flow/doors/support/random.ts'
import { ProducerFile } from '../../flow/support/producer-file.ts'
import { getJson, startTestApp, until } from '../../flow/support/test-app.ts'
import { FaultProxy } from './fault-proxy.ts'
import { LabBooks, labChannels, labProducer, quoteAt, tradeAt } from './lab-market.ts'

const SYMBOLS = ['A', 'B']
const DEPTH = 10
const STEPS_PER_TURN = 4
const CHANNELS = SYMBOLS.flatMap(labChannels)
const SNAPSHOTS = `/api/v1/snapshot?channel=${CHANNELS.join()}`

interface Observed {
  readonly channel: string
  readonly step: number
  readonly value: unknown
}

/** Follows every channel in every way the SDK has, and writes down all that it shows as live. */
class Observer {
  readonly seen: Observed[] = []
  readonly gaps: Gap[] = []
  /** Epochs that the server was in at checkpoints. */
  readonly epochs = new Set<string>()
  /** Every trade of a channel, in order of arrival. */
  readonly trades = new Map<string, { readonly epoch: string | undefined; readonly id: number }[]>()
  readonly lives
  readonly candles: readonly LiveCandles[]
  readonly #market: Market

  constructor(market: Market) {
    this.#market = market
    const all = market.subscribe('*:LAB:*', (update) => this.#note(update))
    all.onGap((gap) => this.gaps.push(gap))
    this.lives = SYMBOLS.flatMap((symbol) => this.#follow(`LAB:${symbol}`))
    this.candles = [market.candles('LAB:A', '1s', { history: 30 }), market.candles('LAB:B', '1s')]
  }

  #follow(symbol: string) {
    const quote = this.#market.quote(symbol)
    const book = this.#market.book(symbol, { depth: 'full' })
    const trades = this.#market.trades(symbol, { keep: 20 })
    quote.onChange(({ quality, value, channel }) => {
      if (quality.quality !== 'live' || value === undefined) return
      const { exchangeTime: _, ingestTime: __, ...data } = value
      this.seen.push({ channel, step: value.venueSeq ?? -1, value: data })
    })
    book.onChange(({ quality, value, channel }) => {
      if (quality.quality !== 'live' || value === undefined) return
      const side = (levels: readonly (readonly [string, string])[]) =>
        levels.slice(0, DEPTH).map(([price, size]) => [Number(price), size])
      const text = JSON.stringify({ bids: side(value.bids), asks: side(value.asks) })
      this.seen.push({ channel, step: value.venueSeq ?? -1, value: text })
    })
    trades.onChange(({ quality, value, channel }) => {
      if (quality.quality !== 'live') return
      for (const { exchangeTime: _, ...trade } of value?.slice(-3) ?? []) {
        this.seen.push({ channel, step: Number(trade.id), value: trade })
      }
    })
    return [quote, book, trades]
  }

  #note({ channel, data }: Update): void {
    if (!channel.startsWith('trade')) return
    const trades = this.trades.get(channel) ?? []
    this.trades.set(channel, trades)
    const epoch = this.lives.find((live) => live.channel === channel)?.position?.epoch
    trades.push({ epoch, id: Number((data as { readonly id: string }).id) })
  }

  /** Waits until all that is live shows what the server has now, or something newer. */
  async checkpoint(app: App, what: string): Promise<void> {
    const present = new Map<string, Snapshot>()
    await until(async () => {
      const answer = await getJson<{ readonly snapshots?: readonly Snapshot[] }>(app, SNAPSHOTS)
      for (const snapshot of answer.snapshots ?? []) present.set(snapshot.channel, snapshot)
      return CHANNELS.every((channel) => (present.get(channel)?.seq ?? 0) > 0)
    }, `a server with something to tell after ${what}`)
    for (const live of this.lives) {
      const { epoch, seq } = present.get(live.channel) ?? { epoch: '', seq: 0 }
      this.epochs.add(epoch)
      await until(() => {
        const { position, quality } = live
        return quality.quality === 'live' && position?.epoch === epoch && position.seq >= seq
      }, `${live.channel} at ${epoch} ${seq} after ${what}`)
    }
    for (const live of this.candles) await this.#compareCandles(app, live, what)
  }

  /** Within a life no trade comes twice; each that is missing is counted, and each place where some are is told. */
  expectAccount({ channel, missed }: LiveTrades, faults: readonly string[]): void {
    const trades = this.trades.get(channel) ?? []
    const breaks = trades.flatMap(({ epoch, id }, index) => {
      const before = trades[index - 1]
      if (before === undefined || (before.epoch === epoch && id === before.id + 1)) return []
      return [{ isNewLife: before.epoch !== epoch, lost: before.epoch === epoch ? id - before.id - 1 : id }]
    })
    const skips = breaks.filter(({ isNewLife }) => !isNewLife)
    const lives = breaks.filter(({ isNewLife }) => isNewLife)
    const told = this.gaps.filter((gap) => gap.channel === channel && gap.cause === 'skipped').length
    expect([channel, skips.length, lives.length, missed], JSON.stringify({ faults, breaks })).toEqual([
      ...[channel, told, this.epochs.size - 1],
      breaks.reduce((sum, { lost }) => sum + lost, 0)
    ])
  }

  /** Closed candles are the same, one for one, in the SDK and in the answer of REST. */
  async #compareCandles(app: App, live: LiveCandles, what: string): Promise<void> {
    let [held, told]: readonly (readonly Candle[])[] = [[], []]
    const areEqual = async () => {
      const page = await getJson<{ readonly candles: readonly Candle[] }>(
        app,
        `/api/v1/candles?symbol=${live.symbol}&interval=1s&limit=1000`
      )
      const { value = [], quality } = live
      const startTime = value[0]?.openTime ?? 0
      told = closedFrom(page.candles, startTime)
      held = closedFrom(value, startTime).slice(0, told.length)
      return quality.quality === 'live' && told.length > 0 && JSON.stringify(held) === JSON.stringify(told)
    }
    await until(areEqual, `the candles of ${live.symbol} after ${what}`).catch((error: unknown) => {
      expect([live.quality.quality, held]).toEqual(['live', told])
      throw error
    })
  }
}

/** Candles that are closed, from a time on. */
function closedFrom(candles: readonly Candle[], startTime: number): readonly Candle[] {
  return candles.filter(({ openTime, closed }) => closed && openTime >= startTime)
}

interface Snapshot {
  readonly channel: string
  readonly epoch: string
  readonly seq: number
}

function truthOf({ channel, step }: Observed, books: LabBooks): unknown {
  if (channel.startsWith('quote')) return quoteAt(step)
  return channel.startsWith('book') ? books.at(step) : tradeAt(step)
}

/** Breaks the network and the server in every way, and holds what the SDK showed and told to what was true. */
export async function expectTruth(transport: 'websocket' | 'socket.io'): Promise<void> {
  const random = new Random(newSeed(`SDK over ${transport}`))
  const lab = new ProducerFile('lab', labProducer(SYMBOLS, STEPS_PER_TURN))
  const folder = mkdtempSync(join(tmpdir(), 'tickcast-sdk-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const flags = { feed: lab.feed, reconnectAfterMs: '300', historyFile: join(folder, 'history.sqlite') }
  let app = await startTestApp(flags)
  const proxy = await FaultProxy.before(app.address)
  const market = connect({ url: proxy.url, transport })
  onTestFinished(() => market.close())
  const observer = new Observer(market)
  const changes: string[] = []
  market.onConnection(({ state }) => changes.push(state))
  await observer.checkpoint(app, 'the start')

  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
  const isBack = (cuts: number) => changes.filter((state) => state === 'connected').length > cuts
  const faults: Readonly<Record<string, () => Promise<void>>> = {
    async cut() {
      const cuts = changes.filter((state) => state === 'connected').length
      proxy.cut()
      await until(() => isBack(cuts), 'the connection after a cut')
    },
    async stall() {
      proxy.stall()
      await pause(200 + random.below(600))
      proxy.flow()
    },
    async absence() {
      const cuts = changes.filter((state) => state === 'connected').length
      proxy.isAway = true
      await pause(500 + random.below(1_000))
      proxy.isAway = false
      await until(() => isBack(cuts), 'the connection after an absence')
    },
    async halfOpen() {
      const cuts = changes.filter((state) => state === 'connected').length
      proxy.breakSilently()
      await until(() => isBack(cuts), 'the connection after a silence')
    },
    async producerDeath() {
      const epoch = observer.lives[0]?.position?.epoch
      lab.go()
      await until(() => observer.lives.every(({ quality }) => quality.quality !== 'live'), 'doubt')
      lab.halt()
      await until(() => observer.lives.every(({ position }) => position?.epoch !== epoch), 'a new life')
    },
    async serverRestart() {
      const cuts = changes.filter((state) => state === 'connected').length
      const { port } = app.address
      await app.stop('restart')
      app = await startTestApp({ ...flags, port: String(port) })
      await until(() => isBack(cuts), 'the connection after a restart')
    }
  }
  const names = [...Object.keys(faults), 'cut', 'stall', 'cut'].sort(() => random.next() - 0.5)
  for (const name of names) {
    await faults[name]?.()
    await observer.checkpoint(app, name)
    await pause(random.below(150))
  }

  const books = new LabBooks(DEPTH)
  const wrong = observer.seen.filter((observed) => {
    const truth = truthOf(observed, books)
    return typeof truth === 'string'
      ? truth !== observed.value
      : JSON.stringify(truth) !== JSON.stringify(observed.value)
  })
  expect(wrong.slice(0, 3).map((observed) => [observed, truthOf(observed, books)])).toEqual([])
  for (const channel of CHANNELS) {
    expect([channel, observer.seen.filter((observed) => observed.channel === channel).length > 50]).toEqual([
      channel,
      true
    ])
    const causes = observer.gaps.filter((gap) => gap.channel === channel).map(({ cause }) => cause)
    const allowed = channel.startsWith('trade') ? ['restart', 'skipped'] : ['restart', 'resync']
    expect([channel, causes.filter((cause) => !allowed.includes(cause))]).toEqual([channel, []])
    const restarts = causes.filter((cause) => cause === 'restart').length
    expect([channel, restarts]).toEqual([channel, observer.epochs.size - 1])
  }
  for (const live of observer.lives) if (live instanceof LiveTrades) observer.expectAccount(live, names)
  expect(names).toContain('serverRestart')
}
