import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { connect, type Market, type Update } from '../../client/index.ts'
import { ProtocolServer } from '../support/protocol-server.ts'

const channel = 'quote:SIM:AAPL'
const WAIT_MS = 10_000

function quoteOf(bid: string) {
  return { bid, bidSize: '1', ask: String(Number(bid) + 1), askSize: '2' }
}

describe('the rate of a channel', () => {
  let server: ProtocolServer
  let market: Market
  let updates: Update[]

  beforeEach(async () => {
    server = await new ProtocolServer().start()
    updates = []
    market = connect({ url: server.url })
  })

  afterEach(async () => {
    market.close()
    await server.stop()
  })

  const take = (update: Update) => void updates.push(update)
  const comes = (seqs: readonly number[]) =>
    vi.waitFor(() => expect(updates.map(({ seq }) => seq)).toEqual(seqs), WAIT_MS)

  it('asks for the highest rate of all who hold a channel, and for every update where one wants them', async () => {
    server.publish(channel, quoteOf('1'))
    await market.quote('SIM:AAPL', { maxRateHz: 5 }).ready()
    await market.quote('SIM:AAPL', { maxRateHz: 2 }).ready()
    await market.quote('SIM:AAPL', { maxRateHz: 20 }).ready()
    await vi.waitFor(() => expect(server.ratesOf(channel)).toEqual([5, 20]))
    market.subscribe(channel, take)
    await vi.waitFor(() => expect(server.ratesOf(channel)).toEqual([5, 20, undefined]))
  })

  it('asks for the rate of the market, where none is wanted, for all but events', async () => {
    market.close()
    market = connect({ url: server.url, maxRateHz: 4 })
    const channels = [channel, 'ticker:SIM:AAPL', 'candle:SIM:AAPL:1m', 'trade:SIM:AAPL']
    for (const name of channels) server.declare(name)
    market.quote('SIM:AAPL')
    market.ticker('SIM:AAPL')
    market.candles('SIM:AAPL', '1m')
    market.trades('SIM:AAPL')
    await vi.waitFor(() => expect(channels.map((name) => server.ratesOf(name))).toEqual([[4], [4], [4], [undefined]]))
    market.candles('SIM:AAPL', '1m', { maxRateHz: 8 })
    await vi.waitFor(() => expect(server.ratesOf('candle:SIM:AAPL:1m')).toEqual([4, 8]))
  })

  it('asks again for a lower rate from where it is, when who wanted the highest has let go', async () => {
    server.publish(channel, quoteOf('1'))
    const slow = await market.quote('SIM:AAPL', { maxRateHz: 2 }).ready()
    const fast = await market.quote('SIM:AAPL', { maxRateHz: 20 }).ready()
    const faster = await market.quote('SIM:AAPL').ready()
    await vi.waitFor(() => expect(server.ratesOf(channel)).toEqual([2, 20, undefined]))
    faster.close()
    await vi.waitFor(() => expect(server.ratesOf(channel)).toEqual([2, 20, undefined, 20]))
    fast.close()
    await vi.waitFor(() => expect(server.ratesOf(channel)).toEqual([2, 20, undefined, 20, 2]))
    expect(server.resumesOf(channel).slice(1)).toEqual(Array(4).fill({ epoch: 'epoch-1', seq: 1 }))
    server.publish(channel, quoteOf('2'))
    await vi.waitFor(() => expect(slow.value?.bid).toBe('2'))
    expect([slow.gaps, server.unsubscribeRequests]).toEqual([0, []])
  })

  it('asks for the rate of a pattern again, when who wanted more of one of its channels has let go', async () => {
    server.publish(channel, quoteOf('1'))
    market.subscribe('quote:SIM:*', take, { maxRateHz: 2 })
    await comes([1])
    const fast = await market.quote('SIM:AAPL', { maxRateHz: 20 }).ready()
    await vi.waitFor(() => expect(server.ratesOf(channel)).toEqual([20]))
    fast.close()
    await vi.waitFor(() => expect(server.ratesOf(channel)).toEqual([20, 2]))
    const other = await market.quote('SIM:AAPL', { maxRateHz: 1 }).ready()
    other.close()
    server.publish(channel, quoteOf('2'))
    await comes([1, 2])
    expect(server.ratesOf(channel)).not.toContain(1)
  })
})
