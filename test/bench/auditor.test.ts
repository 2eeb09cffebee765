import { describe, expect, it } from 'vitest'
import { Auditor } from '../../bench/load/auditor.ts'
import { newSeed, Random } from '../flow/doors/support/random.ts'

describe('the accounts of what clients got', () => {
  it('tell what was delivered, merged, missing, repeated and not asked for', () => {
    const auditor = new Auditor(2)
    auditor.hold(0, [3, 5, 9], [0, 0, 0, 10, 0, 20, 0, 0, 0, 30])
    auditor.begin()
    auditor.take(0, 3, 10, 12, 2, false)
    auditor.take(0, 5, 20, 24, 1, false)
    auditor.take(0, 9, 31, 32, 1, false)
    auditor.take(0, 9, 30, 31, 1, false)
    auditor.take(0, 4, 0, 1, 1, false)
    auditor.take(1, 3, 0, 1, 1, false)
    const finals = [0, 0, 0, 12, 0, 24, 0, 0, 0, 33]
    expect(auditor.isComplete(finals, 0)).toBe(false)
    expect(auditor.close(finals)).toEqual({
      ...{ sent: 9, delivered: 4, merged: 3, missing: 2 },
      ...{ repeated: 1, unexpected: 2, snapshots: 0 }
    })
    auditor.take(0, 9, 32, 33, 1, false)
    expect(auditor.isComplete(finals, 0)).toBe(true)
  })

  it('begin where the first update says, for a client that joins', () => {
    const auditor = new Auditor(1)
    auditor.hold(0, [1, 2])
    auditor.begin()
    expect([auditor.isComplete([0, 8, 0], 0), auditor.hasAny(0)]).toEqual([false, false])
    auditor.take(0, 1, 0, 7, 1, true)
    auditor.take(0, 1, 7, 8, 1, false)
    expect(auditor.hasAny(0)).toBe(true)
    expect(auditor.close([0, 8, 0])).toMatchObject({ sent: 1, delivered: 1, missing: 0, snapshots: 1 })
  })

  it('balance for any channels, in whatever order their updates come', () => {
    const random = new Random(newSeed('accounts'))
    for (let round = 0; round < 100; round++) {
      const channels = Array.from({ length: 50 }, (_, channel) => channel).filter(() => random.below(3) === 0)
      const finals = Array.from({ length: 50 }, () => random.below(10))
      const auditor = new Auditor(1)
      auditor.hold(0, channels, finals)
      auditor.begin()
      const wanted = { sent: 0, delivered: 0, unexpected: 0, missing: 0 }
      for (let turn = 0; turn < 200; turn++) {
        const channel = random.below(50)
        const seq = (finals[channel] ?? 0) + 1
        finals[channel] = seq
        const isHeld = channels.includes(channel)
        if (isHeld) wanted.sent += 1
        // The last of a channel may be lost as well as one in between.
        if (random.below(8) === 0) {
          if (isHeld) wanted.missing += 1
          continue
        }
        auditor.take(0, channel, seq - 1, seq, 1, false)
        if (isHeld) wanted.delivered += 1
        else wanted.unexpected += 1
      }
      expect(auditor.close(finals)).toEqual({ ...wanted, merged: 0, repeated: 0, snapshots: 0 })
    }
  })
})
