import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RingMemory } from '../../src/broadcast/ring-memory.ts'

const seed = 20_261_126
const CAPACITY = 1_024

describe('Memory in a ring', () => {
  it(`gives no piece that overlaps another, and all of it again when all came back (seed ${seed})`, () => {
    const step = fc.oneof(fc.integer({ min: 1, max: CAPACITY / 2 }), fc.constant('give back' as const))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const ring = new RingMemory(CAPACITY)
        const pieces: { readonly start: number; readonly size: number; readonly mark: number }[] = []
        const checkOldest = () => {
          const oldest = pieces.shift()
          if (oldest === undefined) return
          const { start, size, mark } = oldest
          expect(ring.bytes.subarray(start, start + size).every((byte) => byte === mark)).toBe(true)
          ring.giveBack(start, size)
        }
        for (const [n, size] of steps.entries()) {
          if (size === 'give back') {
            checkOldest()
            continue
          }
          const start = ring.take(size)
          if (start === undefined) continue
          expect(start % 8).toBe(0)
          expect(start + size).toBeLessThanOrEqual(CAPACITY)
          ring.bytes.fill(n % 256, start, start + size)
          pieces.push({ start, size, mark: n % 256 })
        }
        while (pieces.length > 0) checkOldest()
        expect(ring.take(CAPACITY)).toBe(0)
      }),
      { seed, numRuns: 500 }
    )
  })

  it('has no room for what is larger than it, nor for more than it holds', () => {
    const ring = new RingMemory(CAPACITY)
    expect(ring.take(CAPACITY + 1)).toBeUndefined()
    expect(ring.take(CAPACITY)).toBe(0)
    expect(ring.take(1)).toBeUndefined()
    ring.giveBack(0, CAPACITY)
    expect(ring.take(8)).toBe(0)
  })

  it('holds numbers in the same memory', () => {
    const ring = new RingMemory(100)
    ring.take(1)
    const start = ring.take(16) ?? 0
    ring.numbers[start / 8] = Math.PI
    expect(ring.bytes.readDoubleLE(start)).toBe(Math.PI)
  })
})
