import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Continuity } from '../../client/continuity.ts'
import { type ConnectionChange, connectMarket, type MarketConnection } from '../../client/market-connection.ts'
import type { SubscribeReply } from '../../client/market-events.ts'
import { codedError } from '../../src/protocol/codes.ts'
import type { SourceStatus, Status, Update } from '../../src/protocol/server-events.ts'
import { ProtocolServer } from '../support/protocol-server.ts'

const channel = 'quote:SIM:AAPL'

describe('a market connection', () => {
  let server: ProtocolServer
  let connection: MarketConnection
  let updates: Update[]
  let changes: ConnectionChange[]
  let replies: SubscribeReply[]

  beforeEach(async () => {
    server = await new ProtocolServer().start()
    open(server.url)
  })

  afterEach(async () => {
    connection.close()
    await server.stop()
  })

  function open(url: string): void {
    updates = []
    changes = []
    replies = []
    connection = connectMarket({ url })
    connection.onUpdates((batch) => updates.push(...batch))
    connection.onConnection((change) => changes.push(change))
    connection.onAnswer((reply) => replies.push(reply))
  }

  it('gives the present price at once and every later one', async () => {
    server.publish(channel, { bid: '1' })
    connection.subscribe([channel])
    await vi.waitFor(() => expect(updates).toHaveLength(1))
    server.publish(channel, { bid: '2' })
    await vi.waitFor(() => expect(updates).toHaveLength(2))
    expect(updates.map(({ seq, type }) => [seq, type])).toEqual([
      [1, 'snapshot'],
      [2, undefined]
    ])
  })

  it('expands a pattern and tells what was granted, and what was refused', async () => {
    server.publish(channel, { bid: '1' })
    server.publish('quote:SIM:MSFT', { bid: '2' })
    connection.subscribe(['quote:SIM:*', 'quote:SIM:NONE'])
    await vi.waitFor(() => expect(replies).toHaveLength(1))
    const [reply] = replies
    expect(
      reply !== undefined && 'channels' in reply && reply.channels.map((answer) => [answer.channel, answer.ok])
    ).toEqual([
      [channel, true],
      ['quote:SIM:MSFT', true],
      ['quote:SIM:NONE', false]
    ])
  })

  it('subscribes again after a lost connection', async () => {
    server.publish(channel, { bid: '1' })
    connection.subscribe([channel])
    await vi.waitFor(() => expect(updates).toHaveLength(1))
    server.cut()
    await vi.waitFor(() => expect(replies).toHaveLength(2), 5_000)
    server.publish(channel, { bid: '2' })
    await vi.waitFor(() => expect(updates.at(-1)?.seq).toBe(2))
    expect(changes.map((change) => change.state)).toEqual(['connected', 'down', 'connected'])
  })

  it('does not subscribe again what was unsubscribed', async () => {
    server.publish(channel, { bid: '1' })
    connection.subscribe([channel, 'quote:SIM:NONE'])
    await vi.waitFor(() => expect(updates).toHaveLength(1))
    connection.unsubscribe([channel])
    server.cut()
    await vi.waitFor(() => expect(replies).toHaveLength(2), 5_000)
    server.publish(channel, { bid: '2' })
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(updates).toHaveLength(1)
  })

  it('closes a hole with the snapshot it asks for', async () => {
    const continuity = new Continuity()
    const applied: number[] = []
    connection.onUpdates((batch) => {
      for (const update of batch) {
        const verdict = continuity.take(update)
        if (verdict === 'apply') applied.push(update.seq)
        if (verdict === 'gap') connection.requestSnapshot(update.channel)
      }
    })
    server.publish(channel, { bid: '1' })
    connection.subscribe([channel])
    await vi.waitFor(() => expect(applied).toEqual([1]))
    server.publish(channel, { bid: '2' }, { isLost: true })
    server.publish(channel, { bid: '3' })
    await vi.waitFor(() => expect(applied).toEqual([1, 3]))
    server.publish(channel, { bid: '5' })
    await vi.waitFor(() => expect(applied).toEqual([1, 3, 4]))
    expect(server.snapshotRequests).toEqual([channel])
  })

  it('hands on statuses, notices and the plain events of producers, each at its own door', async () => {
    const statuses: (Status | SourceStatus)[] = []
    const notices: string[] = []
    const plain: unknown[] = []
    connection.onStatus((status) => statuses.push(status))
    connection.onNotice((notice) => notices.push(notice.name))
    connection.onPlain((event, data) => plain.push([event, data]))
    server.publish(channel, { bid: '1' })
    connection.subscribe([channel])
    await vi.waitFor(() => expect(updates).toHaveLength(1))
    server.tellStatus(channel, 'stale', 'venue_silent')
    server.emit('notice', { code: 2500, name: 'slowConsumer', message: 'too slow' })
    server.emit('weather', { sky: 'blue' })
    await vi.waitFor(() => expect(plain).toHaveLength(1))
    expect(statuses.map(({ quality, cause }) => [quality, cause])).toEqual([['stale', 'venue_silent']])
    expect(notices).toEqual(['slowConsumer'])
    expect(plain).toEqual([['weather', { sky: 'blue' }]])
  })

  it('stops handing on to a listener that took itself back', async () => {
    const heard: string[] = []
    const off = connection.onPlain((event) => heard.push(event))
    await vi.waitFor(() => expect(changes).toHaveLength(1))
    server.emit('first', {})
    await vi.waitFor(() => expect(heard).toEqual(['first']))
    off()
    server.emit('second', {})
    server.emit('status', {})
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(heard).toEqual(['first'])
  })

  it('comes back to a server that refuses it for now, and stays away from one that does so for good', async () => {
    connection.close()
    server.refusal = codedError('tooManyConnections', 'full')
    open(server.url)
    await vi.waitFor(() => expect(changes).toEqual([{ state: 'down', reason: 'full' }]))
    server.refusal = undefined
    await vi.waitFor(() => expect(changes.at(-1)).toEqual({ state: 'connected' }), 10_000)

    connection.close()
    server.refusal = codedError('protocolViolation', 'banned')
    open(server.url)
    await vi.waitFor(() => expect(changes).toEqual([{ state: 'closed', reason: 'banned' }]))
  })

  it('says why there is no connection, and keeps trying', async () => {
    const { port } = server
    await server.stop()
    connection.close()
    open(`http://127.0.0.1:${port}`)
    await vi.waitFor(() => expect(changes[0]?.state).toBe('down'))
    server = await new ProtocolServer().start(port)
    await vi.waitFor(() => expect(changes.at(-1)).toEqual({ state: 'connected' }), 10_000)
  })
})
