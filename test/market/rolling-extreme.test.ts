import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RollingExtreme } from '../../src/market/rolling-extreme.ts'
import { RollingIds } from '../../src/market/rolling-ids.ts'

const seed = 20_240_816

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ startMs: fc.integer({ min: 0, max: 20 }), value: fc.integer({ min: 0, max: 9 }) })
  },
  { weight: 1, arbitrary: fc.record({ dropBefore: fc.integer({ min: 0, max: 25 }) }) }
)

describe('The best of a rolling window', () => {
  it(`is the best of all its parts, in whatever order they come, improve, and leave (seed ${seed})`, () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const extreme = new RollingExtreme<{ startMs: number; value: number }>((a, b) => a.value > b.value)
        const parts = new Map<number, { startMs: number; value: number }>()
        for (const next of steps) {
          if ('dropBefore' in next) {
            extreme.dropBefore(next.dropBefore)
            for (const startMs of parts.keys()) if (startMs < next.dropBefore) parts.delete(startMs)
          } else {
            const part = parts.get(next.startMs) ?? { ...next }
            const isBetter = next.value > part.value || !parts.has(next.startMs)
            part.value = Math.max(part.value, next.value)
            parts.set(next.startMs, part)
            if (isBetter) extreme.note(part)
          }
          const best = parts.size === 0 ? undefined : Math.max(...[...parts.values()].map(({ value }) => value))
          expect(extreme.best?.value).toBe(best)
        }
      }),
      { seed, numRuns: 1_000 }
    )
  })
})

describe('Remembered ids', () => {
  it.each([1, 2, 7, 100])('are at least the newest %i, and at most twice as many', (limit) => {
    const ids = new RollingIds(limit)
    const total = limit * 5
    for (let id = 0; id < total; id++) expect(ids.add(`t${id}`)).toBe(true)

    for (let id = total - limit; id < total; id++) expect(ids.add(`t${id}`)).toBe(false)
    expect(ids.add(`t${total - 2 * limit - 1}`)).toBe(true)
  })
})
