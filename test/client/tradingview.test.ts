import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { connect, type Market } from '../../client/index.ts'
import { type Bar, createDatafeed, type DepthData, type QuoteData } from '../../client/tradingview/index.ts'
import { intervalOf } from '../../client/tradingview/resolution.ts'
import { resolutionOf } from '../../src/http/udf/udf-resolution.ts'
import { INTERVALS } from '../../src/market/candle-interval.ts'
import { CandleServer } from './support/candle-server.ts'

const WAIT_MS = 10_000
const SYMBOL = { name: 'GOLD', ticker: 'LAB:GOLD' }

type Feed = ReturnType<typeof createDatafeed>

/** Does with a datafeed what the library does, and refuses what it refuses. */
class Chart {
  bars: Bar[] = []
  resets = 0
  readonly #feed: Feed

  constructor(feed: Feed) {
    this.#feed = feed
  }

  /** Reads the first bars, and follows. */
  async open(): Promise<void> {
    await this.load()
    this.follow()
  }

  load(): Promise<void> {
    const period = { from: 0, to: 1_800_000_000, countBack: 100, firstDataRequest: true }
    return new Promise((resolve, reject) => {
      const take = (bars: Bar[]) => {
        this.bars = bars
        resolve()
      }
      this.#feed.getBars(SYMBOL, '1', period, take, (reason) => reject(new Error(reason)))
    })
  }

  follow(): void {
    const onReset = () => {
      this.resets += 1
    }
    this.#feed.subscribeBars(SYMBOL, '1', (bar) => this.#tick(bar), 'chart', onReset)
  }

  leave(): void {
    this.#feed.unsubscribeBars('chart')
  }

  #tick(bar: Bar): void {
    const { time = 0 } = this.bars.at(-1) ?? {}
    if (bar.time < time) throw new Error(`time violation: ${bar.time} after ${time}`)
    if (bar.time === time) this.bars.pop()
    this.bars.push(bar)
  }
}

