import fc from 'fast-check'
import { expect, it } from 'vitest'
import { HeartbeatTimes, NO_PLACE, TURNS } from '../../src/gateway/heartbeat-times.ts'

it('has each client due once in an interval, a tenth of them at a time, whenever they came, and nobody who left', () => {
  fc.assert(
    fc.property(
      // Who comes in each turn: all at once, or one after the other.
      fc.array(fc.oneof(fc.constantFrom(0, 1), fc.nat({ max: 2_000 })), { minLength: 1, maxLength: 40 }),
      fc.array(fc.nat({ max: 4_999 }), { maxLength: 100 }),
      fc.nat({ max: 200 }),
      (joiners, leavers, late) => {
        const times = new HeartbeatTimes()
        const there = new Set<number>()
        for (const count of joiners) {
          for (let n = 0; n < count; n++) there.add(times.add())
          for (const place of times.beginTurn()) times.noteBeat(place)
        }
        const all = joiners.reduce((sum, count) => sum + count, 0)
        expect(there.size).toBe(all)
        for (const leaver of leavers) if (there.delete(leaver)) times.remove(leaver)
        for (let n = 0; n < late; n++) there.add(times.add())
        const beats = new Map<number, number>()
        for (let turn = 0; turn < 3 * TURNS; turn++) {
          const alone = times.beginTurn()
          expect(alone.length).toBeLessThanOrEqual((all + late) / TURNS + 1)
          for (const place of alone) {
            times.noteBeat(place)
            beats.set(place, (beats.get(place) ?? 0) + 1)
          }
        }
        expect(new Set(beats.keys())).toEqual(there)
        expect(new Set(beats.values())).toEqual(there.size === 0 ? new Set() : new Set([3]))
        expect(times.isDue(NO_PLACE)).toBe(false)
      }
    ),
    { numRuns: 50 }
  )
})

it('puts nothing off because a heartbeat was late', () => {
  const times = new HeartbeatTimes()
  const place = times.add()
  const beatTurns: number[] = []
  for (let turn = 1; turn <= 100; turn++) {
    times.beginTurn()
    // A frame every seventh turn, which takes with it what is due.
    if (turn % 7 !== 0) continue
    times.noteFrame(place)
    if (!times.isDue(place)) continue
    times.noteBeat(place)
    beatTurns.push(turn)
  }
  expect(beatTurns.length).toBeGreaterThanOrEqual(100 / TURNS - 1)
  const between = beatTurns.slice(1).map((turn, n) => turn - (beatTurns[n] ?? 0))
  expect(Math.max(...between)).toBe(2 * 7)
})
