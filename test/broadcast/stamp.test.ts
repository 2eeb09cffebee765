import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ChannelState } from '../../src/broadcast/channel-state.ts'
import { Segment } from '../../src/broadcast/segment.ts'
import { copied, stamped } from '../../src/broadcast/stamp.ts'
import { contractOf, parseChannel } from '../../src/protocol/channel.ts'
import { FLAG } from '../../src/protocol/port-messages.ts'
import type { Update } from '../../src/protocol/server-events.ts'
import { batchOf, jsonOf, segmentOf, updatesOf } from '../support/segments.ts'

const seed = 20_240_815

const letters = (first: string, rest: string, most: number) =>
  fc
    .tuple(fc.constantFrom(...first), fc.string({ unit: fc.constantFrom(...rest), maxLength: most - 1 }))
    .map(([head, tail]) => head + tail)
const upper = letters('AZ09', 'AZ09._-', 64)
/** Names of every legal form, of up to the most characters each part may have. */
const anyName = fc
  .tuple(letters('az', 'az09_-', 32), upper, upper, fc.option(letters('Az0._-', 'Az0._-', 32), { nil: undefined }))
  .map((parts) => parts.filter((part) => part !== undefined).join(':'))

const anySeq = fc.oneof(
  fc.integer({ min: 1, max: 1_000 }),
  fc.maxSafeNat().map((n) => Math.max(1, n))
)
/** Payloads that try to look like the head of a message. */
const anyData = fc.oneof(
  fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()),
  fc.constantFrom({ text: ',"prev":3,"exchangeTime":' }, { prev: 1, seq: 2, type: 'snapshot' }, { text: '🚀,"seq":5' })
)
const anyMessage = fc
  .record({ name: anyName, seq: anySeq, range: fc.nat(50), isSnapshot: fc.boolean(), data: anyData })
  .map(({ name, seq, range, isSnapshot, data }) => {
    const prev = Math.max(0, seq - 1 - range)
    return { name, seq, prev, data, ...(isSnapshot && { snapshotOf: 'old "epoch"' }) }
  })

function channelOf(name: string): ChannelState {
  return new ChannelState(0, name, 'channel', contractOf(name.split(':')[0] ?? ''), 'p', 'e')
}

/** The same by way of JSON.parse. */
function oracle(update: Update, { prev, snapshotOf }: { prev?: number; snapshotOf?: string }): Update {
  const { prev: held = update.seq - 1, ...rest } = update
  const range = prev ?? held
  return {
    ...rest,
    ...(range !== update.seq - 1 && { prev: range }),
    ...(snapshotOf !== undefined && update.type === undefined && { type: 'snapshot', epoch: snapshotOf })
  }
}

describe('A stamped message', () => {
  it(`differs from the original by its stamp and by nothing else (seed ${seed})`, () => {
    const anyStamp = fc.record({ back: fc.option(fc.nat(60)), snapshotOf: fc.option(fc.string({ unit: 'binary' })) })
    fc.assert(
      fc.property(anyMessage, anyStamp, ({ name, ...message }, { back, snapshotOf }) => {
        expect(parseChannel(name)).toBeDefined()
        const original = segmentOf(channelOf(name), message)
        const stamp = {
          ...(back !== null && { prev: Math.max(0, message.seq - 1 - back) }),
          ...(snapshotOf !== null && { snapshotOf })
        }
        const copy = stamped(original, stamp)
        const [before] = updatesOf([original])
        const [after] = updatesOf([copy])
        expect(after).toEqual(before && oracle(before, stamp))

        const { segment, index } = copy
        expect(segment.channel(index)?.name).toBe(name)
        expect(segment.seq(index)).toBe(message.seq)
        expect(segment.prev(index)).toBe(after?.prev ?? message.seq - 1)
        expect(segment.isSnapshot(index)).toBe(after?.type === 'snapshot')
      }),
      { seed, numRuns: 1_000 }
    )
  })

  it('keeps the one form of messages, so that it can be stamped again', () => {
    const original = segmentOf(channelOf('quote:SIM:A'), { seq: 9, prev: 4 })
    const once = stamped(original, { prev: 2, snapshotOf: 'e2' })
    const twice = stamped(once, { prev: 1 })
    const back = stamped(twice, { prev: 8 })

    const json = (prev?: number) =>
      jsonOf({ channel: 0, name: 'quote:SIM:A', seq: 9, snapshotOf: 'e2', ...(prev !== undefined && { prev }) })
    expect(once.segment.json(once.index).toString()).toBe(json(2))
    expect(twice.segment.json(twice.index).toString()).toBe(json(1))
    expect(back.segment.json(back.index).toString()).toBe(json())
  })

  it('is found in the middle of a batch', () => {
    const channels = [channelOf('quote:SIM:A'), channelOf('trade:SIM:BRK.B')]
    const { bytes, records } = batchOf([
      { channel: 0, name: 'quote:SIM:A', seq: 1, data: { text: '🚀' } },
      { channel: 1, name: 'trade:SIM:BRK.B', seq: 12, data: { text: 'é' } },
      { channel: 0, name: 'quote:SIM:A', seq: 2 }
    ])
    const copy = stamped({ segment: new Segment(4, bytes, records, channels), index: 1 }, { snapshotOf: 'e9' })

    expect(updatesOf([copy])).toMatchObject([
      { channel: 'trade:SIM:BRK.B', seq: 12, type: 'snapshot', epoch: 'e9', data: { text: 'é' } }
    ])
  })

  it('leaves the original as it was, and is no delta any more once it is a snapshot', () => {
    const original = segmentOf(channelOf('book:SIM:A'), { seq: 3, flags: FLAG.delta })
    const before = original.segment.json(0).toString()
    const copy = stamped(original, { prev: 1, snapshotOf: 'e' })

    expect(original.segment.json(0).toString()).toBe(before)
    expect([original.segment.prev(0), original.segment.isSnapshot(0)]).toEqual([2, false])
    expect([copy.segment.isSnapshot(0), copy.segment.isDelta(0)]).toEqual([true, false])
  })

  it('cannot be made of a message whose channel is not known', () => {
    const { bytes, records } = batchOf([{ channel: 0, name: 'quote:SIM:A', seq: 1 }])
    const foreign = new Segment(8, bytes, records, [])

    expect(() => stamped({ segment: foreign, index: 0 }, { prev: 0 })).toThrow('message 0 of segment 8 has no channel')
  })
})

describe('A copied message', () => {
  it('says the same from memory of its own', () => {
    const channel = channelOf('book:SIM:A')
    const { bytes, records } = batchOf([
      { channel: 0, name: channel.name, seq: 1, snapshotOf: 'e' },
      { channel: 0, name: channel.name, seq: 5, prev: 1, flags: FLAG.delta, data: { text: '🚀' } }
    ])
    const segment = new Segment(4, bytes, records, [channel])
    const copy = copied({ segment, index: 1 })

    expect(copy.segment.json(copy.index)).toEqual(segment.json(1))
    expect(copy.segment.bytes.buffer).not.toBe(segment.bytes.buffer)
    records.fill(0)
    expect(copy.segment).toMatchObject({ count: 1, channels: [channel] })
    expect([copy.segment.seq(0), copy.segment.prev(0), copy.segment.isDelta(0)]).toEqual([5, 1, true])
  })
})
