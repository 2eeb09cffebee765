import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { connect, type LiveTrades, type Market } from '../../client/index.ts'
import { ProtocolServer } from '../support/protocol-server.ts'

const channel = 'trade:SIM:AAPL'

describe('handlers', () => {
  let server: ProtocolServer
  let market: Market
  let count = 0

  beforeEach(async () => {
    server = await new ProtocolServer().start()
    market = connect({ url: server.url })
    count = 0
    trade()
  })

  afterEach(async () => {
    market.close()
    await server.stop()
  })

  const trade = () => server.publish(channel, { id: String(++count), price: '1', size: '1', side: 'buy' })

  it('are not called any more once an earlier one has taken them back, for the same change', async () => {
    const told: string[] = []
    const trades = await market.trades('SIM:AAPL').ready()
    trades.onChange(() => {
      told.push('first')
      off()
    })
    const off = trades.onChange(() => told.push('taken back'))
    trade()
    await vi.waitFor(() => expect(told).toEqual(['first']))
  })

  it('of a subscription are not called any more once an earlier one has stopped it, for the same update', async () => {
    const told: string[] = []
    market.subscribe(channel, ({ type }) => {
      if (type === 'snapshot') return
      told.push('first')
      second.stop()
    })
    const second = market.subscribe(channel, ({ type }) => type !== 'snapshot' && told.push('stopped'))
    await vi.waitFor(() => expect(second.quality()?.quality).toBe('live'))
    trade()
    await vi.waitFor(() => expect(told).toEqual(['first']))
  })

  it('that begin to hold a channel get the update they were called with once', async () => {
    const opened: LiveTrades[] = []
    market.subscribe(channel, ({ type }) => type !== 'snapshot' && opened.push(market.trades('SIM:AAPL')))
    await vi.waitFor(() => expect(market.hello).toBeDefined())
    await market.trades('SIM:AAPL').ready()
    trade()
    await vi.waitFor(() => expect(opened).toHaveLength(1))
    expect(opened[0]?.value?.map(({ id }) => id)).toEqual(['2'])
    trade()
    await vi.waitFor(() => expect(opened[0]?.value?.map(({ id }) => id)).toEqual(['2', '3']))
  })
})
