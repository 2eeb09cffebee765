import { describe, expect, it } from 'vitest'
import { Coverage } from '../../src/cli/coverage.ts'
import type { Update } from '../../src/protocol/server-events.ts'

const channel = 'trade:SIM:AAPL'

function coverageOf(...updates: readonly (Partial<Update> & { readonly seq: number })[]): Coverage {
  const coverage = new Coverage()
  for (const update of updates) coverage.note({ channel, exchangeTime: 0, ingestTime: 0, data: {}, ...update })
  return coverage
}

describe('the coverage of a recording', () => {
  it('has no gaps in an unbroken stream, wherever it begins', () => {
    const { gapCount, missing, merged, updates } = coverageOf({ seq: 7, type: 'snapshot' }, { seq: 8 }, { seq: 9 })
    expect({ gapCount, missing, merged, updates }).toEqual({ gapCount: 0, missing: 0, merged: 0, updates: 3 })
  })

  it('tells a merge from a gap', () => {
    const { gaps, missing, merged } = coverageOf({ seq: 1 }, { seq: 5, prev: 1 }, { seq: 9, prev: 6 })
    expect({ gaps, missing, merged }).toEqual({ gaps: [{ channel, firstSeq: 6, lastSeq: 6 }], missing: 1, merged: 5 })
  })

  it('counts what a snapshot leapt over, since a replay will not have it', () => {
    const { gaps, merged } = coverageOf({ seq: 1 }, { seq: 9, type: 'snapshot', epoch: 'a' }, { seq: 10 })
    expect(gaps).toEqual([{ channel, firstSeq: 2, lastSeq: 8 }])
    expect(merged).toBe(0)
  })

  it('starts anew in a new epoch', () => {
    const { gapCount } = coverageOf(
      { seq: 50, type: 'snapshot', epoch: 'a' },
      { seq: 90, type: 'snapshot', epoch: 'b' },
      { seq: 91 }
    )
    expect(gapCount).toBe(0)
  })

  it('takes no notice of what comes twice', () => {
    const { gapCount, merged } = coverageOf({ seq: 1 }, { seq: 2 }, { seq: 1 }, { seq: 2 }, { seq: 3 })
    expect([gapCount, merged]).toEqual([0, 0])
  })

  it('keeps the first five gaps and counts them all', () => {
    const coverage = coverageOf(...Array.from({ length: 8 }, (_, index) => ({ seq: index * 3 })))
    expect(coverage.gapCount).toBe(7)
    expect(coverage.gaps).toHaveLength(5)
  })
})
