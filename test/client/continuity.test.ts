import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Continuity } from '../../client/continuity.ts'
import type { Update } from '../../src/protocol/server-events.ts'

const channel = 'quote:SIM:AAPL'

function updateOf(seq: number, more: Partial<Update> = {}): Update {
  return { channel, seq, exchangeTime: 0, ingestTime: 0, data: {}, ...more }
}

function snapshotOf(seq: number, epoch = 'a'): Update {
  return updateOf(seq, { type: 'snapshot', epoch })
}

describe('the continuity rule', () => {
  it('applies what follows on, and drops what it has already', () => {
    const continuity = new Continuity()
    const verdicts = [snapshotOf(5), updateOf(5), updateOf(4), updateOf(6), updateOf(6), updateOf(7)].map((update) =>
      continuity.take(update)
    )
    expect(verdicts).toEqual(['apply', 'duplicate', 'duplicate', 'apply', 'duplicate', 'apply'])
    expect(continuity.position(channel)).toEqual({ epoch: 'a', seq: 7 })
  })

  it('takes a merge for what it is, and a hole for a hole', () => {
    const continuity = new Continuity()
    continuity.take(snapshotOf(5))
    expect(continuity.take(updateOf(9, { prev: 5 }))).toBe('apply')
    expect(continuity.take(updateOf(12, { prev: 8 }))).toBe('apply')
    expect(continuity.take(updateOf(15, { prev: 13 }))).toBe('gap')
    expect(continuity.isBroken(channel)).toBe(true)
  })

  it('calls for one snapshot per hole and applies nothing before it', () => {
    const continuity = new Continuity()
    continuity.take(snapshotOf(1))
    expect([updateOf(3), updateOf(4), updateOf(5)].map((update) => continuity.take(update))).toEqual([
      'gap',
      'waiting',
      'waiting'
    ])
    expect(continuity.take(snapshotOf(5))).toBe('apply')
    expect(continuity.take(updateOf(6))).toBe('apply')
    expect(continuity.isBroken(channel)).toBe(false)
  })

  it('catches up on an older snapshot that is followed by every delta since', () => {
    const continuity = new Continuity()
    continuity.take(snapshotOf(10))
    continuity.take(updateOf(12))
    const verdicts = [snapshotOf(8), updateOf(9), updateOf(10), updateOf(11), updateOf(12)].map((update) =>
      continuity.take(update)
    )
    expect(verdicts).toEqual(['duplicate', 'duplicate', 'duplicate', 'apply', 'apply'])
  })

  it('starts at the very first message of a channel that had none when it was subscribed', () => {
    const continuity = new Continuity()
    continuity.enter(channel, 'a', 0)
    expect(continuity.take(updateOf(1))).toBe('apply')
    expect(continuity.position(channel)).toEqual({ epoch: 'a', seq: 1 })
  })

  it('starts at the very first message of a channel nobody announced', () => {
    const continuity = new Continuity()
    expect(continuity.take(updateOf(1))).toBe('apply')
    continuity.enter(channel, 'a', 1)
    expect(continuity.take(updateOf(2))).toBe('apply')
  })

  it('asks for a snapshot when a channel with a past begins with anything else', () => {
    const continuity = new Continuity()
    continuity.enter(channel, 'a', 7)
    expect(continuity.take(updateOf(8))).toBe('gap')
  })

  it('waits in a new epoch for its snapshot, even when its numbers would fit', () => {
    const continuity = new Continuity()
    continuity.take(snapshotOf(5))
    continuity.enter(channel, 'b', 0)
    expect(continuity.take(updateOf(6))).toBe('gap')
    expect(continuity.take(snapshotOf(2, 'b'))).toBe('apply')
    expect(continuity.take(updateOf(3))).toBe('apply')
  })

  it('takes a snapshot of a new epoch though its number is lower', () => {
    const continuity = new Continuity()
    continuity.take(snapshotOf(500))
    expect(continuity.take(snapshotOf(1, 'b'))).toBe('apply')
    expect(continuity.position(channel)).toEqual({ epoch: 'b', seq: 1 })
  })

  it('goes on in a new epoch when neither of the two had a message yet', () => {
    const continuity = new Continuity()
    continuity.enter(channel, 'a', 0)
    continuity.enter(channel, 'b', 0)
    expect(continuity.take(updateOf(1))).toBe('apply')
  })

  it('lets a hole be asked for again after a reconnect', () => {
    const continuity = new Continuity()
    continuity.take(snapshotOf(1))
    continuity.take(updateOf(3))
    continuity.reconnected()
    expect(continuity.take(updateOf(4))).toBe('gap')
  })

  it('knows nothing of a channel it was told to forget', () => {
    const continuity = new Continuity()
    continuity.take(snapshotOf(4))
    continuity.forget(channel)
    expect(continuity.position(channel)).toBeUndefined()
    expect(continuity.take(snapshotOf(4))).toBe('apply')
  })
})

describe('the continuity rule on any stream', () => {
  // What may happen to the messages between a producer and a client.
  const fate = fc.constantFrom('sent', 'sent', 'sent', 'lost', 'repeated', 'merged', 'restarted')

  it('never applies across a hole, and always recovers by the snapshots it asks for', () => {
    fc.assert(
      fc.property(fc.array(fate, { maxLength: 200 }), (fates) => {
        const continuity = new Continuity()
        let epoch = 1
        let seq = 0
        let merged = 0
        /** What a client holds that applies what the rule tells it to. */
        let held = { epoch, seq }

        const receive = (update: Update): void => {
          const verdict = continuity.take(update)
          if (verdict === 'gap') receive(snapshotOf(seq, String(epoch)))
          if (verdict !== 'apply') return
          if (update.type !== 'snapshot') {
            expect(held.epoch).toBe(epoch)
            expect(update.prev ?? update.seq - 1).toBeLessThanOrEqual(held.seq)
          }
          held = { epoch, seq: update.seq }
        }

        for (const what of fates) {
          if (what === 'restarted') {
            epoch += 1
            seq = 1
            merged = 0
            receive(snapshotOf(1, String(epoch)))
            continue
          }
          seq += 1
          if (what === 'lost') continue
          if (what === 'merged') {
            merged += 1
            continue
          }
          const update = updateOf(seq, merged === 0 ? {} : { prev: seq - 1 - merged })
          merged = 0
          receive(update)
          if (what === 'repeated') receive(update)
          expect(held).toEqual({ epoch, seq })
        }
      })
    )
  })

  it('applies every message when none is lost, however they are merged', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 50 })), fc.nat(20), (steps, lead) => {
        const continuity = new Continuity()
        continuity.take(snapshotOf(lead))
        let seq = 0
        for (const step of steps) {
          const update = updateOf(seq + step, { prev: seq })
          seq += step
          expect(continuity.take(update)).toBe(seq <= lead ? 'duplicate' : 'apply')
        }
      })
    )
  })
})
