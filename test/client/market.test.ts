import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { type Gap, MarketError } from '../../client/index.ts'
import { codedError } from '../../src/protocol/codes.ts'
import { ProtocolServer } from '../support/protocol-server.ts'
import { marketStage, QUOTE, quoteOf, WAIT_MS } from './support/market-stage.ts'

describe('a market', () => {
  const stage = marketStage()

  it('gives the present price at once and every later one', async () => {
    stage.server.publish(QUOTE, quoteOf('1'))
    stage.market.subscribe(QUOTE, stage.take)
    await stage.comes([1])
    stage.server.publish(QUOTE, quoteOf('2'))
    await stage.comes([1, 2])
    expect(stage.updates.map(({ type }) => type)).toEqual(['snapshot', undefined])
  })

  it('has one subscription for many who hold a channel, gives each the present at once, and ends it with the last', async () => {
    stage.server.publish(QUOTE, quoteOf('1'))
    const first = await stage.market.quote('SIM:AAPL').ready()
    const second = stage.market.quote('SIM:AAPL')
    expect(second.value).toEqual(first.value)
    stage.market.subscribe(QUOTE, stage.take)
    await stage.comes([1])
    expect(stage.server.subscribeRequests).toEqual([[QUOTE]])

    first.close()
    stage.server.publish(QUOTE, quoteOf('2'))
    await vi.waitFor(() => expect(second.value?.bid).toBe('2'))
    expect(first.value?.bid).toBe('1')
    expect(first.quality).toMatchObject({ quality: 'disconnected', cause: 'closed' })
    expect(stage.server.unsubscribeRequests).toEqual([])
    second.close()
    stage.market.subscribe(QUOTE).stop()
    stage.market.subscribe('quote:SIM:*').stop()
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(stage.server.unsubscribeRequests).toEqual([])
  })

  it('unsubscribes when the last who held it has let go, and asks again for who comes later', async () => {
    stage.server.publish(QUOTE, quoteOf('1'))
    const quote = await stage.market.quote('SIM:AAPL').ready()
    const other = stage.market.quote('SIM:AAPL')
    quote.close()
    other.close()
    other.close()
    await vi.waitFor(() => expect(stage.server.unsubscribeRequests).toEqual([[QUOTE]]))
    stage.server.publish(QUOTE, quoteOf('2'))
    expect((await stage.market.quote('SIM:AAPL').ready()).value?.bid).toBe('2')
    expect(stage.server.snapshotRequests).toEqual([])
  })

  it('keeps what others hold when a pattern ends that took it in', async () => {
    stage.server.publish(QUOTE, quoteOf('1'))
    stage.server.publish('quote:SIM:MSFT', quoteOf('1'))
    const quote = await stage.market.quote('SIM:AAPL').ready()
    const all = stage.market.subscribe('quote:SIM:*', stage.take)
    await vi.waitFor(() => expect(stage.updates).toHaveLength(2))
    expect([...all.channels].sort()).toEqual([QUOTE, 'quote:SIM:MSFT'])
    all.stop()
    await vi.waitFor(() => expect(stage.server.unsubscribeRequests).toEqual([['quote:SIM:*']]))
    stage.server.publish(QUOTE, quoteOf('2'))
    stage.server.publish('quote:SIM:MSFT', quoteOf('2'))
    await vi.waitFor(() => expect(quote.value?.bid).toBe('2'))
    expect([quote.gaps, stage.updates.length]).toEqual([0, 2])
  })

  it('subscribes again after a lost connection, from where it was, and says meanwhile that it is lost', async () => {
    stage.server.publish(QUOTE, quoteOf('1'))
    const quote = await stage.market.quote('SIM:AAPL').ready()
    expect(quote.quality).toMatchObject({ quality: 'live', cause: 'none' })
    stage.server.cut()
    await vi.waitFor(() => expect(quote.quality.quality).toBe('disconnected'))
    expect(stage.market.state).toBe('down')
    stage.server.publish(QUOTE, quoteOf('2'))
    await vi.waitFor(() => expect(quote.value?.bid).toBe('2'), WAIT_MS)
    expect(stage.changes.map((change) => change.state)).toEqual(['connected', 'down', 'connected'])
    expect(stage.server.resumesOf(QUOTE)).toEqual([undefined, { epoch: 'epoch-1', seq: 1 }])
    expect(quote.quality.quality).toBe('live')
  })

  it('does not subscribe again what was let go', async () => {
    stage.server.publish(QUOTE, quoteOf('1'))
    const quote = await stage.market.quote('SIM:AAPL').ready()
    quote.close()
    stage.server.cut()
    await vi.waitFor(() => expect(stage.changes.at(-1)?.state).toBe('connected'), WAIT_MS)
    await vi.waitFor(() => expect(stage.changes).toHaveLength(3), WAIT_MS)
    expect(stage.server.subscribeRequests).toHaveLength(1)
  })

  it('closes a hole with the snapshot it asks for, and tells of it once', async () => {
    const gaps: Gap[] = []
    stage.market.subscribe(QUOTE, stage.take).onGap((gap) => gaps.push(gap))
    stage.server.publish(QUOTE, quoteOf('1'))
    const quote = await stage.market.quote('SIM:AAPL').ready()
    stage.server.publish(QUOTE, quoteOf('2'), { isLost: true })
    stage.server.publish(QUOTE, quoteOf('3'))
    await stage.comes([1, 3])
    stage.server.publish(QUOTE, quoteOf('4'))
    await stage.comes([1, 3, 4])
    expect(stage.server.snapshotRequests).toEqual([QUOTE])
    expect(gaps).toEqual([{ channel: QUOTE, cause: 'hole', missed: 0 }])
    expect([quote.gaps, quote.value?.bid, quote.quality.quality]).toEqual([1, '4', 'live'])
  })

  it('tells by the wall clock when something came, and since when something is missing, after a sleep', async () => {
    stage.server.publish(QUOTE, quoteOf('1'))
    const quote = await stage.market.quote('SIM:AAPL').ready()
    const now = performance.now.bind(performance)
    vi.spyOn(performance, 'now').mockImplementation(() => now() - 86_400_000)
    onTestFinished(() => void vi.restoreAllMocks())
    const startMs = Date.now()
    stage.server.publish(QUOTE, quoteOf('2'))
    await vi.waitFor(() => expect(quote.value?.bid).toBe('2'))
    expect(quote.quality.lastUpdateMs).toBeGreaterThanOrEqual(startMs)

    const sinceMs: number[] = []
    quote.onGap(() => sinceMs.push(quote.quality.sinceMs))
    stage.server.publish(QUOTE, quoteOf('3'), { isLost: true })
    stage.server.publish(QUOTE, quoteOf('4'))
    await vi.waitFor(() => expect(sinceMs).toHaveLength(1))
    expect(sinceMs[0]).toBeGreaterThanOrEqual(startMs)
  })

  it('tells of a new life of a producer, once, and goes on in it', async () => {
    stage.server.publish(QUOTE, quoteOf('1'))
    const gaps: Gap['cause'][] = []
    const quote = await stage.market.quote('SIM:AAPL').ready()
    quote.onGap(({ cause }) => gaps.push(cause))
    stage.server.beginEpoch()
    stage.server.tellStatus(QUOTE, 'recovering', 'producer_dead')
    await vi.waitFor(() => expect(quote.quality).toMatchObject({ quality: 'recovering', cause: 'producer_dead' }))
    stage.server.publish(QUOTE, quoteOf('2'))
    stage.server.tellStatus(QUOTE, 'live', 'none')
    await vi.waitFor(() => expect([quote.value?.bid, quote.quality.quality]).toEqual(['2', 'live']))
    expect([gaps, quote.gaps]).toEqual([['restart'], 1])
  })

  it('doubts everything while the server says that this client reads too slowly', async () => {
    stage.server.publish(QUOTE, quoteOf('1'))
    const quote = await stage.market.quote('SIM:AAPL').ready()
    const notices: string[] = []
    stage.market.onNotice(({ name }) => notices.push(name))
    stage.server.emit('notice', { code: 2500, name: 'slowConsumer', message: 'too slow' })
    await vi.waitFor(() => expect(quote.quality).toMatchObject({ quality: 'delayed', cause: 'slow_consumer' }))
    stage.server.emit('notice', { code: 2501, name: 'caughtUp', message: 'follows again' })
    await vi.waitFor(() => expect(quote.quality.quality).toBe('live'))
    expect(notices).toEqual(['slowConsumer', 'caughtUp'])
  })

  it('hands on the plain events of producers, until the listener takes itself back', async () => {
    const heard: unknown[] = []
    const off = stage.market.on('weather', (data) => heard.push(data))
    await vi.waitFor(() => expect(stage.market.hello).toBeDefined())
    stage.server.emit('weather', { sky: 'blue' })
    await vi.waitFor(() => expect(heard).toEqual([{ sky: 'blue' }]))
    off()
    stage.server.emit('weather', { sky: 'grey' })
    stage.server.publish(QUOTE, quoteOf('1'))
    await stage.market.quote('SIM:AAPL').ready()
    expect(heard).toHaveLength(1)
  })

  it('refuses to be ready for a channel that is not granted, says why, and comes back when it is', async () => {
    const quote = stage.market.quote('SIM:NOPE')
    const error = await quote.ready().catch((refusal: unknown) => refusal)
    expect(error).toBeInstanceOf(MarketError)
    expect(error).toMatchObject({ code: 103, reason: 'unknownChannel', temporary: true })
    expect(quote.quality).toMatchObject({ quality: 'stale', cause: 'unknownChannel' })
    stage.server.publish('quote:SIM:NOPE', quoteOf('1'))
    await vi.waitFor(() => expect(quote.value?.bid).toBe('1'), WAIT_MS)
    expect([quote.refusal, quote.quality.quality]).toEqual([undefined, 'live'])
  })

  it('cuts the whole book where none of that depth is published, and computes exactly', async () => {
    const bids = Array.from({ length: 9 }, (_, index) => [(10 - index * 0.1).toFixed(1), '1'])
    stage.server.publish('book:SIM:AAPL', {
      bids,
      asks: [
        ['10.07', '2'],
        ['10.10', '3']
      ]
    })
    const book = await stage.market.book('SIM:AAPL', { depth: 5 }).ready()
    const { value } = book
    expect([book.channel, value?.bids.length, value?.mid, value?.spread]).toEqual([
      'book:SIM:AAPL',
      5,
      '10.035',
      '0.07'
    ])
    stage.server.publish('book:SIM:AAPL', { bids: [['10.0', '0']], asks: [['10.0700', '7']] })
    await vi.waitFor(() =>
      expect([book.bestBid, book.bestAsk]).toEqual([
        ['9.9', '1'],
        ['10.0700', '7']
      ])
    )
    expect([value?.bids[0], book.value?.bids.length]).toEqual([['10.0', '1'], 5])
  })

  it('gives updates to a loop, and counts those that a slow loop does not get', async () => {
    stage.server.publish(QUOTE, quoteOf('1'))
    const subscription = stage.market.subscribe(QUOTE, undefined, { most: 2 })
    await vi.waitFor(() => expect(subscription.channels).toEqual([QUOTE]))
    for (let bid = 2; bid <= 5; bid++) stage.server.publish(QUOTE, quoteOf(String(bid)))
    await vi.waitFor(() => expect(subscription.skipped).toBe(3))
    const seen: number[] = []
    for await (const { seq } of subscription) {
      seen.push(seq)
      if (seen.length === 2) break
    }
    expect(seen).toEqual([4, 5])
    await vi.waitFor(() => expect(stage.server.unsubscribeRequests).toEqual([[QUOTE]]))
  })

  it('comes back to a server that refuses it for now, and stays away from one that does so for good', async () => {
    stage.market.close()
    stage.server.refusal = codedError('tooManyConnections', 'full')
    stage.open()
    await vi.waitFor(() => expect(stage.changes[0]).toEqual({ state: 'down', reason: 'full' }), WAIT_MS)
    stage.server.refusal = undefined
    await vi.waitFor(() => expect(stage.changes.at(-1)).toEqual({ state: 'connected' }), WAIT_MS)

    stage.market.close()
    stage.server.refusal = codedError('protocolViolation', 'banned')
    stage.open()
    await vi.waitFor(() => expect(stage.changes).toEqual([{ state: 'closed', reason: 'banned' }]), WAIT_MS)
    expect(stage.market.state).toBe('closed')
  })

  it('stays away for as long as a server wants that goes away', async () => {
    await vi.waitFor(() => expect(stage.market.hello).toBeDefined())
    stage.server.emit('notice', { code: 3000, name: 'shutdown', message: 'stops', reconnectAfterMs: 2_000 })
    await vi.waitFor(() => expect(stage.server.clientCount).toBe(1))
    const cutMs = performance.now()
    stage.server.cut()
    await vi.waitFor(() => expect(stage.changes).toHaveLength(3), WAIT_MS)
    expect(performance.now() - cutMs).toBeGreaterThan(1_950)
  })

  it('says why there is no connection, and keeps trying', async () => {
    const { port } = stage.server
    await stage.server.stop()
    stage.market.close()
    stage.open(`http://127.0.0.1:${port}`)
    await vi.waitFor(() => expect(stage.changes[0]?.state).toBe('down'), WAIT_MS)
    stage.server = await new ProtocolServer().start(port)
    await vi.waitFor(() => expect(stage.changes.at(-1)).toEqual({ state: 'connected' }), WAIT_MS)
  })

  it('is told apart from a market that was never reached when it is closed', async () => {
    const quote = stage.market.quote('SIM:AAPL')
    const waiting = quote.ready().catch((error: unknown) => error)
    quote.close()
    expect(await waiting).toMatchObject({ reason: 'closed' })
    stage.market.close()
    expect(stage.changes.at(-1)).toEqual({ state: 'closed', reason: 'closed by the client' })
  })
})
