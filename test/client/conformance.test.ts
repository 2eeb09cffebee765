import { describe, expect, it, onTestFinished } from 'vitest'
import { connect, type Gap, type Market, type Update } from '../../client/index.ts'
import { LiveTrades } from '../../client/live/live-trades.ts'
import type { App } from '../../src/app.ts'
import { newSeed, Random } from '../flow/doors/support/random.ts'
import { ProducerFile } from '../flow/support/producer-file.ts'
import { getJson, startTestApp, until } from '../flow/support/test-app.ts'
import { FaultProxy } from './support/fault-proxy.ts'
import { LabBooks, labChannels, labProducer, quoteAt, tradeAt } from './support/lab-market.ts'

const SYMBOLS = ['A', 'B']
const DEPTH = 10
const STEPS_PER_TURN = 4
const CHANNELS = SYMBOLS.flatMap(labChannels).filter((channel) => !channel.startsWith('candle'))
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
  readonly trades = new Map<string, number[]>()
  readonly lives
  readonly #market: Market

  constructor(market: Market) {
    this.#market = market
    const all = market.subscribe('*:LAB:*', (update) => this.#note(update))
    all.onGap((gap) => this.gaps.push(gap))
    this.lives = SYMBOLS.flatMap((symbol) => this.#follow(`LAB:${symbol}`))
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
    const ids = this.trades.get(channel) ?? []
    this.trades.set(channel, ids)
    ids.push(Number((data as { readonly id: string }).id))
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
  }
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

describe.each(['websocket', 'socket.io'] as const)('the SDK over %s', (transport) => {
  it('shows nothing but the truth as live, and tells every gap, whatever the network and the server do', async () => {
    const random = new Random(newSeed(`SDK over ${transport}`))
    const lab = new ProducerFile('lab', labProducer(SYMBOLS, STEPS_PER_TURN))
    const flags = { feed: lab.feed, reconnectAfterMs: '300' }
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
      const gaps = observer.gaps.filter((gap) => gap.channel === channel)
      const causes = gaps.map(({ cause }) => cause).filter((cause) => channel.startsWith('trade') || cause !== 'resync')
      expect([channel, causes]).toEqual([channel, Array(observer.epochs.size - 1).fill('restart')])
    }
    for (const [channel, ids] of observer.trades) {
      // Within a life none is missing and none comes twice; what a new life had told before is counted.
      const starts = ids.filter((id, index) => index > 0 && id !== (ids[index - 1] ?? 0) + 1)
      const live = observer.lives.find((held) => held.channel === channel)
      const missed = live instanceof LiveTrades ? live.missed : undefined
      expect([channel, starts.length]).toEqual([channel, observer.epochs.size - 1])
      expect([channel, missed]).toEqual([channel, starts.reduce((sum, id) => sum + id, 0)])
    }
    expect(names).toContain('serverRestart')
  })
})
