import type { Notice } from '../../../src/protocol/server-events.ts'
import type { FakeConnection } from './fake-connection.ts'
import { TestGateway } from './test-gateway.ts'

export const QUOTE = 'quote:SIM:AAPL'
export const TRADE = 'trade:SIM:AAPL'
export const MAX_BACKLOG = 1_000
export const LOOK_MS = 50

export const namesOf = (connection: FakeConnection) => connection.payloadsOf<Notice>('notice').map(({ name }) => name)
export const seqsOf = (connection: FakeConnection, name: string) =>
  connection.updates.filter(({ channel }) => channel === name).map(({ seq }) => seq)

/** A client that has fallen behind on a quote and a trade, both at 2, and what was sent to it before is forgotten. */
export async function behind() {
  const gateway = new TestGateway({ maxBacklogBytes: MAX_BACKLOG, slowCloseMs: 1_000 })
  const producer = gateway.produce('sim', 'e1', QUOTE, TRADE)
  producer.publish(0, 1)
  const client = await gateway.subscribed(QUOTE, TRADE)
  client.connection.backlogBytes = MAX_BACKLOG + 1
  producer.publish(0, 1)
  await gateway.flush()
  const events = client.connection.take()
  return { gateway, ...producer, ...client, events }
}
