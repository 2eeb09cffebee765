import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ChannelState } from '../../src/broadcast/channel-state.ts'
import { type Message, Segment } from '../../src/broadcast/segment.ts'
import { PlacedMessages } from '../../src/gateway/placed-messages.ts'
import { batchOf } from '../support/segments.ts'

const channel = new ChannelState(0, 'news:LAB:A', 'channel', 'event', 'lab', 'e')
/** Of what was in the memory before. */
const MARGIN = 7

/** Batches of messages of any length, and the order in which they, or some of them, wait to be sent. */
const anyList = fc
  .array(fc.array(fc.string({ unit: 'grapheme', maxLength: 40 }), { minLength: 1, maxLength: 30 }), {
    minLength: 1,
    maxLength: 4
  })
  .chain((batches) => {
    const all = batches.flatMap((texts, batch) => texts.map((_, index) => ({ batch, index })))
    return fc.record({
      batches: fc.constant(batches),
      // In order, so that neighbours are met, or in any.
      list: fc.oneof(fc.subarray(all, { minLength: 1 }), fc.shuffledSubarray(all, { minLength: 1 })),
      // Some of them in long runs, too.
      isTaken: fc.array(fc.oneof(fc.boolean(), { weight: 4, arbitrary: fc.constant(true) }), {
        minLength: all.length,
        maxLength: all.length
      }),
      copies: fc.constantFrom(1, 100),
      stale: fc.array(fc.nat({ max: 12 }), { maxLength: 3 })
    })
  })

it('are copied as if they were joined one by one, whichever are taken and wherever they lie', () => {
  fc.assert(
    fc.property(anyList, ({ batches, list, isTaken, stale, copies }) => {
      const segments = batches.map((texts, id) => {
        const { bytes, records } = batchOf(
          texts.map((data, n) => ({ channel: 0, name: channel.name, seq: n + 1, data }))
        )
        return new Segment(id, bytes, records, [channel])
      })
      const messages = list.map(({ batch, index }): Message => ({ segment: segments[batch] as Segment, index }))
      const placed = new PlacedMessages()
      for (const { segment, index } of messages) placed.add(segment, index, copies)
      const places = messages.flatMap((_, place) => (isTaken[place] ? [place] : []))
      const jsonOf = (some: readonly Message[]) =>
        some.map(({ segment, index }) => segment.json(index).toString()).join(',')
      const sizeOf = (some: readonly number[]) => some.reduce((sum, place) => sum + placed.size(place), 0)

      for (const [of, count, expected] of [
        [undefined, messages.length, jsonOf(messages)],
        // Before and behind what one cohort picked lies what others did.
        [[...stale, ...places, ...stale], places.length, jsonOf(messages.filter((_, place) => isTaken[place]))]
      ] as const) {
        const memory = Buffer.alloc(MARGIN + Buffer.byteLength(expected) + MARGIN, '#')
        const picked = of === undefined ? { picks: of, from: 0 } : { picks: Int32Array.from(of), from: stale.length }
        const end = placed.copy({ ...picked, count }, memory, MARGIN)
        expect(memory.toString('utf8', MARGIN, end)).toBe(expected)
        expect(memory.toString('latin1', 0, MARGIN) + memory.toString('latin1', end)).toBe('#'.repeat(2 * MARGIN))
        const sizeBytes = sizeOf(of === undefined ? messages.map((_, place) => place) : places)
        expect(sizeBytes + Math.max(0, count - 1)).toBe(Buffer.byteLength(expected))
      }
    }),
    { numRuns: 500 }
  )
})
