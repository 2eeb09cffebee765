import { describe, expect, it } from 'vitest'
import type { Notice } from '../../src/protocol/server-events.ts'
import { behind, LOOK_MS, MAX_BACKLOG, QUOTE, seqsOf, TRADE } from './support/behind.ts'

describe('A client that asks while it reads too slowly', () => {
  it('keeps a place in the stream for channels it asks for meanwhile', async () => {
    const { gateway, connection, request, publish } = await behind()
    connection.backlogBytes = MAX_BACKLOG
    gateway.produce('other', 'o1', 'quote:SIM:MSFT').publish(0)
    const answer = request('subscribe', { channels: ['quote:SIM:MSFT'] })
    await gateway.flush()
    expect(await answer).toMatchObject({ channels: [{ ok: true, seq: 1, recovered: false }] })
    expect(connection.updates).toEqual([])
    publish(0)
    connection.backlogBytes = 0
    gateway.pass(LOOK_MS)
    await gateway.flush()
    expect(connection.updates).toMatchObject([
      { channel: QUOTE, seq: 3 },
      { channel: 'quote:SIM:MSFT', seq: 1, type: 'snapshot' }
    ])
  })

  it('gets, of a channel that it resumed meanwhile, all that it was promised, once it has caught up', async () => {
    const { gateway, connection, request, publish } = await behind()
    const other = gateway.produce('other', 'o1', 'trade:SIM:MSFT')
    other.publish(0, 0, 0, 0, 0)
    connection.backlogBytes = MAX_BACKLOG
    const resume = { epoch: 'o1', seq: 2 }
    const answer = request('subscribe', { channels: [{ channel: 'trade:SIM:MSFT', resume }] })
    await gateway.flush()
    expect(await answer).toMatchObject({ channels: [{ ok: true, seq: 5, recovered: true }] })
    other.publish(0)
    publish(1)
    await gateway.flush()
    expect(connection.updates).toEqual([])
    connection.backlogBytes = 0
    gateway.pass(LOOK_MS)
    await gateway.flush()
    expect(seqsOf(connection, 'trade:SIM:MSFT')).toEqual([3, 4, 5, 6])
    expect(connection.updates.filter(({ type }) => type === 'snapshot')).toEqual([])
    expect(gateway.plant.counters).toMatchObject({ resumesRecovered: 1, resumesRefused: 0, clientUpdatesDropped: 0 })
  })

  it('misses nothing of a channel that it resumed at the present', async () => {
    const { gateway, connection, request } = await behind()
    const other = gateway.produce('other', 'o1', 'trade:SIM:MSFT')
    other.publish(0, 0)
    connection.backlogBytes = MAX_BACKLOG
    const answer = request('subscribe', { channels: [{ channel: 'trade:SIM:MSFT', resume: { epoch: 'o1', seq: 2 } }] })
    await gateway.flush()
    expect(await answer).toMatchObject({ channels: [{ recovered: true }] })
    other.publish(0, 0, 0)
    connection.backlogBytes = 0
    gateway.pass(LOOK_MS)
    await gateway.flush()
    expect(seqsOf(connection, 'trade:SIM:MSFT')).toEqual([3, 4, 5])
  })

  it('misses no trade of a channel of which it asks for a snapshot meanwhile', async () => {
    const { gateway, connection, request, publish } = await behind()
    publish(1, 1)
    await gateway.flush()
    connection.backlogBytes = MAX_BACKLOG
    const answer = request('snapshot', { channel: TRADE })
    publish(1)
    await gateway.flush()
    expect(await answer).toMatchObject({ ok: true })
    connection.backlogBytes = 0
    gateway.pass(LOOK_MS)
    await gateway.flush()
    expect(seqsOf(connection, TRADE)).toEqual([3, 4, 5])
  })

  it('gets the snapshot of a channel that it does not hold at once, as anybody', async () => {
    const { gateway, connection, request } = await behind()
    gateway.produce('other', 'o1', 'quote:SIM:MSFT').publish(0)
    await gateway.flush()
    connection.backlogBytes = MAX_BACKLOG
    const answer = request('snapshot', { channel: 'quote:SIM:MSFT' })
    await gateway.flush()
    expect(await answer).toMatchObject({ ok: true })
    expect(connection.updates).toMatchObject([{ channel: 'quote:SIM:MSFT', type: 'snapshot' }])
  })

  it('is told what is gone of a channel that it resumed meanwhile', async () => {
    const { gateway, connection, request } = await behind()
    const other = gateway.produce('other', 'o1', 'trade:SIM:MSFT')
    for (let n = 0; n < 6; n++) {
      other.publish(...Array(1_000).fill(0))
      await gateway.flush()
    }
    connection.backlogBytes = MAX_BACKLOG
    const resume = { epoch: 'o1', seq: 100 }
    const answer = request('subscribe', { channels: [{ channel: 'trade:SIM:MSFT', resume }] })
    await gateway.flush()
    expect(await answer).toMatchObject({ channels: [{ ok: true, recovered: false }] })
    connection.backlogBytes = 0
    for (let stages = 0; gateway.fanOut.behindCount > 0 && stages < 2_000; stages++) {
      gateway.pass(LOOK_MS)
      await gateway.flush()
    }
    expect(connection.payloadsOf<Notice>('notice')).toContainEqual(
      expect.objectContaining({ name: 'eventGap', channels: ['trade:SIM:MSFT'] })
    )
    const seqs = seqsOf(connection, 'trade:SIM:MSFT')
    expect(seqs.at(-1)).toBe(6_000)
    expect(seqs.length + (gateway.plant.counters.clientUpdatesDropped ?? 0)).toBe(5_900)
  })

  it('is answered once it reads, in the order in which it asked', async () => {
    const { gateway, connection, request } = await behind()
    const order: string[] = []
    const answers = ['subscribe', 'subscriptions', 'unsubscribe'].map((name) =>
      request(name, { channels: [TRADE] }).then(() => order.push(name))
    )
    await gateway.flush()
    expect(order).toEqual([])
    connection.backlogBytes = MAX_BACKLOG
    gateway.pass(LOOK_MS)
    await gateway.flush()
    await Promise.all(answers)
    expect(order).toEqual(['subscribe', 'subscriptions', 'unsubscribe'])
  })

  it('gets the snapshot it asked for once it has caught up', async () => {
    const { gateway, connection, request } = await behind()
    connection.backlogBytes = MAX_BACKLOG
    const answer = request('subscribe', { channels: [QUOTE] })
    await gateway.flush()
    expect(await answer).toMatchObject({ channels: [{ ok: true, recovered: false }] })
    connection.backlogBytes = 0
    gateway.pass(LOOK_MS)
    await gateway.flush()
    expect(connection.updates).toMatchObject([{ channel: QUOTE, seq: 2, type: 'snapshot' }])
  })
})