describe('the datafeed for TradingView', () => {
  let server: CandleServer
  let market: Market
  let feed: Feed
  let chart: Chart

  beforeEach(async () => {
    server = new CandleServer()
    await server.start()
    market = connect({ url: server.url })
    feed = createDatafeed(market)
    chart = new Chart(feed)
    server.tick(20)
  })

  afterEach(async () => {
    market.close()
    await server.stop()
  })

  const isRight = () =>
    vi.waitFor(() => {
      const bars = server.candles.map(({ openTime, close }) => [openTime, Number(close)])
      expect(chart.bars.map(({ time, close }) => [time, close])).toEqual(bars)
    }, WAIT_MS)

  it('joins history and the stream without a hole or a bar that comes twice', async () => {
    await chart.load()
    server.tick(1)
    chart.follow()
    await isRight()
    server.tick(9)
    await isRight()
    expect(chart.resets).toBe(0)
  })

  it('goes on where it was after a lost connection, and after the chart looked elsewhere', async () => {
    await chart.open()
    server.tick(3)
    await isRight()
    server.cut()
    await vi.waitFor(() => expect(market.state).toBe('down'))
    server.tick(1)
    await isRight()
    chart.leave()
    server.tick(1)
    chart.follow()
    await isRight()
    server.tick(4)
    await isRight()
    expect(chart.resets).toBe(0)
  })

  it('tells the chart to forget its bars, once, when it cannot be proven that none was missed', async () => {
    await chart.open()
    await vi.waitFor(() => expect(server.subscribeRequests).toHaveLength(1))
    server.beginEpoch()
    server.tick(8)
    await vi.waitFor(() => expect(chart.resets).toBe(1), WAIT_MS)
    await chart.open()
    server.tick(4)
    await isRight()
    expect(chart.resets).toBe(1)
  })

  it('loads older bars, and says when there are none', async () => {
    const before = server.candles[3]?.openTime ?? 0
    const period = { from: 0, to: before / 1_000, countBack: 2, firstDataRequest: false }
    const [bars, meta] = await new Promise<[Bar[], { noData: boolean }]>((resolve, reject) => {
      feed.getBars(SYMBOL, '1', period, (found, about) => resolve([found, about]), reject)
    })
    expect(bars.map(({ time }) => time)).toEqual(server.candles.slice(1, 3).map(({ openTime }) => openTime))
    expect(meta).toEqual({ noData: false })
    const first = { ...period, to: (server.candles[0]?.openTime ?? 0) / 1_000 }
    const none = await new Promise((resolve, reject) => {
      feed.getBars(SYMBOL, '1', first, (found, about) => resolve([found, about]), reject)
    })
    expect(none).toEqual([[], { noData: true }])
  })

  it('gives the quotes of symbols together, those known first, and none after they were let go', async () => {
    server.publish('quote:LAB:GOLD', { bid: '10.5', bidSize: '1', ask: '11', askSize: '1' })
    server.publish('ticker:LAB:GOLD', { last: '10.9', change: '0.9', changePercent: '9', open: '10', volume: '5' })
    const told: QuoteData[][] = []
    feed.subscribeQuotes([], ['LAB:GOLD'], (quotes) => told.push(quotes), 'list')
    await vi.waitFor(() => {
      expect(told.at(-1)).toMatchObject([{ s: 'ok', n: 'LAB:GOLD', v: { lp: 10.9, bid: 10.5, ask: 11, chp: 9 } }])
    })
    feed.unsubscribeQuotes('list')
    const { length } = told
    await vi.waitFor(() =>
      expect(server.unsubscribeRequests.flat().sort()).toEqual(['quote:LAB:GOLD', 'ticker:LAB:GOLD'])
    )
    expect(told).toHaveLength(length)
  })

  it('gives the depth of market, both sides from the lowest price up', async () => {
    const bids = [
      ['10', '1'],
      ['9.5', '2']
    ]
    server.publish('book:LAB:GOLD', { bids, asks: [['11', '3']] })
    const told: DepthData[] = []
    const id = feed.subscribeDepth('LAB:GOLD', (depth) => told.push(depth))
    await vi.waitFor(() => expect(told).toHaveLength(1))
    expect(told[0]).toEqual({
      snapshot: true,
      asks: [{ price: 11, volume: 3 }],
      bids: [
        { price: 9.5, volume: 2 },
        { price: 10, volume: 1 }
      ]
    })
    feed.unsubscribeDepth(id)
    await vi.waitFor(() => expect(server.unsubscribeRequests).toHaveLength(1))
    expect(told).toHaveLength(1)
  })

  it('hands on what the server knows of itself and of symbols, and its refusals', async () => {
    server.routes.set('/udf/config', () => ({ supported_resolutions: ['1'] }))
    server.routes.set('/udf/search', (query) => [{ ticker: query.get('query') }])
    server.routes.set('/udf/symbols', (query) =>
      query.get('symbol') === 'LAB:GOLD' ? { ticker: 'LAB:GOLD' } : undefined
    )
    expect(await new Promise((resolve) => feed.onReady(resolve))).toEqual({ supported_resolutions: ['1'] })
    expect(await new Promise((resolve) => feed.searchSymbols('gold', '', '', resolve))).toEqual([{ ticker: 'gold' }])
    const resolved = (name: string) => new Promise((resolve) => feed.resolveSymbol(name, resolve, resolve))
    expect(await resolved('LAB:GOLD')).toEqual({ ticker: 'LAB:GOLD' })
    expect(await resolved('LAB:NOPE')).toBe('Not Found')
    await vi.waitFor(() => expect(market.latency().clockOffsetMs).not.toBe(0))
    const seconds = await new Promise<number>((resolve) => feed.getServerTime(resolve))
    expect(Math.abs(seconds - Date.now() / 1_000)).toBeLessThan(30)
  })

  it('tells the time of the server by the clock by which it has measured how far that is', async () => {
    await vi.waitFor(() => expect(market.latency().clockOffsetMs).not.toBe(0))
    const wallMs = Date.now()
    vi.spyOn(Date, 'now').mockReturnValue(wallMs + 3_600_000)
    let seconds = 0
    feed.getServerTime((told) => (seconds = told))
    vi.restoreAllMocks()
    expect(Math.abs(seconds - wallMs / 1_000)).toBeLessThan(30)
  })

  it('names the intervals as the server does', () => {
    expect(INTERVALS.map((interval) => intervalOf(resolutionOf(interval)))).toEqual([...INTERVALS])
    expect(['S', 'D', 'W', 'M', '7'].map(intervalOf)).toEqual(['1s', '1d', '1w', '1M', undefined])
  })
})
