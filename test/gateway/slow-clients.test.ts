import { describe, expect, it } from 'vitest'
import type { Status } from '../../src/protocol/server-events.ts'
import { behind, LOOK_MS, MAX_BACKLOG, namesOf, QUOTE, seqsOf, TRADE } from './support/behind.ts'
import { TestGateway } from './support/test-gateway.ts'

describe('A client that reads too slowly', () => {
  it.each([
    [MAX_BACKLOG, []],
    [MAX_BACKLOG + 1, ['slowConsumer']]
  ])('is one with %i bytes of backlog: %j', async (backlogBytes, notices) => {
    const gateway = new TestGateway({ maxBacklogBytes: MAX_BACKLOG })
    const { publish } = gateway.produce('sim', 'e1', QUOTE)
    const { connection } = await gateway.subscribed(QUOTE)
    connection.backlogBytes = backlogBytes
    publish(0)
    await gateway.flush()
    expect(namesOf(connection)).toEqual(notices)
    expect(gateway.fanOut.behindCount).toBe(notices.length)
    expect(gateway.fanOut.isCongested).toBe(true)
  })

  it('is sent nothing while it is behind, however much is published', async () => {
    const { gateway, connection, publish, states } = await behind()
    for (let n = 0; n < 100; n++) {
      publish(0, 1)
      await gateway.flush()
    }
    gateway.plant.catalog.setQuality(states, 'stale', 'venue_silent')
    await gateway.flush()
    expect(connection.events).toEqual([])
  })

  it.each([
    [MAX_BACKLOG / 4 + 1, false],
    [MAX_BACKLOG / 4, true]
  ])('with %i bytes left to read it is brought to the present: %s', async (backlogBytes, isBack) => {
    const { gateway, connection, publish } = await behind()
    publish(0, 1, 0, 1, 0)
    await gateway.flush()
    connection.backlogBytes = backlogBytes
    gateway.pass(LOOK_MS)
    await gateway.flush()
    expect(seqsOf(connection, QUOTE)).toEqual(isBack ? [5] : [])
    expect(seqsOf(connection, TRADE)).toEqual(isBack ? [3, 4] : [])
    expect(namesOf(connection)).toEqual(isBack ? ['caughtUp'] : [])
    expect(gateway.fanOut.behindCount).toBe(isBack ? 0 : 1)
  })

  it('gets the newest quote for all it missed, each trade, and then the stream without a seam', async () => {
    const { gateway, connection, publish } = await behind()
    for (let n = 0; n < 10; n++) publish(0, 1)
    await gateway.flush()
    connection.backlogBytes = 0
    gateway.pass(LOOK_MS)
    // Published before the flush at which it comes back, so contained in what it gets then.
    publish(0, 1)
    await gateway.flush()
    publish(0, 1)
    await gateway.flush()
    const quotes = connection.updates.filter(({ channel }) => channel === QUOTE)
    expect(quotes).toMatchObject([{ seq: 13, prev: 2 }, { seq: 14 }])
    expect(quotes[1]).not.toHaveProperty('prev')
    expect(seqsOf(connection, TRADE)).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14])
    expect(gateway.plant.counters).toMatchObject({ clientUpdatesMerged: 10, clientUpdatesDropped: 0, clientGaps: 0 })
  })

  it('is told of trades that are gone before the first one after them, which is a snapshot', async () => {
    const { gateway, connection, publish } = await behind()
    for (let round = 0; round < 11; round++) {
      for (let n = 0; n < 500; n++) publish(1)
      await gateway.flush()
    }
    connection.backlogBytes = 0
    for (let stages = 0; gateway.fanOut.behindCount > 0 && stages < 1_000; stages++) {
      gateway.pass(LOOK_MS)
      await gateway.flush()
    }
    expect(connection.events[0]).toEqual([
      'notice',
      { code: 2502, name: 'eventGap', message: expect.any(String), channels: [TRADE] }
    ])
    expect(connection.updates[0]).toMatchObject({ type: 'snapshot', seq: 503 })
    expect(seqsOf(connection, TRADE)).toHaveLength(5_000)
    expect(gateway.plant.counters).toMatchObject({ clientUpdatesDropped: 500, clientGaps: 1 })
  })

  it('comes back a backlog at a time, each when it has read the one before, and is told once that it is back', async () => {
    const { gateway, connection, publish } = await behind()
    for (let n = 0; n < 60; n++) publish(0, 1)
    await gateway.flush()
    connection.backlogBytes = 0
    let mostBytes = 0
    connection.onFrame = ({ jsonLength }) => {
      connection.backlogBytes += jsonLength
      mostBytes = Math.max(mostBytes, connection.backlogBytes)
    }
    let stages = 0
    for (; gateway.fanOut.behindCount > 0 && stages < 1_000; stages++) {
      expect(gateway.fanOut.isCongested).toBe(true)
      gateway.pass(LOOK_MS)
      publish(1)
      await gateway.flush()
      const isUnread = seqsOf(connection, TRADE).length
      gateway.pass(LOOK_MS)
      await gateway.flush()
      expect(seqsOf(connection, TRADE)).toHaveLength(isUnread)
      connection.backlogBytes = 0
    }
    const trades = seqsOf(connection, TRADE)
    expect(trades).toEqual(trades.map((_, n) => n + 3))
    expect(trades).toHaveLength(60 + stages)
    expect(seqsOf(connection, QUOTE)).toEqual([62])
    expect(namesOf(connection)).toEqual(['caughtUp'])
    // One message and the notices may come on top.
    expect(mostBytes).toBeLessThan(1.5 * MAX_BACKLOG)
    const { counters } = gateway.plant
    expect(counters).toMatchObject({ slowClientEpisodes: 1, slowClientsRecovered: 1, clientUpdatesDropped: 0 })
  })

  it.each([
    ['reads on', 0],
    ['does not', 1]
  ])('has as long again for its way back, and is closed when it %s: %i times', async (_, times) => {
    const { gateway, connection, publish } = await behind()
    for (let n = 0; n < 40; n++) publish(1)
    await gateway.flush()
    gateway.pass(900)
    connection.backlogBytes = 0
    connection.onFrame = ({ jsonLength }) => {
      connection.backlogBytes += jsonLength
    }
    for (let round = 0; round < 25; round++) {
      gateway.pass(LOOK_MS)
      await gateway.flush(0)
      if (times === 0) connection.backlogBytes = 0
      if (round === 15) expect(connection.closings).toEqual([])
    }
    expect(connection.closings).toHaveLength(times)
    expect(seqsOf(connection, TRADE).at(-1) === 42).toBe(times === 0)
  })

  it('is not one because much came at once, when it had read what came before', async () => {
    const gateway = new TestGateway({ maxBacklogBytes: MAX_BACKLOG })
    const { publish } = gateway.produce('sim', 'e1', TRADE)
    const { connection } = await gateway.subscribed(TRADE)
    connection.onFrame = ({ jsonLength }) => {
      connection.backlogBytes += jsonLength
    }
    publish(...Array(50).fill(0))
    await gateway.flush()
    expect(connection.backlogBytes).toBeGreaterThan(2 * MAX_BACKLOG)
    expect(gateway.fanOut.behindCount).toBe(0)
    publish(0)
    await gateway.flush()
    expect(gateway.fanOut.behindCount).toBe(1)
  })

  it('is told afterwards what changed its quality meanwhile, and nothing else', async () => {
    const { gateway, connection, states } = await behind()
    gateway.plant.catalog.setQuality(states.slice(0, 1), 'stale', 'venue_silent')
    await gateway.flush()
    connection.backlogBytes = 0
    gateway.pass(LOOK_MS)
    await gateway.flush()
    const statuses = connection.payloadsOf<Status>('status')
    expect(statuses).toMatchObject([{ channel: QUOTE, quality: 'stale', cause: 'venue_silent' }])
  })

  it('is told afterwards what changed in the very flush in which it fell behind', async () => {
    const gateway = new TestGateway({ maxBacklogBytes: MAX_BACKLOG })
    const { publish, states } = gateway.produce('sim', 'e1', QUOTE, TRADE)
    publish(0, 1)
    const { connection } = await gateway.subscribed(QUOTE, TRADE)
    connection.take()
    connection.backlogBytes = MAX_BACKLOG + 1
    gateway.plant.catalog.setQuality(states.slice(0, 1), 'stale', 'venue_silent')
    publish(0, 1)
    await gateway.flush()
    expect(connection.payloadsOf('status')).toEqual([])
    connection.backlogBytes = 0
    gateway.pass(LOOK_MS)
    await gateway.flush()
    expect(connection.payloadsOf<Status>('status')).toMatchObject([{ channel: QUOTE, quality: 'stale' }])
    expect(connection.updates.map(({ channel, seq }) => [channel, seq])).toEqual([
      [QUOTE, 2],
      [TRADE, 2]
    ])
  })

  it.each([
    [999, 0],
    [1_000, 1]
  ])('is closed when it stays behind too long: after %i ms it was closed %i times, and counted', async (ms, times) => {
    const { gateway, connection } = await behind()
    gateway.nowMs += ms - 10 - LOOK_MS
    gateway.pass(LOOK_MS)
    expect(connection.closings).toEqual(Array(times).fill('slowConsumerClosed'))
    // The connection takes its time to close.
    gateway.pass(times * 10 * LOOK_MS)
    expect(gateway.plant.counters.slowClientsClosed).toBe(times)
  })
})
