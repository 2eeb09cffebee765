import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { connect, type Gap, type Market } from '../../client/index.ts'
import { ProtocolServer } from '../support/protocol-server.ts'

const TRADES = 'trade:SIM:AAPL'
const QUOTE = 'quote:SIM:AAPL'

describe('a position that was kept', () => {
  let server: ProtocolServer
  let market: Market
  let gaps: Gap[]
  let seqs: number[]

  beforeEach(async () => {
    server = await new ProtocolServer().start()
    market = connect({ url: server.url })
    gaps = []
    seqs = []
    for (let count = 0; count < 5; count++) publish()
  })

  afterEach(async () => {
    market.close()
    await server.stop()
  })

  const publish = () => {
    server.publish(TRADES, { id: String(server.positionOf(TRADES).seq + 1), price: '1', size: '1', side: 'buy' })
    server.publish(QUOTE, { bid: '1', bidSize: '1', ask: '2', askSize: '1' })
  }
  const resume = (channel: string, seq: number, epoch = 'epoch-1') => {
    const subscription = market.subscribe(channel, (update) => seqs.push(update.seq), { resume: { epoch, seq } })
    subscription.onGap((gap) => gaps.push(gap))
  }
  const comes = (expected: readonly number[]) => vi.waitFor(() => expect(seqs).toEqual(expected))

  it.each([
    ['behind', TRADES, 2, 'epoch-1', [5, 6], [{ channel: TRADES, cause: 'skipped', missed: 2 }]],
    ['one behind', TRADES, 4, 'epoch-1', [5, 6], []],
    ['present', TRADES, 5, 'epoch-1', [6], []],
    ['ahead', TRADES, 9, 'epoch-1', [5, 6], [{ channel: TRADES, cause: 'skipped', missed: 0 }]],
    ['of another life', TRADES, 5, 'epoch-0', [5, 6], [{ channel: TRADES, cause: 'restart', missed: 4 }]],
    ['of a state, behind', QUOTE, 2, 'epoch-1', [5, 6], [{ channel: QUOTE, cause: 'skipped', missed: 0 }]],
    ['of a state, present', QUOTE, 5, 'epoch-1', [6], []]
  ])(
    'that is %s is compared with where a channel is that is held already',
    async (_, channel, seq, epoch, told, gap) => {
      await market.channel(channel).ready()
      resume(channel, seq, epoch)
      // The subscription begins a moment later than it is made.
      await Promise.resolve()
      publish()
      await comes(told)
      expect(gaps).toEqual(gap)
    }
  )

  it('is compared, too, when somebody else asked for the channel in the same moment', async () => {
    market.subscribe(TRADES)
    resume(TRADES, 2)
    await comes([5])
    expect(gaps).toEqual([{ channel: TRADES, cause: 'skipped', missed: 2 }])
  })

  it('is where the stream goes on for who is the first to hold the channel', async () => {
    resume(QUOTE, 3)
    await comes([5])
    publish()
    await comes([5, 6])
    expect([gaps, server.resumesOf(QUOTE)]).toEqual([[], [{ epoch: 'epoch-1', seq: 3 }]])
  })
})
