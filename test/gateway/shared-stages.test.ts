import { expect, it } from 'vitest'
import type { Frame } from '../../src/gateway/frame.ts'
import { TestGateway } from './support/test-gateway.ts'

const MAX_BACKLOG = 2_000
const LOOK_MS = 50
const [TRADE, OTHER] = ['trade:SIM:AAPL', 'trade:SIM:MSFT']

/** Clients with these channels, who stopped reading, missed a hundred trades on each, and begin to read again. */
async function returned(...held: readonly (readonly string[])[]) {
  const gateway = new TestGateway({ maxBacklogBytes: MAX_BACKLOG })
  const { publish } = gateway.produce('sim', 'e1', TRADE, OTHER)
  publish(0, 1)
  const clients: { frames: Set<Frame>; seqs: () => number[] }[] = []
  const connections = []
  for (const channels of held) {
    const { connection } = await gateway.subscribed(...channels)
    const frames = new Set<Frame>()
    connections.push(connection)
    clients.push({ frames, seqs: () => connection.updates.map(({ seq }) => seq) })
  }
  for (const connection of connections) connection.backlogBytes = MAX_BACKLOG + 1
  publish(0, 1)
  await gateway.flush()
  for (let n = 0; n < 100; n++) publish(0, 1)
  await gateway.flush()
  for (const [n, connection] of connections.entries()) {
    connection.take()
    connection.backlogBytes = 0
    connection.onFrame = (frame) => {
      if (frame.updates > 0) clients[n]?.frames.add(frame)
    }
  }
  for (let stages = 0; gateway.slowClients.count > 0 && stages < 100; stages++) {
    gateway.pass(LOOK_MS)
    await gateway.flush()
  }
  return clients
}

it('makes the way back once for all who are at the same place', async () => {
  const [one, same, other] = await returned([TRADE], [TRADE], [OTHER])
  const trades = Array.from({ length: 100 }, (_, n) => n + 3)

  expect([one?.seqs(), same?.seqs(), other?.seqs()]).toEqual([trades, trades, trades])
  expect(one?.frames.size).toBeGreaterThan(2)
  expect(same?.frames).toEqual(one?.frames)
  expect([...(same?.frames ?? [])].every((frame) => one?.frames.has(frame))).toBe(true)
  expect([...(other?.frames ?? [])].some((frame) => one?.frames.has(frame))).toBe(false)
})
