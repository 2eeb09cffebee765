import { describe, expect, it, vi } from 'vitest'
import type { LiveCandles } from '../../client/index.ts'
import { CandleServer } from './support/candle-server.ts'
import { marketStage, WAIT_MS } from './support/market-stage.ts'

describe('live candles', () => {
  const stage = marketStage(() => new CandleServer())

  /** Waits until they are what the server has. */
  const areRight = (live: LiveCandles, from = 0) =>
    vi.waitFor(
      () => expect([live.value, live.quality.quality]).toEqual([stage.server.candles.slice(from), 'live']),
      WAIT_MS
    )

  it('begin with history, and go on in the stream from its very end', async () => {
    stage.server.tick(31)
    const live = await stage.market.candles(stage.server.symbol, '1m', { history: 5 }).ready()
    expect(live.value).toEqual(stage.server.candles.slice(-5))
    expect(live.hasMore).toBe(true)
    const { length } = stage.server.candles
    await vi.waitFor(() =>
      expect(stage.server.resumesOf(stage.server.channel)).toEqual([{ epoch: 'epoch-1', seq: 31 }])
    )
    const told: [string, boolean][] = []
    live.onCandle(({ close }, isNew) => told.push([close, isNew]))
    stage.server.tick(3)
    await areRight(live, length - 5)
    expect(told).toEqual([
      ['31', false],
      ['32', false],
      ['33', true]
    ])
    expect([live.gaps, stage.server.reads.length]).toEqual([0, 1])
  })

  it('begin whole where history was empty a moment before, and is written later than the stream tells', async () => {
    const unwritten = () => ({ candles: [], next: null, position: null })
    const written = stage.server.routes.get('/api/v1/candles')
    stage.server.routes.set('/api/v1/candles', unwritten)
    const live = stage.market.candles(stage.server.symbol, '1m', { history: 50 })
    await live.ready()
    // Two candles are told before the subscription, and nobody has stored them yet.
    stage.server.tick(7)
    await vi.waitFor(() => expect(live.value).toHaveLength(1), WAIT_MS)
    expect(live.quality).toMatchObject({ quality: 'recovering', cause: 'history' })
    if (written !== undefined) stage.server.routes.set('/api/v1/candles', written)
    await areRight(live)
    expect(live.value).toHaveLength(3)
  })

  it('begin with what is in progress where no history is asked for, and load it later', async () => {
    stage.server.tick(30)
    const live = await stage.market.candles(stage.server.symbol, '1m').ready()
    expect(live.value).toEqual(stage.server.candles.slice(-1))
    expect(await live.loadBefore(4)).toBe(4)
    expect(live.value).toEqual(stage.server.candles.slice(-5))
    expect(await live.loadBefore(100)).toBe(5)
    expect([live.value, live.hasMore]).toEqual([stage.server.candles, false])
  })

  it('are held up to a bound, beyond which the oldest are let go and can be loaded again', async () => {
    stage.server.tick(1)
    const [first] = stage.server.candles
    if (first === undefined) throw new Error('expected a candle; found none')
    const candles = Array.from({ length: 10_000 }, (_, n) => ({
      ...{ ...first, openTime: first.openTime - (10_000 - n) * 60_000, closed: true }
    }))
    const page = { candles, next: null, position: null }
    const live = await stage.market.candles(stage.server.symbol, '1m', { page }).ready()
    await vi.waitFor(() => expect([live.length, live.hasMore]).toEqual([10_001, false]), WAIT_MS)
    for (let candle = 0; candle < 1_010; candle++) stage.server.tick(3)
    await vi.waitFor(() => expect(live.value?.at(-1)).toEqual(stage.server.candles.at(-1)), WAIT_MS)

    expect(live.hasMore).toBe(true)
    expect(live.length).toBeLessThan(10_100)
    expect(live.value?.slice(-1_000)).toEqual(stage.server.candles.slice(-1_000))
  })

  it('are read again where a new life of the producer began, and say so meanwhile', async () => {
    stage.server.tick(10)
    const live = await stage.market.candles(stage.server.symbol, '1m', { history: 50 }).ready()
    await areRight(live)
    let mends = 0
    live.onMended(() => (mends += 1))
    stage.server.isHistoryDown = true
    stage.server.beginEpoch()
    stage.server.tick(7)
    await vi.waitFor(() => expect(live.quality).toMatchObject({ quality: 'recovering', cause: 'history' }))
    stage.server.isHistoryDown = false
    await areRight(live)
    expect([mends, live.gaps]).toEqual([1, 1])
  })

  it('are read again where updates are missing in the stream', async () => {
    stage.server.tick(10)
    const live = await stage.market.candles(stage.server.symbol, '1m', { history: 50 }).ready()
    await areRight(live)
    stage.server.tick(5, { isLost: true })
    stage.server.tick(1)
    await areRight(live)
    expect(live.gaps).toBe(1)
    stage.server.tick(8)
    await areRight(live)
  })

  it('are read again where a merge may have swallowed the end of a candle', async () => {
    stage.server.tick(10)
    const live = await stage.market.candles(stage.server.symbol, '1m', { history: 50 }).ready()
    await areRight(live)
    expect(stage.server.reads).toHaveLength(1)
    stage.server.tick(4, { isLost: true })
    stage.server.tick(1, { prev: 10 })
    await areRight(live)
    expect([stage.server.reads.length, live.gaps]).toEqual([2, 0])
  })

  it('have no hole after an absence that was longer than one reading of history', async () => {
    stage.server.tick(300)
    stage.server.mostCandles = 60
    const live = await stage.market.candles(stage.server.symbol, '1m', { history: 5 }).ready()
    await areRight(live, 95)
    stage.server.tick(600, { isLost: true })
    stage.server.tick(1)
    await areRight(live, 61)
    expect(live.hasMore).toBe(true)
  })

  it('let go of what is older than an absence that cannot be bridged, and load it again when asked', async () => {
    stage.server.tick(30)
    const live = await stage.market.candles(stage.server.symbol, '1m', { history: 5 }).ready()
    await areRight(live, 5)
    stage.server.tick(33_000, { isLost: true })
    stage.server.tick(1)
    await areRight(live, stage.server.candles.length - 10_000)
    expect(live.hasMore).toBe(true)
    await live.loadBefore(5_000)
    await areRight(live)
    expect(live.hasMore).toBe(false)
  })

  it('let go of what is older than all that history knows after an absence', async () => {
    stage.server.tick(30)
    const live = await stage.market.candles(stage.server.symbol, '1m', { history: 5 }).ready()
    await areRight(live, 5)
    stage.server.tick(60, { isLost: true })
    stage.server.keepNewest(3)
    stage.server.tick(1)
    await areRight(live)
    expect(live.hasMore).toBe(false)
  })

  it('are read in several pages where more are asked for than the server answers at once', async () => {
    stage.server.tick(30_000)
    const live = await stage.market.candles(stage.server.symbol, '1m', { history: 7_000 }).ready()
    expect(live.value).toEqual(stage.server.candles.slice(-7_000))
    await live.loadBefore(10_000)
    expect([live.length, live.hasMore]).toEqual([stage.server.candles.length, false])
    expect(live.value).toEqual(stage.server.candles)
  })

  it('are not read beyond one page where the server answers fewer than asked, since it has to make them', async () => {
    stage.server.tick(300)
    stage.server.mostCandles = 20
    const live = await stage.market.candles(stage.server.symbol, '1m', { history: 50 }).ready()
    expect([live.length, live.hasMore, stage.server.reads.length]).toEqual([20, true, 1])
  })

  it('do not take older ones that were read before the oldest was let go', async () => {
    stage.server.tick(300)
    const live = await stage.market.candles(stage.server.symbol, '1m', { history: 5 }).ready()
    const { rest } = stage.market
    const read = rest.get.bind(rest)
    const gate = Promise.withResolvers<void>()
    vi.spyOn(rest, 'get').mockImplementationOnce(async (path, query) => {
      const page = await read(path, query)
      await gate.promise
      return page
    })
    const loading = live.loadBefore(10)
    await vi.waitFor(() => expect(stage.server.reads).toHaveLength(2))
    stage.server.tick(600, { isLost: true })
    stage.server.keepNewest(30)
    stage.server.tick(1)
    await areRight(live)
    gate.resolve()
    expect(await loading).toBe(0)
    await areRight(live)
  })

  it('stop being read again when the market is closed', async () => {
    stage.server.tick(10)
    const live = await stage.market.candles(stage.server.symbol, '1m', { history: 50 }).ready()
    await areRight(live)
    stage.server.isHistoryDown = true
    stage.server.beginEpoch()
    stage.server.tick(7)
    await vi.waitFor(() => expect(stage.server.reads.length).toBeGreaterThan(2))
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const { length } = stage.server.reads
      await vi.waitFor(() => expect(stage.server.reads.length).toBeGreaterThan(length))
      stage.market.close()
      await vi.advanceTimersByTimeAsync(10_000)
      const { length: read } = stage.server.reads
      stage.server.isHistoryDown = false
      await vi.advanceTimersByTimeAsync(10_000)
      expect(stage.server.reads).toHaveLength(read)
    } finally {
      vi.useRealTimers()
    }
    expect(live.quality.quality).toBe('disconnected')
  })

  it('live without history where it cannot be read, and are completed when it can', async () => {
    stage.server.tick(10)
    stage.server.isHistoryDown = true
    const live = stage.market.candles(stage.server.symbol, '1m', { history: 50 })
    await vi.waitFor(() => expect(live.value).toEqual(stage.server.candles.slice(-1)), WAIT_MS)
    stage.server.isHistoryDown = false
    stage.server.tick(1)
    await areRight(live)
  })
})
