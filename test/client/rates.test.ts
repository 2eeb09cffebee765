import { describe, expect, it, vi } from 'vitest'
import { connect } from '../../client/index.ts'
import { marketStage, QUOTE, quoteOf } from './support/market-stage.ts'

describe('the rate of a channel', () => {
  const stage = marketStage()

  it('asks for the highest rate of all who hold a channel, and for every update where one wants them', async () => {
    stage.server.publish(QUOTE, quoteOf('1'))
    await stage.market.quote('SIM:AAPL', { maxRateHz: 5 }).ready()
    await stage.market.quote('SIM:AAPL', { maxRateHz: 2 }).ready()
    await stage.market.quote('SIM:AAPL', { maxRateHz: 20 }).ready()
    await vi.waitFor(() => expect(stage.server.ratesOf(QUOTE)).toEqual([5, 20]))
    stage.market.subscribe(QUOTE, stage.take)
    await vi.waitFor(() => expect(stage.server.ratesOf(QUOTE)).toEqual([5, 20, undefined]))
  })

  it('asks for the rate of the market, where none is wanted, for all but events', async () => {
    stage.market.close()
    stage.market = connect({ url: stage.server.url, maxRateHz: 4 })
    const channels = [QUOTE, 'ticker:SIM:AAPL', 'candle:SIM:AAPL:1m', 'trade:SIM:AAPL']
    for (const name of channels) stage.server.declare(name)
    stage.market.quote('SIM:AAPL')
    stage.market.ticker('SIM:AAPL')
    stage.market.candles('SIM:AAPL', '1m')
    stage.market.trades('SIM:AAPL')
    await vi.waitFor(() =>
      expect(channels.map((name) => stage.server.ratesOf(name))).toEqual([[4], [4], [4], [undefined]])
    )
    stage.market.candles('SIM:AAPL', '1m', { maxRateHz: 8 })
    await vi.waitFor(() => expect(stage.server.ratesOf('candle:SIM:AAPL:1m')).toEqual([4, 8]))
  })

  it('asks again for a lower rate from where it is, when who wanted the highest has let go', async () => {
    stage.server.publish(QUOTE, quoteOf('1'))
    const slow = await stage.market.quote('SIM:AAPL', { maxRateHz: 2 }).ready()
    const fast = await stage.market.quote('SIM:AAPL', { maxRateHz: 20 }).ready()
    const faster = await stage.market.quote('SIM:AAPL').ready()
    await vi.waitFor(() => expect(stage.server.ratesOf(QUOTE)).toEqual([2, 20, undefined]))
    faster.close()
    await vi.waitFor(() => expect(stage.server.ratesOf(QUOTE)).toEqual([2, 20, undefined, 20]))
    fast.close()
    await vi.waitFor(() => expect(stage.server.ratesOf(QUOTE)).toEqual([2, 20, undefined, 20, 2]))
    expect(stage.server.resumesOf(QUOTE).slice(1)).toEqual(Array(4).fill({ epoch: 'epoch-1', seq: 1 }))
    stage.server.publish(QUOTE, quoteOf('2'))
    await vi.waitFor(() => expect(slow.value?.bid).toBe('2'))
    expect([slow.gaps, stage.server.unsubscribeRequests]).toEqual([0, []])
  })

  it('asks for the rate of a pattern again, when who wanted more of one of its channels has let go', async () => {
    stage.server.publish(QUOTE, quoteOf('1'))
    stage.market.subscribe('quote:SIM:*', stage.take, { maxRateHz: 2 })
    await stage.comes([1])
    const fast = await stage.market.quote('SIM:AAPL', { maxRateHz: 20 }).ready()
    await vi.waitFor(() => expect(stage.server.ratesOf(QUOTE)).toEqual([20]))
    fast.close()
    await vi.waitFor(() => expect(stage.server.ratesOf(QUOTE)).toEqual([20, 2]))
    const other = await stage.market.quote('SIM:AAPL', { maxRateHz: 1 }).ready()
    other.close()
    stage.server.publish(QUOTE, quoteOf('2'))
    await stage.comes([1, 2])
    expect(stage.server.ratesOf(QUOTE)).not.toContain(1)
  })
})
