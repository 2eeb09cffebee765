import { describe, expect, it, vi } from 'vitest'
import { MarketError } from '../../client/index.ts'
import { codedError } from '../../src/protocol/codes.ts'
import { marketStage, QUOTE, quoteOf, WAIT_MS } from './support/market-stage.ts'

describe('a market that has ended for good', () => {
  const stage = marketStage()

  /** What a loop over a channel ends with, once something came of it; `undefined` when it just ends. */
  async function endOfLoop(name: string): Promise<unknown> {
    try {
      for await (const update of stage.market.subscribe(name)) stage.updates.push(update)
    } catch (error) {
      return error
    }
    return undefined
  }

  it('ends waits and loops when the server closes it for good, and does not let later ones begin', async () => {
    stage.server.publish(QUOTE, quoteOf('1'))
    stage.server.declare('quote:SIM:MSFT')
    const loops = [endOfLoop(QUOTE), endOfLoop('quote:SIM:MSFT')]
    const waiting = stage.market.quote('SIM:MSFT').ready()
    waiting.catch(() => undefined)
    await stage.comes([1])
    stage.server.emit('notice', { code: 3501, name: 'closedByOperator', message: 'closed by an operator' })
    await vi.waitFor(() => expect(stage.market.hello).toBeDefined())
    stage.server.cut()

    const end = { code: 3501, reason: 'closedByOperator', message: 'closed by an operator', temporary: false }
    await expect(waiting).rejects.toMatchObject(end)
    for (const loop of loops) expect(await loop).toMatchObject(end)
    await expect(stage.market.quote('SIM:TSLA').ready()).rejects.toMatchObject(end)
    await expect(stage.market.candles('SIM:AAPL', '1m', { history: 5 }).ready()).rejects.toMatchObject(end)
    expect(await endOfLoop(QUOTE)).toMatchObject(end)
    stage.market.close()
    expect(stage.changes.at(-1)).toEqual({ state: 'closed', reason: 'closed by an operator' })
  })

  it('ends waits and loops when the server lets nobody in, or speaks another version of the protocol', async () => {
    stage.market.close()
    stage.server.refusal = codedError('protocolViolation', 'banned')
    stage.open()
    await expect(stage.market.quote('SIM:AAPL').ready()).rejects.toMatchObject({
      code: 3500,
      reason: 'protocolViolation'
    })

    stage.server.refusal = undefined
    stage.server.declare(QUOTE)
    stage.open()
    const waiting = stage.market.quote('SIM:AAPL').ready()
    waiting.catch(() => undefined)
    await vi.waitFor(() => expect(stage.market.hello).toBeDefined(), WAIT_MS)
    stage.server.emit('hello', { protocol: 2, heartbeatMs: 1_000, serverTime: 0 })
    await expect(waiting).rejects.toMatchObject({ code: 0, reason: 'protocolVersion' })
  })

  it('ends loops without an error when it is closed by its owner, and waits with one', async () => {
    stage.server.publish(QUOTE, quoteOf('1'))
    stage.server.declare('quote:SIM:MSFT')
    const loops = [endOfLoop(QUOTE), endOfLoop('quote:SIM:MSFT')]
    const waiting = stage.market.quote('SIM:MSFT').ready()
    waiting.catch(() => undefined)
    await stage.comes([1])
    stage.market.close()
    expect(await Promise.all(loops)).toEqual([undefined, undefined])
    await expect(waiting).rejects.toMatchObject({ code: 0, reason: 'closed' })
    expect(await endOfLoop(QUOTE)).toBeUndefined()
  })

  it('ends a loop over a channel that is refused before anything came, and none over a pattern that is open', async () => {
    expect(await endOfLoop('quote:SIM:NOPE')).toMatchObject({ code: 103, reason: 'unknownChannel' })
    const loop = endOfLoop('quote:NEW:*')
    await vi.waitFor(() => expect(stage.server.subscribeRequests.flat()).toContain('quote:NEW:*'))
    const quote = await stage.market
      .quote('SIM:NOPE')
      .ready()
      .catch((error: unknown) => error)
    expect(quote).toBeInstanceOf(MarketError)
    stage.market.close()
    expect(await loop).toBeUndefined()
  })
})
