import fc from 'fast-check'
import { expect, it } from 'vitest'
import { RequestLimiter } from '../../src/gateway/request-limiter.ts'

it('takes a burst at once, and the next when it was earned', () => {
  const limiter = new RequestLimiter(10, 3, 1_000)
  expect([1, 2, 3, 4].map(() => limiter.offer(1_000))).toEqual([true, true, true, false])
  expect(limiter.offer(1_099)).toBe(false)
  expect(limiter.offer(1_100)).toBe(true)
  expect(limiter.offer(1_100)).toBe(false)
})

it('takes a higher price, but never more than whoever has rested can pay', () => {
  const limiter = new RequestLimiter(10, 5, 0)
  expect([limiter.offer(0), limiter.offerMore(0, 100), limiter.offer(0)]).toEqual([true, true, false])
  expect([limiter.offer(300), limiter.offerMore(300, 2), limiter.offerMore(300, 1)]).toEqual([true, true, false])
})

it('saves up no more than a burst, however long nobody asks', () => {
  const limiter = new RequestLimiter(100, 2, 0)
  expect([1, 2, 3].map(() => limiter.offer(3_600_000))).toEqual([true, true, false])
})

it('takes no more in any stretch of time than a burst and what the time earns', () => {
  const gaps = fc.array(fc.nat({ max: 300 }), { minLength: 1, maxLength: 200 })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 20 }), gaps, (perSecond, burst, waits) => {
      const limiter = new RequestLimiter(perSecond, burst, 0)
      const taken: number[] = []
      let nowMs = 0
      for (const wait of waits) {
        nowMs += wait
        if (limiter.offer(nowMs)) taken.push(nowMs)
      }
      for (const [from, fromMs] of taken.entries()) {
        for (let to = from; to < taken.length; to++) {
          const earned = (((taken[to] ?? 0) - fromMs) * perSecond) / 1_000
          expect(to - from + 1).toBeLessThanOrEqual(burst + earned + 1e-6)
        }
      }
    })
  )
})
