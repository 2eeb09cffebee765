import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type ConnectionChange, connect, type Market, MarketError, type Update } from '../../client/index.ts'
import { codedError } from '../../src/protocol/codes.ts'
import { ProtocolServer } from '../support/protocol-server.ts'

const channel = 'quote:SIM:AAPL'
const WAIT_MS = 10_000

function quoteOf(bid: string) {
  return { bid, bidSize: '1', ask: String(Number(bid) + 1), askSize: '2' }
}

describe('a market that has ended for good', () => {
  let server: ProtocolServer
  let market: Market
  let changes: ConnectionChange[]
  let updates: Update[]

  beforeEach(async () => {
    server = await new ProtocolServer().start()
    open(server.url)
  })

  afterEach(async () => {
    market.close()
    await server.stop()
  })

  function open(url: string): void {
    updates = []
    changes = []
    market = connect({ url })
    market.onConnection((change) => changes.push(change))
  }

  const comes = (seqs: readonly number[]) =>
    vi.waitFor(() => expect(updates.map(({ seq }) => seq)).toEqual(seqs), WAIT_MS)

  /** What a loop over a channel ends with, once something came of it; `undefined` when it just ends. */
  async function endOfLoop(name: string): Promise<unknown> {
    try {
      for await (const update of market.subscribe(name)) updates.push(update)
    } catch (error) {
      return error
    }
    return undefined
  }

  it('ends waits and loops when the server closes it for good, and does not let later ones begin', async () => {
    server.publish(channel, quoteOf('1'))
    server.declare('quote:SIM:MSFT')
    const loops = [endOfLoop(channel), endOfLoop('quote:SIM:MSFT')]
    const waiting = market.quote('SIM:MSFT').ready()
    waiting.catch(() => undefined)
    await comes([1])
    server.emit('notice', { code: 3501, name: 'closedByOperator', message: 'closed by an operator' })
    await vi.waitFor(() => expect(market.hello).toBeDefined())
    server.cut()

    const end = { code: 3501, reason: 'closedByOperator', message: 'closed by an operator', temporary: false }
    await expect(waiting).rejects.toMatchObject(end)
    for (const loop of loops) expect(await loop).toMatchObject(end)
    await expect(market.quote('SIM:TSLA').ready()).rejects.toMatchObject(end)
    await expect(market.candles('SIM:AAPL', '1m', { history: 5 }).ready()).rejects.toMatchObject(end)
    expect(await endOfLoop(channel)).toMatchObject(end)
    market.close()
    expect(changes.at(-1)).toEqual({ state: 'closed', reason: 'closed by an operator' })
  })

  it('ends waits and loops when the server lets nobody in, or speaks another version of the protocol', async () => {
    market.close()
    server.refusal = codedError('protocolViolation', 'banned')
    open(server.url)
    await expect(market.quote('SIM:AAPL').ready()).rejects.toMatchObject({ code: 3500, reason: 'protocolViolation' })

    server.refusal = undefined
    server.declare(channel)
    open(server.url)
    const waiting = market.quote('SIM:AAPL').ready()
    waiting.catch(() => undefined)
    await vi.waitFor(() => expect(market.hello).toBeDefined(), WAIT_MS)
    server.emit('hello', { protocol: 2, heartbeatMs: 1_000, serverTime: 0 })
    await expect(waiting).rejects.toMatchObject({ code: 0, reason: 'protocolVersion' })
  })

  it('ends loops without an error when it is closed by its owner, and waits with one', async () => {
    server.publish(channel, quoteOf('1'))
    server.declare('quote:SIM:MSFT')
    const loops = [endOfLoop(channel), endOfLoop('quote:SIM:MSFT')]
    const waiting = market.quote('SIM:MSFT').ready()
    waiting.catch(() => undefined)
    await comes([1])
    market.close()
    expect(await Promise.all(loops)).toEqual([undefined, undefined])
    await expect(waiting).rejects.toMatchObject({ code: 0, reason: 'closed' })
    expect(await endOfLoop(channel)).toBeUndefined()
  })

  it('ends a loop over a channel that is refused before anything came, and none over a pattern that is open', async () => {
    expect(await endOfLoop('quote:SIM:NOPE')).toMatchObject({ code: 103, reason: 'unknownChannel' })
    const loop = endOfLoop('quote:NEW:*')
    await vi.waitFor(() => expect(server.subscribeRequests.flat()).toContain('quote:NEW:*'))
    const quote = await market
      .quote('SIM:NOPE')
      .ready()
      .catch((error: unknown) => error)
    expect(quote).toBeInstanceOf(MarketError)
    market.close()
    expect(await loop).toBeUndefined()
  })
})
