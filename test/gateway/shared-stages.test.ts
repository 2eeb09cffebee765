import { expect, it } from 'vitest'
import { SharedStages } from '../../src/gateway/shared-stages.ts'
import { TestGateway } from './support/test-gateway.ts'

const [TRADE, OTHER] = ['trade:SIM:AAPL', 'trade:SIM:MSFT']
const ROOM = 500

it('makes the way back once for all who are at the same place in the same flush', async () => {
  const gateway = new TestGateway()
  const { publish } = gateway.produce('sim', 'e1', TRADE, OTHER)
  publish(0, 1)
  for (const name of [TRADE, TRADE, OTHER]) await gateway.subscribed(name)
  const [one, same, other] = [...gateway.fanOut.subscribers]
  if (one === undefined || same === undefined || other === undefined) throw new Error('expected three clients')
  const stages = new SharedStages(gateway.plant.journal)
  const place = stages.positionsOf(one, 1)

  expect(stages.positionsOf(same, 1)).toBe(place)
  expect(stages.positionsOf(other, 1)).not.toEqual(place)
  for (let n = 0; n < 20; n++) publish(0, 1)
  await gateway.flush()
  expect(stages.positionsOf(one, 2)).toMatchObject([{ seq: 21 }])

  const stage = stages.next(place, ROOM, 3)
  expect([stage.isLast, stage.list.segments.length > 1]).toEqual([false, true])
  expect(stages.next(place, ROOM, 3)).toBe(stage)
  expect(stages.next(place, 2 * ROOM, 3)).not.toBe(stage)
  expect(stages.next(stage.positions, ROOM, 3).list.segments.length).toBeGreaterThan(1)
})

it('makes it anew in the next flush, since more has come, and keeps no frames', async () => {
  const gateway = new TestGateway()
  const { publish } = gateway.produce('sim', 'e1', TRADE)
  publish(0)
  await gateway.subscribed(TRADE)
  const [one] = gateway.fanOut.subscribers
  if (one === undefined) throw new Error('expected a client')
  const stages = new SharedStages(gateway.plant.journal)
  const place = stages.positionsOf(one, 1)
  publish(0)
  const stage = stages.next(place, ROOM, 1)
  publish(0)
  const later = stages.next(place, ROOM, 2)
  await new Promise((resolve) => setImmediate(resolve))

  expect([stage.positions, later.positions]).toMatchObject([[{ seq: 2 }], [{ seq: 3 }]])
  expect(stages.next(place, ROOM, 2)).not.toBe(later)
})
