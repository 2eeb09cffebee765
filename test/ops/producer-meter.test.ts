import { expect, it } from 'vitest'
import { type MeteredProducer, ProducerMeter } from '../../src/ops/producer-meter.ts'

const gold = { name: 'gold', messages: 0, toldMs: 0 } as MeteredProducer

it('makes the rate of a producer of the times at which it told its totals', () => {
  const meter = new ProducerMeter()
  const rateAt = (nowMs: number, messages: number, toldMs: number) =>
    meter.read([{ ...gold, messages, toldMs }], nowMs)[0]?.messagesPerSecond

  expect(rateAt(1_000, 100, 990)).toBeNull()
  // Three beats later, although a second has passed.
  expect(rateAt(2_000, 175, 1_740)).toBe(100)
  // No news yet.
  expect(rateAt(2_050, 175, 1_740)).toBe(100)
  expect(rateAt(3_000, 175, 2_740)).toBe(0)
  expect(rateAt(4_000, 575, 3_740)).toBe(400)
  // A thread that is gone publishes nothing.
  expect(rateAt(6_000, 575, 3_740)).toBe(0)
  meter.reset()
  expect(rateAt(7_000, 600, 7_000)).toBeNull()
})
